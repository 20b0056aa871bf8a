/**
 * Checks that standbys hold the same messages as the primary.
 * @module
 */
import { createDatabase, type Sql } from "../../server/db/client.ts";
import type { Fault } from "./row.ts";

/** Waits until the replica has replayed everything, and compares all messages; without a replica there is nothing to do. */
export async function sameOnReplica({ world, blame, note }: Fault): Promise<void> {
  const { replica, database, databaseUrl } = world;
  if (!replica) return;
  const position = await replica.caughtUp();
  const [here, there] = [await fingerprint(database.sql), await contentOf(replica.urlOf(databaseUrl))];
  if (here !== there) blame(`the replica has ${there}, the primary ${here}`);
  note(`replica at ${position} with the same ${here}`);
}

/** @returns How many messages a server holds, and the hash of them all. @throws Error when it does not answer. */
export async function contentOf(url: string): Promise<string> {
  const database = createDatabase({ url, max: 1, deadlineMs: 10_000 });
  try {
    return await fingerprint(database.sql);
  } finally {
    await database.close();
  }
}

async function fingerprint(sql: Sql): Promise<string> {
  const [row] = await sql<{ count: number; hash: string }[]>`
    select count(*)::int as count,
      md5(string_agg(concat_ws(' ', id, conversation_id, seq, sender_id, content), ',' order by id)) as hash
    from messages
  `;
  return `${row!.count} messages (${row!.hash.slice(0, 8)})`;
}
