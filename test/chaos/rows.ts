/**
 * The reliability table: one fault a row, what it may cost, and its figures. Each is broken under people who talk
 * and judged by what they were told.
 * @module
 */
import { eventually } from "../harness/eventually.ts";
import { Talk, type Verdict } from "./talk.ts";
import type { World } from "./world.ts";

/** One row. */
export interface Row {
  readonly name: string;
  /** Longest silence that is allowed, ms: the fault's own duration included. */
  readonly silenceMs: number;
  /** Longest way to another device that is allowed, ms. */
  readonly slowestMs: number;
  /** Breaks something and mends it. @returns What else is wrong. */
  break(world: World, holdMs: number): Promise<string[]>;
}

/** A row's outcome. */
export interface Outcome {
  readonly name: string;
  readonly problems: readonly string[];
  readonly verdict: Verdict;
  /** From the mending to acknowledgements again, ms. */
  readonly backMs: number;
}

const NONE: string[] = [];

/** See the module. */
export const ROWS: readonly Row[] = [
  {
    name: "a node is killed (kill -9)",
    silenceMs: 5_000,
    slowestMs: 10_000,
    async break(world) {
      await world.replace(0, "SIGKILL");
      return NONE;
    },
  },
  {
    name: "a rolling restart of all nodes",
    silenceMs: 5_000,
    slowestMs: 10_000,
    async break(world) {
      const codes: number[] = [];
      for (const index of world.nodes.keys()) codes.push(await world.replace(index, "SIGTERM"));
      return codes.every((code) => code === 0) ? NONE : [`exit codes ${codes}`];
    },
  },
  {
    name: "Redis is killed and comes back empty",
    silenceMs: 3_000,
    slowestMs: 30_000,
    async break({ redis, front }, holdMs) {
      await redis.kill();
      const degraded = () => saysDegraded(front.url);
      const problems = await eventually(degraded, { what: "degraded" }).then(
        () => NONE,
        () => ["/readyz does not say that Redis is missing"],
      );
      await Bun.sleep(holdMs);
      await redis.start();
      return problems;
    },
  },
  {
    name: "Redis stands still (SIGSTOP)",
    silenceMs: 3_000,
    slowestMs: 30_000,
    async break({ redis }, holdMs) {
      redis.freeze();
      await Bun.sleep(holdMs);
      redis.thaw();
      return NONE;
    },
  },
  {
    name: "publishes vanish on the way to Redis",
    silenceMs: 3_000,
    slowestMs: 30_000,
    async break({ toRedis }, holdMs) {
      toRedis.blackhole();
      await Bun.sleep(holdMs);
      toRedis.pass();
      // What vanished left the protocol out of step.
      toRedis.cut();
      return NONE;
    },
  },
  {
    name: "PostgreSQL stops at once and restarts",
    silenceMs: 12_000,
    slowestMs: 30_000,
    async break({ cluster, front }, holdMs) {
      await cluster.crash();
      const problems = await answersWhileDown(front.url);
      await Bun.sleep(holdMs);
      await cluster.restart();
      return problems;
    },
  },
  {
    name: "PostgreSQL's answers and our queries vanish",
    silenceMs: 15_000,
    slowestMs: 30_000,
    async break({ toDatabase, front }) {
      toDatabase.blackhole();
      const problems = await answersWhileDown(front.url);
      toDatabase.pass();
      toDatabase.cut();
      return problems;
    },
  },
];

/** Without Redis a node stays in traffic and names what is missing. */
async function saysDegraded(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`);
  const { data } = (await response.json()) as { data?: { degraded: string[] } };
  return response.status === 200 && data?.degraded.includes("redis") === true;
}

/** A database that is down or stuck: a request that needs it is 503 within 3 s, and says when to come again. */
async function answersWhileDown(url: string): Promise<string[]> {
  const start = performance.now();
  const body = JSON.stringify({ refresh_token: "x".repeat(43) });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/v1/auth/refresh`, { method: "POST", headers, body });
  const tookMs = Math.round(performance.now() - start);
  const problems: string[] = [];
  if (response.status !== 503) problems.push(`a request got ${response.status}`);
  else if (!response.headers.has("retry-after")) problems.push("no Retry-After");
  if (tookMs > 3_500) problems.push(`a request took ${tookMs} ms`);
  return problems;
}

/** How a row is run. */
export interface RunOptions {
  /** How long a part is away, ms. */
  readonly holdMs: number;
  readonly pairs: number;
  /** How long people go on afterwards, ms: somebody who was lost is called offline after 10 s. @default 0 */
  readonly watchMs?: number;
}

/** Runs one row. */
export async function runRow(world: World, ...[row, options]: [Row, RunOptions]) {
  const talk = new Talk(world);
  await talk.begin(options.pairs);
  const problems = [...(await row.break(world, options.holdMs))];
  const mended = performance.now();
  await talk.flows();
  const backMs = Math.round(performance.now() - mended);
  await Bun.sleep(options.watchMs ?? 0);
  const verdict = await talk.end();
  for (const key of ["lost", "duplicated", "reordered", "flickers"] as const) {
    if (verdict[key] > 0) problems.push(`${key} ${verdict[key]}`);
  }
  for (const key of ["silenceMs", "slowestMs"] as const) {
    if (verdict[key] > row[key] + options.holdMs) problems.push(`${key} ${verdict[key]}`);
  }
  await ready(world);
  return { name: row.name, problems, verdict, backMs } satisfies Outcome;
}

/** The next row begins on a deployment that is whole again. */
async function ready({ front }: World): Promise<void> {
  const isReady = async () => {
    const response = await fetch(`${front.url}/readyz`).catch(() => undefined);
    return response?.status === 200 && (await response.json()).data.status === "ready";
  };
  await eventually(isReady, { withinMs: 20_000, what: "a front that is ready" });
}

/** @returns One line. */
export function lineOf({ name, problems, verdict, backMs }: Outcome): string {
  const { acknowledged, lost, duplicated, reordered, flickers, silenceMs, slowestMs } = verdict;
  const figures = [
    `sent ${String(acknowledged).padStart(6)}`,
    `lost ${lost}  doubled ${duplicated}  reordered ${reordered}  flickers ${flickers}`,
    `silent ${String(silenceMs).padStart(5)} ms`,
    `slowest ${String(slowestMs).padStart(5)} ms`,
    `back in ${String(backMs).padStart(5)} ms`,
  ];
  const verdictWord = problems.length === 0 ? "PASS" : "FAIL";
  const why = problems.length === 0 ? "" : `  ${problems.join(", ")}`;
  return `${verdictWord}  ${name.padEnd(46)} ${figures.join("  ")}${why}`;
}
