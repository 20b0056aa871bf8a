/**
 * The content of a database with everything taken out that differs from run to run (ids, fresh times, hashes), so
 * that two databases to which the same was done are equal.
 * @module
 */
import type { Sql } from "../../server/db/client.ts";
import { listTables } from "./fingerprint.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::\d\d)?)?/g;
/** As notices tell people: two that are made one after the other may lie on either side of a minute. */
const MINUTE = /(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/g;
const HOUR_MS = 3_600_000;

/**
 * Ids become their rank among all ids: they are UUIDv7, so that the first one made is the first one everywhere.
 * Times of the last hour and of the next become `now`, later ones whole days from now.
 *
 * @returns Rows by table, as text, in order.
 */
export async function dump(sql: Sql): Promise<Record<string, string[]>> {
  const tables = await listTables(sql);
  const rows = await Promise.all(
    tables.map(async (table) => {
      const found = await sql<{ row: string }[]>`select to_jsonb(t)::text as row from ${sql(table)} t`;
      return found.map(({ row }) => row);
    }),
  );
  const ids = [...new Set(rows.flat().flatMap((row) => row.match(UUID) ?? []))].sort();
  const ranks = new Map(ids.map((id, rank) => [id, `#${rank}`]));
  const plain = (row: string) =>
    row
      .replaceAll(UUID, (id) => ranks.get(id)!)
      .replaceAll(TIME, describeTime)
      .replaceAll(MINUTE, (_, date: string, minute: string) => describeTime(`${date}T${minute}:00Z`))
      .replaceAll(/\\\\x[0-9a-f]*|\b[0-9a-f]{64}\b/g, "bytes")
      .replaceAll(/\$argon2id[^"]*/g, "hash");
  return Object.fromEntries(tables.map((table, at) => [table, rows[at]!.map(plain).sort()]));
}

function describeTime(text: string): string {
  const away = Date.parse(text.replace(" ", "T").replace(/\+00$/, "Z")) - Date.now();
  if (Math.abs(away) < HOUR_MS) return "now";
  return away > 0 ? `now + ${Math.round(away / (24 * HOUR_MS))} days` : text;
}
