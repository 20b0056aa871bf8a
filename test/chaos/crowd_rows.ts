/**
 * The rows about thousands of sockets on one server: no leaks, and no loss when the server drains. The size is a
 * parameter, so that tests can run them small.
 * @module
 */
import { ourDialect } from "../bench/ws_generator.ts";
import { eventually } from "../harness/eventually.ts";
import { type Crowd, type CrowdServer, type CrowdSize, closeAll, openAll } from "./crowd.ts";
import { Drain } from "./drain.ts";
import type { Findings } from "./outcome.ts";
import { slowReader } from "./slow_reader.ts";

/** One row. */
export interface CrowdRow {
  readonly name: string;
  /** What the promise says. */
  readonly sockets: number;
  run(crowd: Crowd, size: CrowdSize): Promise<Findings>;
}

/** See the module. */
export const CROWD_ROWS: readonly CrowdRow[] = [
  { name: "SIGTERM with a crowd, sends in flight (drain)", sockets: 5_000, run: drain },
  { name: "a crowd comes and goes (leaks)", sockets: 8_000, run: leaks },
  { name: "somebody does not read (slow reader)", sockets: 200, run: slowReader },
];

/** What must be 0 again once everybody is gone. */
const GAUGES = [
  "vibes_socket_connections",
  "vibes_socket_users",
  "vibes_send_queue_messages",
  "vibes_send_batches_in_flight",
  "vibes_database_queries_waiting",
  "vibes_database_connections_busy",
];
/** Caches, compiled code and pools are filled by then. */
const WARM_CYCLES = 3;
/** Longer than people without a socket are held. */
const GRACE_MS = 13_000;
const LEAK_SHARE = 0.1;
const SETTLED_MS = 2_000;
/** Sockets before the first count. */
const WARM_UP = 200;

/** Connect, authenticate, close, again and again: memory stays, descriptors and gauges are what they were. */
async function leaks(crowd: Crowd, { sockets: count, cycles = 20 }: CrowdSize): Promise<Findings> {
  const weighs = cycles > WARM_CYCLES * 2;
  const server = await crowd.start();
  const { open } = ourDialect(server.url, crowd.people);
  const weights: Weight[] = [];
  // What the first ones open for good is open then.
  await closeAll(await openAll(WARM_UP, open), server);
  const before = server.descriptors();
  for (let cycle = 1; cycle <= cycles; cycle++) {
    const sockets = await openAll(count, open);
    const full = weighs ? (await server.memory()).rssMib : 0;
    await closeAll(sockets, server);
    if (!weighs) continue;
    const { rssMib: empty, heapMib: heap } = await server.memory();
    weights.push({ full, empty, heap });
  }
  if (weighs) await Bun.sleep(GRACE_MS);
  const left = await judgeRest(server, { before, opened: count * cycles + WARM_UP });
  const grown = weighs ? await judgeMemory(server, weights) : { problems: [], figures: [] };
  return {
    problems: [...left.problems, ...grown.problems],
    figures: [`${count} sockets × ${cycles}`, ...left.figures, ...grown.figures],
  };
}

/** MiB: with everybody there, with nobody there, and of the heap with nobody there. */
interface Weight {
  readonly full: number;
  readonly empty: number;
  readonly heap: number;
}

async function judgeRest(server: CrowdServer, given: { before: number; opened: number }): Promise<Findings> {
  const problems: string[] = [];
  const figures: string[] = [];
  // Connections that asked for metrics come and go as well.
  const isBack = () => server.descriptors() <= given.before;
  await eventually(isBack, { withinMs: SETTLED_MS }).catch(() => {});
  const after = server.descriptors();
  figures.push(`descriptors ${given.before} → ${after}`);
  if (after > given.before) problems.push(`${after - given.before} descriptors are left`);
  for (const gauge of GAUGES) {
    // The server looks after itself now and then: a statement of its own may be under way.
    const isZero = async () => (await server.metric(gauge)) === 0;
    await eventually(isZero, { withinMs: SETTLED_MS }).catch(async () => {
      problems.push(`${gauge} ${await server.metric(gauge)}`);
    });
  }
  if (problems.length === 0) figures.push("gauges 0");
  const [opened, closed] = [
    await server.metric("vibes_socket_opened_total"),
    await server.metric("vibes_socket_closes_total"),
  ];
  if (opened !== given.opened || closed !== opened) problems.push(`opened ${opened}, closed ${closed}`);
  return { problems, figures };
}

async function judgeMemory(server: CrowdServer, weights: readonly Weight[]): Promise<Findings> {
  const problems: string[] = [];
  const figures: string[] = [];
  const [warm, last] = [weights[WARM_CYCLES - 1]!, weights.at(-1)!];
  for (const key of ["full", "empty", "heap"] as const) {
    const share = last[key] / warm[key] - 1;
    figures.push(`${key} ${warm[key].toFixed(1)} → ${last[key].toFixed(1)} MiB`);
    if (share > LEAK_SHARE) problems.push(`${key} grew by ${Math.round(share * 100)}%`);
  }
  const { objects } = await server.memory();
  // The engine may still see one or the other on its stack.
  for (const name of ["Connection", "Member"]) {
    if (objects[name]! > 10) problems.push(`${objects[name]} × ${name} are left`);
  }
  return { problems, figures };
}

/** SIGTERM with everybody there and sends in flight. */
async function drain(crowd: Crowd, { sockets }: CrowdSize): Promise<Findings> {
  const test = new Drain(crowd, await crowd.start());
  await test.begin(sockets);
  await test.end();
  return await test.judge();
}
