/**
 * A comparable value of a database's content, to check that a refused call changed nothing.
 * @module
 */
import type { Sql } from "../../server/db/client.ts";

/** Rows and a hash of all their content, by table. */
export type Fingerprint = Readonly<Record<string, string>>;

/**
 * @example
 * ```ts
 * const before = await fingerprint(sql);
 * await request("POST", "/api/v1/messages/send", { token, body: {} });
 * expect(await fingerprint(sql)).toEqual(before);
 * ```
 */
export async function fingerprint(sql: Sql): Promise<Fingerprint> {
  const [first, ...rest] = (await listTables(sql)).map(
    (table) => sql`
      select ${table} as name, count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as print
      from ${sql(table)} t
    `,
  );
  const all = rest.reduce((query, part) => sql`${query} union all ${part}`, first!);
  const rows = await sql<{ name: string; print: string }[]>`${all}`;
  return Object.fromEntries(rows.map(({ name, print }) => [name, print]));
}

/** @returns Every table of the application, in alphabetical order. */
export async function listTables(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname not like '%migration%'
    order by 1
  `;
  return rows.map(({ name }) => name);
}
