/** `vibes audit verify` detects edited, truncated and rewritten logs. @module */
import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { audit } from "../../../server/features/admin/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp } from "../../harness/app.ts";
import { dataOf, runVibes } from "../../harness/cli.ts";
import { createStaff, openCase } from "../../harness/staff.ts";

const app = await createTestApp();
const { context, databaseUrl, close } = app;
const { sql } = context.database;
const { begin } = app.owner;
afterAll(close);
const ENV = { NODE_ENV: "test", DATABASE_URL: databaseUrl, JWT_SECRET: "x".repeat(32) };
const verify = (words = "") => runVibes(`audit verify --json ${words}`.trimEnd(), { env: ENV });

async function append(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const entry = { actorId: newId(), action: "user.role_changed", targetType: "user" } as const;
    await context.write(({ sql }) => audit(sql, { ...entry, targetId: newId(), after: { z: i, a: "ü" } }));
  }
}

test("a whole log: how many, and the hash to keep", async () => {
  await append(3);
  const { code, out } = await runVibes("audit verify", { env: ENV });
  expect(code).toBe(0);
  expect(out).toMatch(/^3 entries verified, none changed or missing\nlast entry +3\nhash +[0-9a-f]{64}\n$/);
  const { hash } = dataOf(await verify());
  await append(2);
  expect(dataOf(await verify(`--from ${hash.toUpperCase()}`))).toMatchObject({
    ok: true,
    entries: 3,
    seq: 5,
  });
  expect(dataOf(await verify(`--from ${"0".repeat(64)}`))).toMatchObject({ ok: true, entries: 5 });
  for (const bad of ["x", hash.slice(1), `${hash}0`]) expect((await verify(`--from ${bad}`)).code).toBe(2);
});

test("an entry that was edited, with the triggers off", async () => {
  await append(2);
  const [row] = await sql<{ reason: string | null }[]>`select reason from audit_log where seq = 2`;
  const edit = (reason: string | null) =>
    begin(async (tx) => {
      await tx`alter table audit_log disable trigger all`;
      await tx`update audit_log set reason = ${reason} where seq = 2`;
      await tx`alter table audit_log enable trigger all`;
    });
  await edit("another");
  const { code, out } = await verify();
  expect([code, JSON.parse(out).data]).toMatchObject([4, { ok: false, seq: 2 }]);
  expect(JSON.parse(out).data.problem).toContain("was changed");
  await edit(row!.reason);
  expect((await verify()).code).toBe(0);
});

test("a log whose end was cut and whose head was made to fit is found by the hash that was kept", async () => {
  await append(2);
  const { hash, seq } = dataOf(await verify());
  await begin(async (tx) => {
    await tx`alter table audit_log disable trigger all`;
    await tx`delete from audit_log where seq = ${seq}`;
    await tx`update audit_head set seq = ${seq - 1}, hash = (select hash from audit_log where seq = ${seq - 1})`;
    await tx`alter table audit_log enable trigger all`;
  });
  // By itself it looks whole: that is what the anchor is for.
  expect((await verify()).code).toBe(0);
  const { code, out } = await verify(`--from ${hash}`);
  expect([code, JSON.parse(out).data]).toEqual([
    4,
    { ok: false, seq: 0, problem: "no entry has the hash that was given" },
  ]);
});

test("an outsider verifies entries by what GET /admin/audit answers alone", async () => {
  const admin = await createStaff(app, { role: "admin" });
  const { id } = await openCase(app);
  await admin.post(`/reports/${id}/claim`);
  const decision = { decision: "resolved", action: "mute", hours: 1, reason: "grüße 🎉 „quoted“" };
  await admin.post(`/reports/${id}/resolve`, decision);
  const { entries } = (await admin.get("/audit?limit=200")).body.data;
  const sorted = (value: unknown): unknown =>
    typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  for (const [i, entry] of entries.entries()) {
    const { seq, actor, action, target, reason, before, after, created_at } = entry;
    const fields = [String(seq), entry.id, actor.id, action, target.type, target.id, reason];
    const text = JSON.stringify([...fields, sorted(before), sorted(after), created_at]);
    const hash = createHash("sha256").update(Buffer.from(entry.prev_hash, "hex")).update(text).digest("hex");
    expect([seq, hash]).toEqual([seq, entry.hash]);
    if (i > 0) expect([seq, entry.hash]).toEqual([seq, entries[i - 1].prev_hash]);
  }
  expect(entries.length).toBeGreaterThan(5);
});
