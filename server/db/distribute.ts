/**
 * Spreads what grows over the workers of a Citus cluster: `vibes db distribute`.
 * @module
 */
import { DISTRIBUTED, readSpread, type SpreadTable, spread } from "./citus.ts";
import { MigrationError } from "./migrate/errors.ts";
import { requireNoServers } from "./migrate/servers.ts";
import { type Session, type SessionOptions, withLock, withSession } from "./migrate/session.ts";

interface DistributeOptions extends SessionOptions {
  /** Refuse while servers are connected. @default true */
  readonly refuseServers?: boolean;
}

/** What became of a table. */
export interface DistributeStep extends SpreadTable {
  /** False: it was spread before. */
  readonly changed: boolean;
}

/**
 * One table after the other, each with the rows that it has, so that what is interrupted can be run again.
 *
 * @param options.url Of the coordinator, as the owner of the tables.
 * @throws MigrationError without Citus, without workers, without the tables, for tables that are partitioned, and while
 *   servers are connected.
 */
export async function distribute(options: DistributeOptions): Promise<DistributeStep[]> {
  const { refuseServers = true, waitMs = 60_000 } = options;
  // Copying takes as long as it takes.
  return await withSession({ statementTimeoutMs: 0, ...options }, (session) =>
    withLock(session, waitMs, async () => {
      const before = await readSpread(session);
      if (before === undefined) {
        throw refusal("the database has no Citus", "as a superuser, on every node: create extension citus");
      }
      const left = before.filter(({ shards }) => shards === 0);
      if (left.length > 0) {
        await requireReady(session);
        if (refuseServers) {
          const cannot = "Cannot distribute the tables: nobody can write to them meanwhile";
          await requireNoServers(session, { cannot, stop: "stop every server first" });
        }
      }
      for (const { table } of left) await spread(session, table);
      const after = (await readSpread(session)) ?? [];
      return after.map((row, index) => ({ ...row, changed: before[index]?.shards === 0 }));
    }),
  );
}

async function requireReady(session: Session): Promise<void> {
  const [cluster] = await session<[{ workers: number }]>`
    select count(*)::int as workers from pg_dist_node where groupid <> 0 and shouldhaveshards and isactive
  `;
  if (cluster.workers === 0) {
    throw refusal(
      "there is no worker",
      "on the coordinator: select citus_add_node('worker1.example.com', 5432)",
    );
  }
  const kinds = await session<{ name: string; kind: string }[]>`
    select relname as name, relkind as kind from pg_class
    where relnamespace = 'public'::regnamespace and relname in ${session(Object.keys(DISTRIBUTED))}
  `;
  if (kinds.length < Object.keys(DISTRIBUTED).length) {
    throw refusal("the tables are not there yet", "run `vibes migrate up` first");
  }
  const partitioned = kinds.filter(({ kind }) => kind === "p").map(({ name }) => name);
  if (partitioned.length > 0) {
    throw refusal(
      `${partitioned.join(" and ")} is partitioned`,
      "a database is partitioned or distributed, not both",
    );
  }
}

function refusal(why: string, hint: string): MigrationError {
  return new MigrationError("Target", `Cannot distribute the tables: ${why}`, { hint });
}
