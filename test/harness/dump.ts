/**
 * Dumps a database without the values that differ between runs (ids, times, hashes), so that two databases can be
 * compared.
 * @module
 */
import type { Sql } from "../../server/db/client.ts";
import { conversationIdOf } from "../../server/db/pair.ts";
import { listTables } from "./fingerprint.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::\d\d)?)?/g;
/** As notices tell people: two that are made one after the other may lie on either side of a minute. */
const MINUTE = /(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/g;
const HOUR_MS = 3_600_000;

/**
 * Ids become their rank among all ids: they are UUIDv7, so that the first one made is the first one everywhere. A
 * conversation's id is a hash, which has no such rank: it becomes the ranks of its two people.
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
  const pairs = await selectPairs(sql);
  const ids = [...new Set(rows.flat().flatMap((row) => row.match(UUID) ?? []))].sort();
  const ranks = new Map(ids.filter((id) => !pairs.has(id)).map((id, rank) => [id, `#${rank}`]));
  for (const [id, people] of pairs) ranks.set(id, people.map((person) => ranks.get(person)!).join("-"));
  const plain = (row: string) =>
    row
      .replaceAll(UUID, (id) => ranks.get(id)!)
      .replaceAll(TIME, describeTime)
      .replaceAll(MINUTE, (_, date: string, minute: string) => describeTime(`${date}T${minute}:00Z`))
      .replaceAll(/\\\\x[0-9a-f]*|\b[0-9a-f]{64}\b/g, "bytes")
      .replaceAll(/\$argon2id[^"]*/g, "hash");
  return Object.fromEntries(tables.map((table, at) => [table, rows[at]!.map(plain).sort()]));
}

/** Whoever two people are, by the id that their conversation has or would have. */
async function selectPairs(sql: Sql): Promise<Map<string, readonly [string, string]>> {
  const people = (await sql<{ id: string }[]>`select id from users order by id`).map(({ id }) => id);
  return new Map(
    people.flatMap((a, n) => people.slice(n + 1).map((b) => [conversationIdOf(a, b), [a, b]] as const)),
  );
}

function describeTime(text: string): string {
  const away = Date.parse(text.replace(" ", "T").replace(/\+00$/, "Z")) - Date.now();
  if (Math.abs(away) < HOUR_MS) return "now";
  return away > 0 ? `now + ${Math.round(away / (24 * HOUR_MS))} days` : text;
}
