/**
 * Loads a seed by COPY, one transaction per chunk. Ids are derived from the seed, so a chunk that was already loaded is
 * recognised by its first row and an interrupted run can continue.
 * @module
 */

import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Database, Sql } from "../../../server/db/client.ts";
import { relationsOfParts, SEED_PARTS, type SeedPart } from "./parts.ts";
import { ROLES_IN_CAST as CAST, type Person, personAt } from "./people.ts";
import type { SeedPlan } from "./plan.ts";
import { relationsOf } from "./relations.ts";
import { addReport } from "./reports.ts";
import { addRelation, COLUMNS, emptyRows, type Rows, type Table } from "./rows.ts";

/** What loading tells while it runs, and what it needs. */
export interface LoadOptions {
  readonly database: Pick<Database, "begin">;
  /** @default all of them */
  readonly only?: readonly SeedPart[];
  /** Aborting ends the run between two chunks: what is there stays and is whole. */
  readonly signal?: AbortSignal;
  /** Called after every chunk. */
  readonly onProgress?: (done: { readonly people: number; readonly relations: number }) => void;
}

/** Marks everybody the seed makes, so that they can be removed again. */
export const SEED_TAG = "seed";

const PEOPLE_A_CHUNK = 2_000;
const RELATIONS_A_CHUNK = 500;
const PEOPLE_REMEMBERED = 20_000;
const PERSON_COLUMNS = [
  "id", "email", "name", "date_of_birth", "gender", "country", "city", "bio", "profile_photos", "interests",
  "preferred_genders", "show_activity_status", "is_premium", "premium_expires_at", "is_active",
  "onboarding_completed", "role", "tag", "created_at", "updated_at",
] as const; // biome-ignore format: a table
const PRESENCE_COLUMNS = ["user_id", "gender", "show_activity_status", "is_active", "last_active"] as const;

/**
 * @returns How many people and relations were loaded now; what was there already is not counted.
 * @throws AbortError when the signal is aborted.
 */
export async function loadSeed(
  plan: SeedPlan,
  options: LoadOptions,
): Promise<{ people: number; relations: number }> {
  const loaded = { people: 0, relations: 0 };
  for (let start = 0; start < plan.people; start += PEOPLE_A_CHUNK) {
    options.signal?.throwIfAborted();
    const count = Math.min(PEOPLE_A_CHUNK, plan.people - start);
    const people = Array.from({ length: count }, (_, n) => personAt(plan, start + n));
    if (await loadPeople(people, options.database)) loaded.people += count;
    options.onProgress?.({ people: start + count, relations: 0 });
  }
  const person = remember(plan);
  const relations = relationsOfParts(relationsOf(plan), new Set(options.only ?? SEED_PARTS));
  let done = 0;
  for (const chunk of chunks(relations, RELATIONS_A_CHUNK)) {
    options.signal?.throwIfAborted();
    const rows = emptyRows();
    for (const relation of chunk) {
      const [from, to] = [person(relation.from), person(relation.to)];
      const messages = addRelation(rows, relation, { plan, from, to });
      if (relation.report === undefined) continue;
      const staff = { moderator: person(CAST.moderator), admin: person(CAST.admin) };
      // Whoever blocks reports; otherwise whoever was written to.
      const [reporter, reported] = relation.kind === "blocked" ? [from, to] : [to, from];
      addReport(rows, { plan, ordinal: relation.report, reporter, reported, staff, messages });
    }
    if (await loadRelations(rows, options.database)) loaded.relations += chunk.length;
    done += chunk.length;
    options.onProgress?.({ people: plan.people, relations: done });
  }
  return loaded;
}

/** Making a person again costs more than a look-up; forgetting all now and then bounds the memory. */
function remember(plan: SeedPlan): (index: number) => Person {
  const made = new Map<number, Person>();
  return (index) => {
    const known = made.get(index) ?? personAt(plan, index);
    if (made.size >= PEOPLE_REMEMBERED) made.clear();
    made.set(index, known);
    return known;
  };
}

/** @returns False when they are there already. */
async function loadPeople(people: readonly Person[], database: LoadOptions["database"]): Promise<boolean> {
  return await database.begin(
    async (sql) => {
      if (await exists(sql, { table: "users", id: people[0]?.id as string })) return false;
      await copy(sql, { table: "users", columns: PERSON_COLUMNS, rows: people.map(personRow) });
      await copy(sql, { table: "user_presence", columns: PRESENCE_COLUMNS, rows: people.map(presenceRow) });
      await copy(sql, { table: "user_logs", columns: ["user_id"], rows: people.map(({ id }) => [id]) });
      return true;
    },
    { deadlineMs: 0 },
  );
}

async function loadRelations(rows: Rows, database: LoadOptions["database"]): Promise<boolean> {
  const mark = (Object.keys(COLUMNS) as Table[]).find((table) => rows[table].length > 0);
  if (mark === undefined) return false;
  return await database.begin(
    async (sql) => {
      if (await exists(sql, { table: mark, id: rows[mark][0]?.[0] as string })) return false;
      for (const table of Object.keys(COLUMNS) as Table[]) {
        await copy(sql, { table, columns: COLUMNS[table], rows: rows[table] });
      }
      // The two tables refer to each other: the conversations learn their last message once it is there.
      await sql`
        with last as materialized (
          select distinct on (conversation_id) conversation_id, id from messages
          where conversation_id = any(${rows.conversations.map(([id]) => id as string)}::uuid[]) and seq is not null
          order by conversation_id, seq desc
        )
        update conversations c set last_message_id = m.id from last m where c.id = m.conversation_id`;
      await putInForce(sql, rows.in_force);
      return true;
    },
    { deadlineMs: 0 },
  );
}

/** What is in force stands on the person, too; of several sanctions the longest. */
async function putInForce(sql: Sql, inForce: Rows["in_force"]): Promise<void> {
  await sql`
    update users u set
      muted_until = greatest(u.muted_until, s.muted_until),
      suspended_until = greatest(u.suspended_until, s.suspended_until)
    from (
      select id, max(muted::timestamptz) as muted_until, max(suspended::timestamptz) as suspended_until
      from unnest(
        ${inForce.map(([id]) => id as string)}::uuid[],
        ${inForce.map(([, muted]) => muted as string | null)}::text[],
        ${inForce.map(([, , suspended]) => suspended as string | null)}::text[]
      ) as t (id, muted, suspended) group by id
    ) s
    where u.id = s.id`;
}

async function exists(sql: Sql, { table, id }: { table: string; id: string }): Promise<boolean> {
  const found = await sql`select 1 from ${sql(table)} where id = ${id}`;
  return found.length > 0;
}

function personRow(person: Person): unknown[] {
  const { id, email, name, dateOfBirth, gender, country, city, bio, photos, interests, preferredGenders } =
    person;
  return [
    id, email, name, dateOfBirth, gender, country, city, bio, photos, interests, preferredGenders,
    person.showActivityStatus, person.isPremium, person.premiumExpiresAt, person.isActive, true, person.role,
    SEED_TAG, person.createdAt, person.createdAt,
  ]; // biome-ignore format: in the order of PERSON_COLUMNS
}

function presenceRow({ id, gender, showActivityStatus, isActive, lastActive }: Person): unknown[] {
  return [id, gender, showActivityStatus, isActive, lastActive];
}

async function copy(
  sql: Sql,
  {
    table,
    columns,
    rows,
  }: { table: string; columns: readonly string[]; rows: readonly (readonly unknown[])[] },
): Promise<void> {
  if (rows.length === 0) return;
  const query = sql`copy ${sql(table)} (${sql(columns as string[])}) from stdin`;
  const into = (await query.writable()) as Writable;
  // The driver forgets the stream when its end is written: what is refused after that comes to the query alone.
  const refused = Promise.withResolvers<never>();
  Object.assign(query, { reject: refused.reject });
  await Promise.race([pipeline(lines(rows), into), refused.promise]);
}

/** COPY's text format, some 64 KiB at a time. */
function* lines(rows: readonly (readonly unknown[])[]): Generator<Buffer> {
  let text = "";
  for (const row of rows) {
    text += `${row.map(cell).join("\t")}\n`;
    if (text.length > 65_536) {
      yield Buffer.from(text);
      text = "";
    }
  }
  yield Buffer.from(text);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "\\N";
  const text = Array.isArray(value) ? `{${value.map(element).join(",")}}` : String(value);
  return text.replace(
    /[\\\n\r\t]/g,
    (char) => ({ "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" })[char] as string,
  );
}

function element(value: unknown): string {
  return `"${String(value).replace(/["\\]/g, "\\$&")}"`;
}

function* chunks<T>(values: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = [];
  for (const value of values) {
    chunk.push(value);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
