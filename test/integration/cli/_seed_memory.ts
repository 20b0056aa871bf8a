/**
 * Generates a whole seed into nowhere and prints the most memory it ever took, in MiB: run by cli_seed_test.ts as
 * a process of its own. `bun _seed_memory.ts <scale>`.
 * @module
 */
import { Writable } from "node:stream";
import { loadSeed } from "../../../cli/commands/seed/load.ts";
import { planSeed } from "../../../cli/commands/seed/plan.ts";
import type { Database } from "../../../server/db/client.ts";

/** Takes every row and keeps none. */
function sink(): unknown {
  const writable = async () => new Writable({ write: (_chunk, _encoding, done) => done() });
  return Object.assign(Promise.resolve([]), { writable });
}

const database = { begin: (fn: (sql: unknown) => unknown) => fn(sink) } as unknown as Pick<Database, "begin">;
let peak = 0;
await loadSeed(planSeed({ scale: Number(process.argv[2]), seed: 42, now: "2026-01-01T12:00:00Z" }), {
  database,
  onProgress() {
    peak = Math.max(peak, process.memoryUsage.rss());
  },
});
console.log(Math.round(peak / 2 ** 20));
