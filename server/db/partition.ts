/**
 * Puts the rows of `messages` and `user_events` into several tables each, on one PostgreSQL: messages by hash of their
 * conversation, events by day. Statements stay as they are; what makes and drops days later is SQL (migration 25),
 * called by the retention of features/sync.
 * @module
 */
import { readSpread } from "./citus.ts";
import { MigrationError } from "./migrate/errors.ts";
import { requireNoServers } from "./migrate/servers.ts";
import { type Session, type SessionOptions, withLock, withSession } from "./migrate/session.ts";
import { grantServerRole } from "./server_role.ts";

/** The tables that can be partitioned. */
export const PARTITIONED = ["messages", "user_events"] as const;
export type PartitionedTable = (typeof PARTITIONED)[number];

/** Tables of messages: a row's is found by hash of its conversation. */
const HASHES = 16;

interface PartitionOptions extends SessionOptions {
  readonly tables: readonly PartitionedTable[];
  /** The role of the server, where it is not the owner. */
  readonly serverRole?: string | undefined;
  /** Refuse while servers are connected. @default true */
  readonly refuseServers?: boolean;
}

/** What became of a table. */
export interface PartitionStep {
  readonly table: PartitionedTable;
  /** False: it was partitioned before. */
  readonly changed: boolean;
  /** Its tables now. */
  readonly partitions: number;
}

/**
 * Each table in a transaction of its own, so that what is interrupted can be run again.
 *
 * @throws MigrationError while servers are connected: they would wait for the copy.
 */
export async function partition(options: PartitionOptions): Promise<PartitionStep[]> {
  const { tables, serverRole, refuseServers = true, waitMs = 60_000 } = options;
  // Copying takes as long as it takes.
  return await withSession({ statementTimeoutMs: 0, ...options }, (session) =>
    withLock(session, waitMs, async () => {
      const spread = await readSpread(session);
      if (spread?.some(({ shards }) => shards > 0)) {
        throw new MigrationError(
          "Target",
          `Cannot partition ${tables.join(" and ")}: the database is distributed`,
          {
            hint: "a database is partitioned or distributed, not both",
          },
        );
      }
      const steps: PartitionStep[] = [];
      for (const table of tables) {
        const changed = !(await isPartitioned(session, table));
        if (changed) {
          if (refuseServers) {
            const cannot = `Cannot partition ${table}: nobody can use it meanwhile`;
            await requireNoServers(session, { cannot, stop: "stop every server first" });
          }
          await inTransaction(session, () => CONVERT[table](session));
          await session`analyze ${session(table)}`;
        }
        if (table === "user_events") await session`select add_event_days()`;
        steps.push({ table, changed, partitions: await countPartitions(session, table) });
      }
      if (serverRole !== undefined) await grantServerRole(session, serverRole);
      return steps;
    }),
  );
}

async function isPartitioned(session: Session, table: string): Promise<boolean> {
  const [row] = await session<{ kind: string }[]>`
    select relkind as kind from pg_class where oid = to_regclass(${`public.${table}`})
  `;
  if (!row) {
    throw new MigrationError("Target", `Cannot partition ${table}: there is no such table`, {
      hint: "run `vibes migrate up` first",
    });
  }
  return row.kind === "p";
}

async function countPartitions(session: Session, table: string): Promise<number> {
  const [row] = await session<[{ count: number }]>`
    select count(*)::int as count from pg_inherits where inhparent = ${table}::text::regclass
  `;
  return row.count;
}

async function inTransaction(session: Session, fn: () => Promise<void>): Promise<void> {
  await session`begin`;
  try {
    await fn();
    await session`commit`;
  } catch (error) {
    await session`rollback`.catch(() => {});
    throw error;
  }
}

const CONVERT: Readonly<Record<PartitionedTable, (session: Session) => Promise<void>>> = {
  /** Rows go to another table each: they are copied, and the indexes are built on the copies. */
  async messages(session) {
    const keys = await selectKeys(session, "messages");
    await session`alter table messages rename to messages_whole`;
    await session`create table messages (like messages_whole including all excluding indexes) partition by hash (conversation_id)`;
    const suffixes = Array.from({ length: HASHES }, (_, remainder) => String(remainder));
    for (const suffix of suffixes) {
      await session`
        create table ${session(`messages_${suffix}`)} partition of messages
        for values with (modulus ${session.unsafe(String(HASHES))}, remainder ${session.unsafe(suffix)})
      `;
    }
    await session`insert into messages select * from messages_whole`;
    await session`drop table messages_whole`;
    for (const suffix of suffixes) await makeKeys(session, { table: "messages", suffix, keys });
    // Takes the ones that stand on the parts.
    await makeKeys(session, { table: "messages", keys });
  },

  /**
   * Nothing is copied: the table as it is becomes the part for all that was before tomorrow. The keys stand on the parts
   * alone: one of the whole would have to hold the time. A person's positions are given on their locked log, once each.
   */
  async user_events(session) {
    const keys = await selectKeys(session, "user_events");
    await session`alter table user_events rename to user_events_0`;
    await renameKeys(session, { suffix: "0", keys });
    await session`create table user_events (like user_events_0 including all excluding indexes) partition by range (created_at)`;
    const [row] = await session<[{ bound: string }]>`
      select quote_literal((date_trunc('day', greatest(now(), max(created_at))) + interval '1 day')::text) as bound
      from user_events_0
    `;
    const bound = session.unsafe(row.bound);
    await session`alter table user_events attach partition user_events_0 for values from (minvalue) to (${bound})`;
    await session`create table user_events_default partition of user_events default`;
    await makeKeys(session, { table: "user_events", suffix: "default", keys });
  },
};

/** A primary key, a unique key or an index. */
interface Key {
  readonly name: string;
  /** Of a constraint; null: it is an index. */
  readonly constraint: string | null;
  /** The statement that makes the index. */
  readonly index: string;
}

async function selectKeys(session: Session, table: string): Promise<Key[]> {
  return await session<Key[]>`
    select c.relname as name, pg_get_constraintdef(k.oid) as constraint, pg_get_indexdef(i.indexrelid) as index
    from pg_index i join pg_class c on c.oid = i.indexrelid
      left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u')
    where i.indrelid = ${table}::text::regclass
    order by c.relname
  `;
}

/** Names of parts end in their suffix, after `_`: errors and `migrate verify` take it off. */
interface Made {
  readonly table: string;
  /** Absent: of the whole. */
  readonly suffix?: string;
  readonly keys: readonly Key[];
}

async function makeKeys(session: Session, { table, suffix, keys }: Made): Promise<void> {
  const end = suffix === undefined ? "" : `_${suffix}`;
  for (const { name, constraint, index } of keys) {
    if (constraint !== null) {
      await session`
        alter table ${session(table + end)} add constraint ${session(name + end)} ${session.unsafe(constraint)}
      `;
    } else {
      const made = index
        .replace(` INDEX ${name} ON `, ` INDEX ${name}${end} ON `)
        .replace(` ON public.${table} `, ` ON public.${table}${end} `);
      await session.unsafe(made);
    }
  }
}

async function renameKeys(session: Session, { suffix, keys }: Omit<Made, "table">): Promise<void> {
  // A constraint's index has its name, and goes with it.
  for (const { name } of keys)
    await session`alter index ${session(name)} rename to ${session(`${name}_${suffix}`)}`;
}
