/** The rows about thousands of sockets, with a few hundred. @module */
import { expect, test } from "bun:test";
import { gatherCrowd } from "./crowd.ts";
import { CROWD_ROWS } from "./crowd_rows.ts";
import { lineOf } from "./outcome.ts";

const SHORT = [
  ["drain", { sockets: 300 }],
  ["leaks", { sockets: 300, cycles: 5 }],
] as const;

test.each(SHORT)(
  "%s",
  async (part, size) => {
    const row = CROWD_ROWS.find(({ name }) => name.includes(part))!;
    await using crowd = await gatherCrowd(size.sockets);
    const findings = await row.run(crowd, size);
    console.log(lineOf({ name: row.name, ...findings }));
    expect(findings.problems).toEqual([]);
  },
  60_000,
);
