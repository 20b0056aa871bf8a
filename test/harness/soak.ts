/**
 * Runs transactions of two inserts while their connections are killed at random from both sides. It is a process of its
 * own, because a faulty driver throws where nothing can catch: `bun soak.ts <url> <client | driver | path of another
 * driver> <seconds>` prints one line of JSON.
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import postgres from "postgres";
import { createDatabase, type Sql } from "../../server/db/client.ts";
import { startProxy } from "./proxy.ts";

const WORKERS = 12;
/** Committed transactions, before it may end. */
const ENOUGH = 50;
/** Longer than every deadline that should have ended it. */
const HUNG_MS = 6_000;

/** What came of it. */
export interface SoakFigures {
  /** Transactions that were said to be committed. */
  readonly committed: number;
  /** Transactions that failed, as they should. */
  readonly failed: number;
  /** Connections that were killed. */
  readonly killed: number;
  /** Transactions of which one insert is there and the other is not. */
  readonly half: number;
  /** Transactions that were said to be committed and are not there. */
  readonly lost: number;
  /** Transactions that never ended. */
  readonly hung: number;
  /** Errors thrown outside of any promise. */
  readonly uncaught: number;
}

type Begin = (fn: (sql: Sql) => Promise<void>) => Promise<void>;

async function openVictim(url: string, kind: string): Promise<{ begin: Begin; close: () => Promise<void> }> {
  if (kind !== "client") {
    const driver = kind === "driver" ? postgres : ((await import(kind)).default as typeof postgres);
    const sql = driver(url, {
      max: 6,
      backoff: false,
      onnotice: () => {},
      connection: { application_name: "victim" },
    });
    return { begin: async (fn) => void (await sql.begin(fn)), close: () => sql.end({ timeout: 1 }) };
  }
  const database = createDatabase({ url, max: 6, applicationName: "victim" });
  return { begin: (fn) => database.begin(fn), close: () => database.close() };
}

async function soak(url: string, kind: string, seconds: number): Promise<SoakFigures> {
  const proxied = new URL(url);
  const proxy = await startProxy(Number(proxied.port));
  proxied.port = String(proxy.port);
  const control = postgres(url, { max: 2, onnotice: () => {} });
  await control`create table if not exists halves (id int, part int, primary key (id, part))`;
  await control`truncate halves`;

  const victim = await openVictim(proxied.href, kind);
  const start = performance.now();
  const acknowledged: number[] = [];
  const counts = { failed: 0, killed: 0, hung: 0, uncaught: 0 };
  process.on("uncaughtException", () => counts.uncaught++);
  process.on("unhandledRejection", () => counts.uncaught++);
  let next = 0;

  /** A busy machine gets more time, so that there is something to judge. */
  function isOver(): boolean {
    const elapsed = performance.now() - start;
    return elapsed > seconds * 5_000 || (elapsed > seconds * 1_000 && acknowledged.length >= ENOUGH);
  }

  async function work(): Promise<void> {
    while (!isOver()) {
      const id = next++;
      const attempt = victim.begin(async (sql) => {
        await sql`insert into halves (id, part) values (${id}, 1)`;
        if (Math.random() < 0.3) await wait(Math.random() * 3);
        await sql`insert into halves (id, part) values (${id}, 2)`;
      });
      const outcome = await Promise.race([
        attempt.then(
          () => "committed",
          () => "failed",
        ),
        wait(HUNG_MS, "hung", { ref: false }),
      ]);
      if (outcome === "committed") acknowledged.push(id);
      else counts[outcome as "failed" | "hung"]++;
    }
  }

  async function kill(): Promise<void> {
    while (!isOver()) {
      await wait(Math.random() * 12);
      // On a busy machine every connection would be killed before its transaction can end: nothing to judge.
      if (counts.killed > 20 + 4 * acknowledged.length) continue;
      counts.killed += Math.random() < 0.5 ? proxy.resetOne() : await terminate(1);
    }
  }

  async function terminate(limit: number): Promise<number> {
    const pids = await control`
      select pid from pg_stat_activity
      where application_name = 'victim' and datname = current_database() order by random() limit ${limit}
    `;
    for (const { pid } of pids) await control`select pg_terminate_backend(${pid})`;
    return pids.length;
  }

  await Promise.all([kill(), ...Array.from({ length: WORKERS }, work)]);
  await Promise.race([victim.close().catch(() => {}), wait(3_000, undefined, { ref: false })]);
  // What the last killed backends were at is settled when they are gone.
  while ((await terminate(WORKERS)) > 0) await wait(20);
  const [row] = await control`
    select (select count(*)::int from (select id from halves group by id having count(*) <> 2) h) as half,
      (select count(*)::int from unnest(${acknowledged}::int[]) a (id)
       where not exists (select from halves h where h.id = a.id)) as lost
  `;
  await control.end();
  await proxy.close();
  return { committed: acknowledged.length, ...counts, half: row?.half, lost: row?.lost };
}

const [url, kind, seconds] = process.argv.slice(2);
if (import.meta.main && url !== undefined) {
  try {
    console.log(JSON.stringify(await soak(url, kind ?? "client", Number(seconds))));
  } catch (error) {
    console.error(error);
  }
  // Whatever is left hanging is counted; it must not keep us.
  process.exit();
}
