/**
 * Deletes seeded users with all their data, one transaction per batch.
 * @module
 */
import type { Database } from "../../../server/db/client.ts";
import { erasePeople } from "../../../server/db/erase_people.ts";
import { SEED_TAG } from "./load.ts";

const A_BATCH = 200;

/** @returns How many there are. */
export async function countSeeded({ sql }: Pick<Database, "sql">): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from users where tag = ${SEED_TAG}
  `;
  return row?.count ?? 0;
}

/**
 * Empties everything at once when nobody but seeded people is there: the other way deletes millions of messages row by
 * row.
 *
 * @returns How many users were deleted; undefined when there are others as well.
 */
export async function clearWhole(database: Pick<Database, "begin">): Promise<number | undefined> {
  return await database.begin(
    async (sql) => {
      await sql`lock table users in access exclusive mode`;
      const [row] = await sql<{ seeded: number; others: number }[]>`
        select count(*) filter (where tag = ${SEED_TAG})::int as seeded,
          count(*) filter (where tag is distinct from ${SEED_TAG})::int as others
        from users
      `;
      if (row === undefined || row.others > 0) return undefined;
      await sql`truncate users, messages, read_marks, user_events, pairs cascade`;
      return row.seeded;
    },
    { deadlineMs: 0 },
  );
}

/**
 * @param options.signal Aborting ends it between two batches.
 * @returns How many users were deleted.
 * @throws The signal's reason
 */
export async function clearSeed(
  database: Pick<Database, "begin">,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (gone: number) => void } = {},
): Promise<number> {
  for (let gone = 0; ; onProgress?.(gone)) {
    signal?.throwIfAborted();
    const removed = await database.begin(
      async (sql) => {
        const rows = await sql<{ id: string }[]>`
          select id from users where tag = ${SEED_TAG} order by id limit ${A_BATCH} for update
        `;
        const ids = rows.map(({ id }) => id);
        // A claim is whole or none; the foreign key would take only the name.
        await sql`
          update user_reports set claimed_by = null, claimed_until = null where claimed_by = any(${ids}::uuid[])
        `;
        await erasePeople(sql, ids);
        return ids.length;
      },
      { deadlineMs: 0 },
    );
    gone += removed;
    if (removed < A_BATCH) return gone;
  }
}
