/**
 * The rights that the server's database role must not have: changing the audit log, the schema, or its own
 * rights.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, type Database } from "../../../server/db/client.ts";
import { MIGRATIONS_FOLDER, up } from "../../../server/db/migrate/mod.ts";
import { RESTRICTED, serverRoleOf } from "../../../server/db/server_role.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";

let owner: TestDatabase;
let server: Database;
const folder = mkdtempSync(join(tmpdir(), "vibes-grants-"));

beforeAll(async () => {
  owner = await createTestDatabase();
  server = createDatabase({ url: owner.serverUrl });
});
afterAll(async () => {
  await server.close();
  await owner.close();
  rmSync(folder, { recursive: true });
});

/** SQLSTATE of the refusal. */
async function refused(text: string): Promise<string | undefined> {
  return await server.sql.unsafe(text).then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
}

test("it owns nothing and is no superuser", async () => {
  const [role] = await server.sql`
    select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication as powerful,
      (select count(*)::int from pg_class where relowner = r.oid) as tables,
      (select count(*)::int from pg_proc where proowner = r.oid) as functions
    from pg_roles r where rolname = current_user
  `;
  expect({ ...role }).toEqual({ powerful: false, tables: 0, functions: 0 });
});

test("no table that only grows can be changed, whatever becomes of its trigger", async () => {
  // Every table that a migration protects by such a trigger: a new one without its row in RESTRICTED fails here.
  const tables = await owner.sql<{ name: string }[]>`
    select distinct tgrelid::regclass::text as name from pg_trigger
    where tgfoid = 'forbid_change'::regproc order by 1
  `;
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["audit_log", "report_evidence"]));
  for (const { name } of tables) {
    await owner.sql.unsafe(`alter table ${name} disable trigger user`);
    const [{ column } = { column: "" }] = await owner.sql<{ column: string }[]>`
      select attname as column from pg_attribute where attrelid = ${name}::regclass and attnum = 1
    `;
    for (const text of [
      `update ${name} set ${column} = ${column}`,
      `delete from ${name}`,
      `truncate ${name}`,
    ]) {
      expect([text, await refused(text)]).toEqual([text, "42501"]);
    }
    expect(await refused(`select from ${name}`)).toBeUndefined();
  }
});

test.each([
  "create table mine (id int)",
  "create function mine() returns int language sql as 'select 1'",
  "alter table audit_log disable trigger all",
  "drop trigger audit_log_append_only on audit_log",
  "drop table audit_log",
  "create trigger mine before insert on audit_log for each row execute function forbid_change()",
  "insert into schema_migrations (version, name, checksum, duration_ms) values (999, 'x', 'x', 1)",
  "delete from schema_migrations",
  "insert into audit_head select * from audit_head",
  "delete from audit_head",
  "truncate users cascade",
  "set session_replication_role = replica",
  "grant update on audit_log to current_user",
  "copy users to program 'cat'",
  "alter system set fsync = off",
])("%s", async (text) => {
  // Owners and superusers only: 42501; what the owner's own grant would need is refused or has no effect.
  const code = await refused(text);
  if (text.startsWith("grant")) {
    const [row] = await server.sql`select has_table_privilege('audit_log', 'update') as held`;
    expect(row?.held).toBe(false);
  } else expect(code).toBe("42501");
});

test("every restricted table exists", async () => {
  const found = await owner.sql<{ name: string }[]>`
    select relname as name from pg_class where relname = any(${Object.keys(RESTRICTED)}::text[])
  `;
  expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(RESTRICTED).sort());
});

describe("migrating as the owner", () => {
  test("grants what a new table needs, and takes away what somebody granted by hand", async () => {
    cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
    writeFileSync(
      join(folder, "900000_later.sql"),
      "-- up\ncreate table later (id int primary key generated always as identity, note text);\n-- down\ndrop table later;\n",
    );
    await owner.sql`grant update, delete on audit_log to vibes_server`;
    await up({ url: owner.url, folder, serverRole: "vibes_server" });
    expect(await refused("insert into later (note) values ('x')")).toBeUndefined();
    expect(await refused("update later set note = 'y'; delete from later")).toBeUndefined();
    expect(await refused("truncate later")).toBe("42501");
    expect(await refused("delete from audit_log")).toBe("42501");
  });

  test("a role that is not there is named", async () => {
    const failed = up({ url: owner.url, folder, serverRole: "nobody_knows" });
    await expect(failed).rejects.toThrow(`there is no role "nobody_knows", the user of DATABASE_URL`);
  });

  test.each([
    ["postgres://app:x@h/d", "postgres://owner:y@h/d", "app"],
    ["postgres://a%40b:x@h/d", "postgres://owner@h/d", "a@b"],
    ["postgres://one:x@pooler/d", "postgres://one:x@h/d", undefined],
    ["postgres://h/d", "postgres://owner@h/d", undefined],
    ["postgres://app@h/d", null, undefined],
  ])("the server's role of %s beside %s is %s", (url, ownerUrl, role) => {
    expect(serverRoleOf(url, ownerUrl)).toBe(role);
  });
});
