/**
 * The schema of a database as SQL, in one order and one spelling, so that two databases with the same schema have
 * the same text. Made from the catalogue: the embedded server comes without pg_dump. The text can be run.
 * @module
 */

import { type Session, type SessionOptions, withSession } from "./session.ts";

/** The engine's own table is no part of the schema. */
const OWN_TABLE = "schema_migrations";

const HEAD = `-- The schema that all migrations together make. Written by \`bun run generate\`, never by hand.

set check_function_bodies = off;`;

/** One object of the schema. */
export interface SchemaObject {
  /** For people: `table users`, `index users_email_key`. */
  readonly name: string;
  /** With its semicolon. */
  readonly sql: string;
}

/**
 * @returns The schema `public` as text, ending in a line break.
 * @throws UnreachableError
 *
 * @example
 * ```ts
 * await Bun.write("sql/schema.sql", await dumpSchema({ url }));
 * ```
 */
export async function dumpSchema(options: SessionOptions): Promise<string> {
  const objects = await withSession(options, selectSchema);
  return `${[HEAD, ...objects.map(({ sql }) => sql)].join("\n\n")}\n`;
}

/** @returns Every object of the schema `public`, in an order in which they can be made. */
export async function selectSchema(session: Session): Promise<SchemaObject[]> {
  const kinds = [
    extensions,
    types,
    functions,
    sequences,
    tables,
    foreignKeys,
    indexes,
    views,
    triggers,
    comments,
  ];
  const objects: SchemaObject[] = [];
  for (const kind of kinds) objects.push(...(await kind(session)));
  return objects;
}

function extensions(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select 'extension ' || extname as name, format('create extension if not exists %I;', extname) as sql
    from pg_extension where extname <> 'plpgsql' order by extname
  `;
}

/** Enums and domains. */
function types(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select 'type ' || t.typname as name, case t.typtype
      when 'e' then format('create type %I as enum (%s);', t.typname, (
        select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid
      ))
      else format('create domain %I as %s%s;', t.typname, format_type(t.typbasetype, t.typtypmod), (
        select coalesce(string_agg(
          format(E'\n  constraint %I %s', conname, pg_get_constraintdef(oid)), '' order by conname
        ), '') from pg_constraint where contypid = t.oid
      ))
    end as sql
    from pg_type t
    where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd') and not ${isOfExtension(session, "t")}
    order by t.typname
  `;
}

function functions(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select format('function %s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) as name,
      pg_get_functiondef(p.oid) || ';' as sql
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')
      and not ${isOfExtension(session, "p")}
    order by p.proname, pg_get_function_identity_arguments(p.oid)
  `;
}

/** But not those of identity columns, which come with the column. */
function sequences(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select 'sequence ' || c.relname as name, format(
      'create sequence %I as %s increment %s minvalue %s maxvalue %s start %s cache %s%s;', c.relname,
      format_type(s.seqtypid, null), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
      case when s.seqcycle then ' cycle' else '' end
    ) as sql
    from pg_class c join pg_sequence s on s.seqrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and not exists (
      select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'i'
    )
    order by c.relname
  `;
}

/** Columns, then every constraint that needs no other table, in order of name. */
function tables(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select 'table ' || c.relname as name, format(
      E'create %stable %I (\n%s\n)%s%s;', case c.relpersistence when 'u' then 'unlogged ' else '' end, c.relname,
      array_to_string(array(
        select format('  %I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attcollation <> t.typcollation and a.attcollation <> 0
            then format(' collate %s', a.attcollation::regcollation) else '' end,
          case when a.attnotnull then ' not null' else '' end,
          case
            when a.attgenerated = 's' then format(' generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
            when a.attgenerated = 'v' then format(' generated always as (%s) virtual', pg_get_expr(d.adbin, d.adrelid))
            when a.attidentity = 'a' then ' generated always as identity'
            when a.attidentity = 'd' then ' generated by default as identity'
            when d.adbin is not null then format(' default %s', pg_get_expr(d.adbin, d.adrelid))
            else '' end)
        from pg_attribute a join pg_type t on t.oid = a.atttypid
          left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum
      ) || array(
        select format('  constraint %I %s', conname, pg_get_constraintdef(oid)) from pg_constraint
        where conrelid = c.oid and contype in ('p', 'u', 'c', 'x') and conislocal
        order by contype <> 'p', conname
      ), E',\n'),
      case when c.relkind = 'p' then format(E'\npartition by %s', pg_get_partkeydef(c.oid)) else '' end,
      case when c.reloptions is null then '' else format(' with (%s)', array_to_string(c.reloptions, ', ')) end
    ) as sql
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> ${OWN_TABLE}
      and not ${isOfExtension(session, "c")}
    order by c.relname
  `;
}

function foreignKeys(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select 'constraint ' || k.conname as name,
      format('alter table %s add constraint %I %s;', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
        as sql
    from pg_constraint k
    where k.connamespace = 'public'::regnamespace and k.contype = 'f' and k.conislocal
    order by k.conrelid::regclass::text, k.conname
  `;
}

/** An INVALID index is no part of a schema: it is named as what it is. */
function indexes(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select 'index ' || c.relname as name,
      case when i.indisvalid then '' else E'-- INVALID\n' end || pg_get_indexdef(i.indexrelid) || ';' as sql
    from pg_index i
      join pg_class c on c.oid = i.indexrelid
      join pg_class t on t.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace and t.relname <> ${OWN_TABLE}
      and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))
    order by t.relname, c.relname
  `;
}

/** In the order they were made, which is one in which each finds those it reads. */
function views(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select 'view ' || c.relname as name, format(E'create %sview %I as\n%s',
      case c.relkind when 'm' then 'materialized ' else '' end, c.relname, pg_get_viewdef(c.oid)) as sql
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm') and not ${isOfExtension(session, "c")}
    order by c.oid
  `;
}

function triggers(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select format('trigger %s on %s', t.tgname, t.tgrelid::regclass) as name,
      pg_get_triggerdef(t.oid) || ';' || case t.tgenabled
        when 'D' then format(E'\nalter table %s disable trigger %I;', t.tgrelid::regclass, t.tgname) else '' end as sql
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and not t.tgisinternal
    order by c.relname, t.tgname
  `;
}

function comments(session: Session): Promise<SchemaObject[]> {
  return session<SchemaObject[]>`
    select format('comment on %s', c.relname || coalesce('.' || a.attname, '')) as name,
      format('comment on %s is %L;', case when a.attname is null then format('table %I', c.relname)
        else format('column %I.%I', c.relname, a.attname) end, d.description) as sql
    from pg_description d
      join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass and c.relkind in ('r', 'p')
      left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
    where c.relnamespace = 'public'::regnamespace
    order by 1
  `;
}

/** What an extension brought is the extension's. */
function isOfExtension(session: Session, alias: string) {
  return session`exists (
    select from pg_depend where objid = ${session(alias)}.oid and deptype = 'e'
  )`;
}
