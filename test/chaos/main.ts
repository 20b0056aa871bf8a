/**
 * `bun run chaos [seconds a fault lasts] [part of a row's name]`: the reliability table, one line a row.
 * @module
 */
import { hasRedis } from "../harness/redis.ts";
import { lineOf, ROWS, type Row, runRow } from "./rows.ts";
import { createWorld } from "./world.ts";

async function main([seconds = "5", part = ""]: string[]): Promise<number> {
  if (!hasRedis) {
    console.error("Cannot break Redis: redis-server is not on PATH");
    return 2;
  }
  const rows = ROWS.filter(({ name }) => name.includes(part));
  const holdMs = Number(seconds) * 1000;
  const clean = [await run({ masters: 1, rows, holdMs })];
  const nodes = rows.filter(({ name }) => NODES_ONLY.test(name));
  if (nodes.length > 0) clean.push(await run({ masters: 3, rows: nodes, holdMs }));
  return clean.every(Boolean) ? 0 : 1;
}

/** Beyond the grace after which somebody without a socket is offline. */
const WATCH_MS = 12_000;
/** Rows that do not touch Redis are run on a Cluster too. */
const NODES_ONLY = /node/;

async function run({ masters, rows, holdMs }: { masters: 1 | 3; rows: readonly Row[]; holdMs: number }) {
  const world = await createWorld({ masters });
  const redis = masters === 1 ? "one Redis" : "a Redis Cluster of three masters";
  console.log(`three nodes behind ${world.front.kind}, one PostgreSQL with fsync, ${redis}`);
  let clean = true;
  try {
    for (const row of rows) {
      const outcome = await runRow(world, row, { holdMs, pairs: 4, watchMs: WATCH_MS });
      if (outcome.problems.length > 0) clean = false;
      console.log(lineOf(outcome));
    }
  } finally {
    await world.close();
  }
  return clean;
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)));
