/**
 * Rows about clients: connections that are cut repeatedly, blocks that race messages.
 * @module
 */
import { type Row, underTalk } from "../row.ts";

/** See the module. */
export const PEOPLE_ROWS: readonly Row[] = [
  underTalk({
    name: "people's connections are cut again and again",
    scenario: "reconnect-flap",
    // load_test.ts
    longOnly: true,
    break: async ({ holdMs }) => await Bun.sleep(holdMs),
  }),
  underTalk({
    name: "people block each other while they write",
    scenario: "report-block",
    longOnly: true,
    // One in five operations ends a conversation for good.
    pairs: 150,
    rate: 30,
    mayFlicker: true,
    break: async ({ holdMs }) => await Bun.sleep(holdMs),
  }),
];
