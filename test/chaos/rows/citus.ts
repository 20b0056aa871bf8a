/**
 * Rows in which a part of a distributed PostgreSQL is lost.
 * @module
 */
import { findViolations } from "../../harness/invariants.ts";
import { type Row, underTalk } from "../row.ts";

/** See the module. */
export const CITUS_ROWS: readonly Row[] = [
  underTalk({
    name: "a Citus worker is killed (kill -9) and starts again",
    on: ["Citus"],
    holdMs: 5_000,
    // The outage, the worker's recovery, and what its coordinator had left to commit there.
    silenceMs: 20_000,
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
      for (const { rule, subject } of await findViolations(world.database.sql)) blame(`${rule}: ${subject}`);
    },
  }),
];
