import { afterAll, expect, test } from "bun:test";
import type { Sql } from "../../../server/db/client.ts";
import { AuditWatch } from "../../../server/features/admin/audit/service.ts";
import { audit, verifyAudit } from "../../../server/features/admin/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp } from "../../harness/app.ts";
import { createStaff, openCase } from "../../harness/staff.ts";

const app = await createTestApp();
const { context } = app;
const { sql } = app.owner;
const mod = await createStaff(app, { name: "Mo Keller" });
const other = await createStaff(app, { name: "Other Mod" });
afterAll(() => app.close());

async function append(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const target = { targetType: "user", targetId: newId() } as const;
    const after = { z: i, a: 'ü "quoted" \u2028', nothing: null, yes: true };
    await context.write(({ sql }) =>
      audit(sql, { actorId: mod.id, action: "user.role_changed", ...target, reason: "grüße 🎉", after }),
    );
  }
}

test("the log is one chain, however it is read", async () => {
  const { id } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  await mod.post(`/reports/${id}/resolve`, {
    decision: "resolved",
    action: "mute",
    hours: 1,
    reason: "Insults",
  });
  await append(5);
  expect(await verifyAudit(sql)).toMatchObject({ ok: true, entries: 8, seq: 8 });
  expect(await verifyAudit(sql, { batch: 2 })).toMatchObject({ ok: true, entries: 8 });
});

test("nothing in it can be changed, deleted or truncated", async () => {
  await append(1);
  for (const statement of [
    sql`update audit_log set reason = 'another' where seq = 1`,
    sql`update audit_log set seq = seq + 1000`,
    sql`delete from audit_log where seq = 1`,
    sql`delete from audit_log`,
    sql`truncate audit_log`,
    sql`truncate audit_log cascade`,
  ]) {
    await expect(statement.execute()).rejects.toThrow("append-only");
  }
  expect((await verifyAudit(sql)).ok).toBe(true);
});

test("whoever gets past that is found out", async () => {
  await append(4);
  const [{ last } = { last: 0 }] = await sql<{ last: number }[]>`select max(seq)::int as last from audit_log`;
  const attacks: [attack: (tx: Sql) => Promise<unknown>, seq: number][] = [
    [(tx) => tx`update audit_log set reason = 'another' where seq = ${last - 2}`, last - 2],
    [(tx) => tx`update audit_log set actor_id = ${other.id} where seq = ${last - 2}`, last - 2],
    [(tx) => tx`update audit_log set after = after || '{"z": 7}' where seq = ${last}`, last],
    [
      (tx) => tx`update audit_log set created_at = created_at + interval '1 microsecond' where seq = ${last}`,
      last,
    ],
    [(tx) => tx`delete from audit_log where seq = ${last - 1}`, last - 1],
    [(tx) => tx`delete from audit_log where seq = ${last}`, last],
    [(tx) => tx`update audit_head set hash = decode(repeat('00', 32), 'hex')`, last],
  ];
  for (const [attack, seq] of attacks) {
    const found = await app.owner
      .begin(async (tx) => {
        await tx`alter table audit_log disable trigger all`;
        await attack(tx);
        throw Object.assign(new Error("rolled back"), { check: await verifyAudit(tx) });
      })
      .catch((error: { check?: unknown }) => error.check);
    expect(found).toMatchObject({ ok: false, seq });
  }
  expect((await verifyAudit(sql)).ok).toBe(true);
});

test("what is rolled back leaves no entry and no gap", async () => {
  const before = await verifyAudit(sql);
  await context
    .write(async ({ sql }) => {
      await audit(sql, { actorId: mod.id, action: "block.lifted", targetType: "block", targetId: newId() });
      throw new Error("no");
    })
    .catch(() => {});
  expect(await verifyAudit(sql)).toEqual(before);
  await append(1);
  expect((await verifyAudit(sql)).ok).toBe(true);
});

test("16 at once make one chain", async () => {
  const before = (await verifyAudit(sql)) as { entries: number };
  await Promise.all(Array.from({ length: 16 }, () => append(1)));
  expect(await verifyAudit(sql)).toMatchObject({ ok: true, entries: before.entries + 16 });
});

test("reading it: newest first, filters, pages", async () => {
  const { id } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  await mod.post(`/reports/${id}/release`);
  await other.get(`/reports/${id}`);
  const read = async (query: string) => (await mod.get(`/audit?${query}`)).body.data.entries;
  const about = await read(`target_type=report&target_id=${id}`);
  expect(about.map((entry: { action: string }) => entry.action)).toEqual([
    "report.evidence_viewed",
    "report.released",
    "report.claimed",
  ]);
  expect(about[2]).toEqual({
    seq: expect.any(Number),
    id: expect.any(String),
    action: "report.claimed",
    actor: { id: mod.id, name: "Mo Keller" },
    target: { type: "report", id },
    reason: null,
    before: { status: "pending", claimed_by: null },
    after: { status: "reviewed", claimed_by: mod.id },
    created_at: expect.stringMatching(/\.\d{6}Z$/),
    prev_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(await read(`actor_id=${other.id}`)).toHaveLength(1);
  expect(await read(`action=report.claimed&target_id=${id}`)).toHaveLength(1);

  const seqs: number[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { body } = await mod.get(`/audit?limit=7${cursor ? `&cursor=${cursor}` : ""}`);
    seqs.push(...body.data.entries.map((entry: { seq: number }) => entry.seq));
    cursor = body.meta.pagination.cursor;
  }
  expect(seqs).toEqual(Array.from(seqs, (_, i) => seqs.length - i));
  for (const query of ["action=nonsense", "target_type=planet", "actor_id=1", "limit=0", "cursor=x"]) {
    expect([query, (await mod.get(`/audit?${query}`)).status]).toEqual([query, 400]);
  }
});

test("the periodic verification: new entries every ten minutes, all of them every hour, and what it found", async () => {
  let now = 1_000_000_000;
  const found: unknown[] = [];
  const watch = new AuditWatch({
    db: { sql },
    clock: { now: () => now },
    onBroken: (problem) => found.push(problem),
  });
  const next = async (minutes: number) => {
    now += minutes * 60_000;
    watch.read();
    await watch.settled();
    return watch.read();
  };
  const unguarded = (change: (tx: Sql) => Promise<unknown>) =>
    app.owner.begin(async (tx) => {
      await tx`alter table audit_log disable trigger all`;
      await change(tx);
      await tx`alter table audit_log enable trigger all`;
    });
  expect(watch.read()).toEqual({ broken: false, verifiedAt: null });
  expect(await next(0)).toEqual({ broken: false, verifiedAt: 1_000_000 });
  await append(1);
  expect(await next(9)).toEqual({ broken: false, verifiedAt: 1_000_000 });
  expect(await next(1)).toEqual({ broken: false, verifiedAt: 1_000_600 });

  // An old entry is read again within the hour; then the log stays broken until it is whole again.
  const [{ reason } = { reason: null }] = await sql<
    { reason: string | null }[]
  >`select reason from audit_log where seq = 2`;
  await unguarded((tx) => tx`update audit_log set reason = 'another' where seq = 2`);
  expect((await next(20)).broken).toBe(false);
  expect((await next(30)).broken).toBe(true);
  expect(found).toMatchObject([{ ok: false, seq: 2 }]);
  expect((await next(10)).broken).toBe(true);
  await unguarded((tx) => tx`update audit_log set reason = ${reason} where seq = 2`);
  expect((await next(10)).broken).toBe(false);

  // The database is away: the last result stays, and so does its time.
  const { verifiedAt } = watch.read();
  await unguarded(async (tx) => {
    await tx`alter table audit_head rename to audit_head_away`;
  });
  expect(await next(10)).toEqual({ broken: false, verifiedAt });
  await app.owner.sql`alter table audit_head_away rename to audit_head`;
  expect((await next(1)).verifiedAt).toBeGreaterThan(verifiedAt!);
});
