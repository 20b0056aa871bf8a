/**
 * What the sections about messages share: pgbench's two statements beside them, processor time, medians of rounds.
 * @module
 */
import { cpuOf, cpuOfFamily } from "./machine.ts";
import type { EmulatedTerminal } from "./our_server.ts";
import { runPgbench, type Transactions } from "./pgbench.ts";

/** Processor time of the three processes until now, microseconds; `at` is the time, milliseconds. */
interface Clock {
  readonly at: number;
  readonly server: number;
  readonly generator: number;
  /** NaN where there is no database. */
  readonly database: number;
}

/** @returns What reads the clock of a server, of this process, and of the database's family of processes. */
export function clockOf(serverPid: number, postmaster?: number): () => Clock {
  return () => ({
    at: performance.now(),
    server: cpuOf(serverPid),
    generator: cpuOf(process.pid),
    database: postmaster === undefined ? Number.NaN : cpuOfFamily(postmaster),
  });
}

/** What one of something takes of each process, microseconds. */
export interface Costs {
  readonly perSecond: number;
  readonly serverUs: number;
  readonly generatorUs: number;
  /** NaN where there is no database. */
  readonly databaseUs: number;
}

/** Reads the clock around a measurement, whose result is a rate. */
export async function costsOf(
  clock: () => Clock,
  measure: (onMeasure: () => () => void) => Promise<number>,
): Promise<Costs> {
  let [before, after] = [clock(), clock()];
  const perSecond = await measure(() => {
    before = clock();
    return () => {
      after = clock();
    };
  });
  const count = (perSecond * (after.at - before.at)) / 1_000;
  const each = (what: "server" | "generator" | "database") => (after[what] - before[what]) / count;
  return {
    perSecond,
    serverUs: each("server"),
    generatorUs: each("generator"),
    databaseUs: each("database"),
  };
}

/** The same two statements for each message, without anything else. */
export async function plainTransactions(
  { databaseUrl: url, postmaster }: Pick<EmulatedTerminal, "databaseUrl" | "postmaster">,
  seconds: number,
): Promise<Transactions | undefined> {
  await using sql = new Bun.SQL(url, { max: 1 });
  await sql`create table bench_c (id int primary key, last_activity timestamptz) with (fillfactor = 70)`;
  await sql`insert into bench_c select n, now() from generate_series(1, 10000) n`;
  await sql`create table bench_m (id bigserial primary key, c int not null, content text not null)`;
  const script = `\\set c random(1, 10000)
begin;
insert into bench_m (c, content) values (:c, 'Thanks for accepting! What is your favorite hiking spot?');
update bench_c set last_activity = now() where id = :c;
commit;
`;
  const found = await runPgbench({ url, script, clients: 16, seconds, postmaster });
  // Or autovacuum tidies them up while ours is measured.
  await sql`drop table bench_c, bench_m`;
  return found;
}

/** @returns The middle one; of an even number the upper one of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** @returns The median of each figure. */
export function medians<T extends Readonly<Record<keyof T, number>>>(rounds: readonly T[]): T {
  const figures = Object.keys(rounds[0]!) as (keyof T)[];
  return Object.fromEntries(
    figures.map((figure) => [figure, median(rounds.map((round) => round[figure]))]),
  ) as T;
}
