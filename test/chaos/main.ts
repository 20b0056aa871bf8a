/**
 * `bun run chaos [seconds a fault lasts | -] [pattern of rows' names] [sockets]`: the reliability table, one line a row.
 * @module
 */
import { missingForCitus } from "../harness/citus_cluster.ts";
import { missingForPatroni } from "../harness/patroni.ts";
import { hasRedis } from "../harness/redis.ts";
import { affordable, gatherCrowd } from "./crowd.ts";
import { CROWD_ROWS, type CrowdRow } from "./crowd_rows.ts";
import { lineOf, type Outcome } from "./outcome.ts";
import type { Row } from "./row.ts";
import { ROWS } from "./rows/mod.ts";
import { createWorld, TOPOLOGIES, type Topology, type World } from "./world.ts";

/** Beyond the grace after which somebody without a socket is offline. */
const WATCH_MS = 12_000;
const HOLD_MS = 5_000;
/** What a topology needs that is not installed. */
const MISSING: Partial<Record<Topology, readonly string[]>> = {
  Patroni: missingForPatroni,
  Citus: missingForCitus,
};
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

async function main([seconds = "-", part = "", sockets]: string[]): Promise<number> {
  if (!hasRedis) {
    console.error("Cannot break Redis: redis-server is not on PATH");
    return 2;
  }
  const wanted = ({ name }: { name: string }) => new RegExp(part).test(name);
  const [rows, crowds] = [ROWS.filter(wanted), CROWD_ROWS.filter(wanted)];
  const isNumber = (text: string) => Number(text) > 0;
  if (
    rows.length + crowds.length === 0 ||
    (seconds !== "-" && !isNumber(seconds)) ||
    (sockets !== undefined && !isNumber(sockets))
  ) {
    console.error("usage: bun run chaos [seconds a fault lasts | -] [pattern of rows' names] [sockets]");
    return 2;
  }
  const holdMs = seconds === "-" ? undefined : Number(seconds) * 1_000;
  let broken = 0;
  for (const topology of TOPOLOGIES) {
    const here = rows.filter(({ on }) => on.includes(topology));
    const missing = MISSING[topology] ?? [];
    if (here.length > 0 && missing.length > 0) {
      console.warn(`SKIPPED: ${here[0]!.name}: install ${missing.join(", ")}`);
      continue;
    }
    if (here.length > 0) broken += await runOn(topology, here, { holdMs });
  }
  broken += await runCrowds(crowds, sockets === undefined ? undefined : Number(sockets));
  console.log(broken === 0 ? "every promise was kept" : `${broken} rows broke a promise`);
  return broken === 0 ? 0 : 1;
}

/** @returns How many rows broke a promise. */
async function runOn(
  topology: Topology,
  rows: readonly Row[],
  { holdMs }: { readonly holdMs: number | undefined },
): Promise<number> {
  let broken = 0;
  let world = await makeCurrent(topology);
  console.log(world.description);
  for (const row of rows) {
    const scale = { holdMs: holdMs ?? row.holdMs ?? HOLD_MS, pairs: 10, rate: 200, watchMs: WATCH_MS };
    if (isEnding) break;
    try {
      if (!tell(await row.run(world, scale))) broken++;
    } catch (error) {
      broken++;
      tell(failed(row.name, error as Error));
      if (isEnding) break;
      // It may have left anything broken.
      await world[Symbol.asyncDispose]();
      world = await makeCurrent(topology);
    }
  }
  await world[Symbol.asyncDispose]();
  return broken;
}

function makeCurrent(topology: Topology): Promise<World> {
  const making = createWorld(topology);
  current = making;
  return making;
}

/** @returns How many rows broke a promise. */
async function runCrowds(rows: readonly CrowdRow[], given: number | undefined): Promise<number> {
  let broken = 0;
  if (rows.length > 0) console.log("one server, one PostgreSQL without fsync");
  for (const row of rows) {
    if (isEnding) break;
    const sockets = affordable(given ?? row.sockets);
    const gathering = gatherCrowd(sockets);
    current = gathering;
    await using crowd = await gathering;
    const findings = await row.run(crowd, { sockets }).catch((error) => failed(row.name, error));
    if (!tell({ name: row.name, ...findings })) broken++;
  }
  return broken;
}

function failed(name: string, { message }: Error): Outcome {
  return { name, problems: [message], figures: [] };
}

/** @returns Whether the promise was kept. */
function tell(outcome: Outcome): boolean {
  if (!isEnding) console.log(lineOf(outcome));
  return outcome.problems.length === 0;
}

/** What is to be taken down when somebody ends us in the middle. */
let current: Promise<AsyncDisposable> | undefined;
let isEnding = false;

/** Servers, databases and proxies of ours must not outlive us. */
function endInOrder(code: number): void {
  isEnding = true;
  const down = async () => {
    await (await current?.catch(() => undefined))?.[Symbol.asyncDispose]();
    process.exit(code);
  };
  void down();
}

if (import.meta.main) {
  for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => endInOrder(code));
  const code = await main(process.argv.slice(2));
  // Whoever ended us says how.
  if (!isEnding) process.exit(code);
}
