/**
 * Rows in which a part of a distributed PostgreSQL is lost.
 * @module
 */
import { eventually } from "../../harness/eventually.ts";
import { findViolations } from "../../harness/invariants.ts";
import { type Row, underTalk } from "../row.ts";

/** See the module. */
export const CITUS_ROWS: readonly Row[] = [
  underTalk({
    name: "a Citus worker is killed (kill -9) and starts again",
    on: ["Citus"],
    // Each statement goes to three machines that are one.
    rate: 50,
    // The worker's recovery, and what its coordinator had left to commit there.
    silenceMs: 20_000,
    backMs: 15_000,
    // What people wrote meanwhile is stored first.
    liveMs: 40_000,
    async break({ world, broken, holdMs }) {
      const citus = world.citus!;
      await citus.killWorker();
      broken();
      await Bun.sleep(holdMs);
      await citus.restartWorker();
    },
    async after({ world, blame }) {
      // What was left to commit becomes visible when the coordinator looks for it.
      const whole = async () => (await findViolations(world.database.sql)).length === 0;
      await eventually(whole, { withinMs: 30_000, what: "rows that fit together" }).catch(() => {});
      for (const { rule, subject } of await findViolations(world.database.sql)) blame(`${rule}: ${subject}`);
    },
  }),
];
