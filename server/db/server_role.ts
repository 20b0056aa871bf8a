/**
 * The server's role: its privileges where it owns no table (the role of DATABASE_URL when DATABASE_DIRECT_URL names
 * another one, the owner, who migrates), applied after every change of the schema, so that new tables are covered; and
 * its settings, where a pooler keeps the server from sending them with each connection.
 * @module
 */
import type postgres from "postgres";
import { createDatabase } from "./client.ts";
import { MigrationError } from "./migrate/errors.ts";
import { roleSettings } from "./timeouts.ts";

type Privilege = "SELECT" | "INSERT" | "UPDATE" | "DELETE";

const ALL: readonly Privilege[] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/** Tables on which the server may do less than read and write. What it may change, whoever took it over may, too. */
export const RESTRICTED: Readonly<Record<string, readonly Privilege[]>> = {
  schema_migrations: ["SELECT"],
  audit_log: ["SELECT", "INSERT"],
  // One row, the end of the audit log's chain.
  audit_head: ["SELECT", "UPDATE"],
  report_evidence: ["SELECT", "INSERT"],
};

interface TableGrants {
  readonly name: string;
  /** By comma. */
  readonly held: string;
}

/** @returns The role that needs grants: that of `url`, unless it is the owner's own; a URL without one has none. */
export function serverRoleOf(url: string | null, ownerUrl: string | null): string | undefined {
  const [server, owner] = [userOf(url), userOf(ownerUrl)];
  return server === undefined || owner === undefined || server === owner ? undefined : server;
}

function userOf(url: string | null): string | undefined {
  const user = /^\w+:\/\/([^:@/]+)(?::[^@/]*)?@/.exec(url ?? "")?.[1];
  return user === undefined ? undefined : decodeURIComponent(user);
}

/**
 * Gives a role what the server needs on every table of the schema `public`, and takes away what else it has. Call it
 * as the owner; tables whose grants are right are left alone.
 *
 * @throws MigrationError when there is no such role.
 */
export async function grantServerRole(sql: postgres.ReservedSql, role: string): Promise<void> {
  const known = await sql`select 1 from pg_roles where rolname = ${role}`;
  if (known.length === 0) {
    throw new MigrationError(
      "Target",
      `Cannot grant the server its privileges: there is no role "${role}", the user of DATABASE_URL`,
      { hint: `create it: create role ${role} login password '…'` },
    );
  }
  const tables = await sql<TableGrants[]>`
    select c.relname as name, coalesce((
      select string_agg(a.privilege_type, ',') from aclexplode(c.relacl) a
      where a.grantee = (select oid from pg_roles where rolname = ${role})
    ), '') as held
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
    order by 1
  `;
  for (const { name, ...table } of tables) {
    const held = table.held.split(",").filter(Boolean);
    const wanted = RESTRICTED[name] ?? ALL;
    const missing = wanted.filter((privilege) => !held.includes(privilege));
    const extra = held.filter((privilege) => !(wanted as readonly string[]).includes(privilege));
    // Privileges are key words, which cannot be parameters; these come from the lists above.
    if (extra.length > 0) await sql`revoke ${sql.unsafe(extra.join(", "))} on ${sql(name)} from ${sql(role)}`;
    if (missing.length > 0)
      await sql`grant ${sql.unsafe(missing.join(", "))} on ${sql(name)} to ${sql(role)}`;
  }
  await sql`grant usage on all sequences in schema public to ${sql(role)}`;
  // What the server may have done that only the owner may do.
  const functions = await sql<{ signature: string }[]>`
    select oid::regprocedure::text as signature from pg_proc
    where pronamespace = 'public'::regnamespace and prosecdef and proowner = current_user::regrole
  `;
  for (const { signature } of functions)
    await sql`grant execute on function ${sql.unsafe(signature)} to ${sql(role)}`;
}

/**
 * Writes what the server otherwise sends with each connection as defaults of its own role in this database. Sessions
 * that are open keep what they have.
 *
 * @param url As the server; a pooler may be on the way.
 * @returns What was written. @throws SERVICE_UNAVAILABLE
 */
export async function setRoleDefaults(url: string) {
  const database = createDatabase({ url, max: 1, pooler: "transaction", applicationName: "vibes db roles" });
  const settings = roleSettings();
  try {
    const [row] = await database.sql<[{ role: string; database: string }]>`
      select current_user::text as role, current_database()::text as database
    `;
    for (const [name, value] of Object.entries(settings)) {
      // Key words and names of ours; the name of the database is quoted by the server.
      await database.sql.unsafe(`
        do $$ begin execute format('alter role current_user in database %I set ${name} = %L', current_database(), '${value}'); end $$
      `);
    }
    return { ...row, settings };
  } finally {
    await database.close();
  }
}
