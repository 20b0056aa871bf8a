/**
 * The schema with each partitioned table as one, for comparisons: partitions are the operator's choice (db/partition.ts)
 * and no part of what the migrations make.
 * @module
 */
import { type SchemaObject, selectSchema } from "./dump.ts";
import type { Session } from "./session.ts";

/** The schema as it would be without partitions, so that `vibes db partition` is no difference. */
export async function selectWhole(session: Session): Promise<SchemaObject[]> {
  const objects = await selectSchema(session);
  const parts = await session<Part[]>`
    select c.relname as part, p.relname as whole, c.relkind = 'i' as "isIndex"
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relnamespace = 'public'::regnamespace and p.relkind in ('p', 'I')
  `;
  return parts.length === 0 ? objects : withoutPartitions(objects, parts);
}

/** A table or an index that is a part of another one. */
interface Part {
  readonly part: string;
  readonly whole: string;
  readonly isIndex: boolean;
}

/**
 * What stands on the parts alone is the whole table's if it stands on each of them, under the whole's name and the part's
 * suffix (`user_events_pkey_20261130` on `user_events_20261130`); what is on one only is named as it is there.
 */
function withoutPartitions(objects: readonly SchemaObject[], parts: readonly Part[]): SchemaObject[] {
  const attached = new Set(parts.filter(({ isIndex }) => isIndex).map(({ part }) => `index ${part}`));
  const tables = parts.filter(({ isIndex }) => !isIndex);
  const counts = new Map<string, number>();
  for (const { whole } of tables) counts.set(whole, (counts.get(whole) ?? 0) + 1);
  const whole: SchemaObject[] = [];
  const own = new Map<string, { readonly table: string; readonly object: SchemaObject; count: number }>();
  const count = ({ whole: table, part }: Part, object: SchemaObject): void => {
    const strip = (text: string) =>
      text.replaceAll(new RegExp(`\\b(${table}\\w*)${part.slice(table.length)}\\b`, "g"), "$1");
    const stripped = { name: strip(object.name), sql: strip(object.sql) };
    const found = own.get(stripped.sql);
    if (found) found.count++;
    else own.set(stripped.sql, { table, object: stripped, count: 1 });
  };
  for (const { name, sql } of objects) {
    const part = tables.find(
      ({ part: table }) => name === `table ${table}` || sql.includes(` ON public.${table} `),
    );
    if (attached.has(name)) continue;
    if (!part) whole.push({ name, sql: sql.replace(" ON ONLY public.", " ON public.") });
    else if (name.startsWith("table ")) {
      for (const line of constraintsIn(sql)) count(part, { name: `table ${part.whole}`, sql: line });
    } else count(part, { name, sql });
  }
  const constraints = new Map<string, string[]>();
  for (const { table, object, count: times } of own.values()) {
    const isTable = object.name === `table ${table}`;
    if (times < counts.get(table)!)
      whole.push({ name: `${object.name}, on some of its parts`, sql: object.sql });
    else if (isTable) constraints.set(table, [...(constraints.get(table) ?? []), object.sql]);
    else whole.push(object);
  }
  return whole.map(({ name, sql }) => {
    const table = name.replace(/^table /, "");
    if (!counts.has(table)) return { name, sql };
    return {
      name,
      sql: withConstraints(sql.replace(/\npartition by .*?(?=;$)/s, ""), constraints.get(table) ?? []),
    };
  });
}

function constraintsIn(sql: string): string[] {
  return sql
    .split("\n")
    .flatMap((line) => (line.startsWith("  constraint ") ? [line.replace(/,$/, "")] : []));
}

/** In the order of a dump: the primary key first, the others by name. */
function withConstraints(sql: string, more: readonly string[]): string {
  const all = [...constraintsIn(sql), ...more];
  const lines = sql.split("\n");
  const others = lines.slice(1, -1).filter((line) => !line.startsWith("  constraint "));
  const isKey = (line: string) => line.includes(" PRIMARY KEY ");
  all.sort((a, b) => Number(isKey(b)) - Number(isKey(a)) || (a < b ? -1 : 1));
  const inner = [...others, ...all].map((line) => line.replace(/,$/, ""));
  return [lines[0], inner.join(",\n"), lines.at(-1)].join("\n");
}
