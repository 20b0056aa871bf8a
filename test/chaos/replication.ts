/**
 * Checks that the replica holds the same messages as the primary.
 * @module
 */
import { createDatabase, type Sql } from "../../server/db/client.ts";
import type { Fault } from "./row.ts";

/** Waits until the replica has replayed everything, and compares all messages; without a replica there is nothing to do. */
export async function sameOnReplica({ world, blame, note }: Fault): Promise<void> {
  const { replica, database, databaseUrl } = world;
  if (!replica) return;
  const position = await replica.caughtUp();
  const copy = createDatabase({ url: replica.urlOf(databaseUrl) });
  try {
    const [here, there] = [await fingerprint(database.sql), await fingerprint(copy.sql)];
    if (here !== there) blame(`the replica has ${there}, the primary ${here}`);
    note(`replica at ${position} with the same ${here}`);
  } finally {
    await copy.close();
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
