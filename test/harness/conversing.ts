/**
 * People with open conversations, straight into the database: for tests of the writer, which needs no more.
 * @module
 */
import type { Sql } from "../../server/db/client.ts";
import { newId } from "../../server/lib/ids.ts";

/** Stores people with their event logs. @returns Their ids, in order. */
export async function insertPeople(sql: Sql, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await sql`
    insert into users (id, email, name, date_of_birth, gender, country, onboarding_completed)
    select id, id || '@example.com', 'Somebody', '1995-05-15', 'female', 'DE', true from unnest(${ids}::uuid[]) id
  `;
  await sql`insert into user_logs (user_id) select unnest(${ids}::uuid[])`;
  return ids;
}

/** Opens one conversation a pair. @returns Their ids, in order. */
export async function insertConversations(
  sql: Sql,
  pairs: readonly (readonly [string, string])[],
): Promise<string[]> {
  const ids = pairs.map(newId);
  const ordered = pairs.map((pair) => pair.toSorted());
  await sql`
    insert into conversations (id, user1_id, user2_id)
    select * from unnest(
      ${ids}::uuid[], ${ordered.map(([a]) => a!)}::uuid[], ${ordered.map(([, b]) => b!)}::uuid[]
    )
  `;
  return ids;
}
