/**
 * Servers that are connected to the database.
 * @module
 */
import { APPLICATION_NAME } from "../client.ts";
import type { Session } from "./session.ts";

/**
 * Servers say who they are in `application_name`, which a pooler keeps for a while after they have gone.
 *
 * @returns How many connections of servers are open.
 */
export async function countServers(session: Session): Promise<number> {
  const [row] = await session<[{ count: number }]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name = ${APPLICATION_NAME}
  `;
  return row.count;
}
