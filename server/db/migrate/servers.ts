/**
 * Servers that are connected to the database.
 * @module
 */
import { APPLICATION_NAME } from "../client.ts";
import { MigrationError } from "./errors.ts";
import type { Session } from "./session.ts";

/** What is said while servers are connected. */
interface Refusal {
  /** What cannot be done, and why not meanwhile. */
  readonly cannot: string;
  /** What to do first. */
  readonly stop: string;
}

/**
 * Servers say who they are in `application_name`, which a pooler keeps for a while after they have gone.
 *
 * @throws MigrationError while connections of servers are open.
 */
export async function requireNoServers(session: Session, { cannot, stop }: Refusal): Promise<void> {
  const [{ count }] = await session<[{ count: number }]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name = ${APPLICATION_NAME}
  `;
  if (count === 0) return;
  throw new MigrationError("Locked", `${cannot}, and ${count} connections of servers are open`, {
    hint: `${stop}; --ignore-servers when these are a pooler's, of servers that have ended`,
  });
}
