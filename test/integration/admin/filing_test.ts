import { afterAll, expect, test } from "bun:test";
import type { StaffEvent } from "../../../server/domain/staff_events.ts";
import { openEvidence, verifyEvidence } from "../../../server/features/reports/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { request, createUser, context } = app;
const { sql } = app.owner;
const staffNews: StaffEvent[] = [];
context.staffEvents.subscribe((event) => staffNews.push(event));
afterAll(() => app.close());

const report = (id: string, token: string, body: unknown) =>
  request("POST", `/api/v1/users/${id}/report`, { token, body });

async function itemsOf(reportId: string) {
  const evidence = await openEvidence(sql, reportId);
  if (!evidence) throw new Error("no such report");
  const messages = evidence.items.flatMap((item) => (item.kind === "message" ? [item.content] : []));
  return { ...evidence, kinds: evidence.items.map((item) => item.kind), messages };
}

function texts(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `message ${from + i}`);
}

async function chat(
  count: number,
): Promise<{ ana: TestUser; ben: TestUser; ids: string[]; conversation: string }> {
  const [ana, ben] = [await createUser(), await createUser({ name: "Ben", bio: "Loves boats" })];
  const conversation = await world.befriend(ana, ben);
  // Seq 1 is the request's hello.
  const ids = await world.write(ben, ana, texts(2, count));
  return { ana, ben, ids, conversation };
}

test("a report is new once, and what follows while it is open is added to it", async () => {
  const { ana, ben } = await chat(3);
  const first = await report(ben.id, ana.token, { reason: "spam", description: "ads" });
  expect(first.status).toBe(201);
  expect(first.body.data).toEqual({
    message: "Report submitted successfully",
    report_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  const id = first.body.data.report_id;
  expect(staffNews.at(-1)).toEqual({
    event: "report_created",
    data: { report_id: id, reported_id: ben.id, reason: "spam" },
    except: ben.id,
  });

  const second = await report(ben.id, ana.token, { reason: "harassment", description: "insults" });
  expect([second.status, second.body.data.report_id]).toEqual([200, id]);
  expect(staffNews.at(-1)).toMatchObject({
    event: "report_updated",
    data: { report_id: id, status: "pending" },
  });
  const [row] = await sql`
    select reason, description, priority, status, evidence_count, due_at - created_at < interval '5 hours' as soon
    from user_reports where id = ${id}
  `;
  // The more urgent reason takes over; the first description stays, and both are evidence.
  expect({ ...row }).toEqual({
    reason: "harassment",
    description: "ads",
    priority: 1,
    status: "pending",
    evidenceCount: 6,
    soon: true,
  });
  const { kinds, items, check } = await itemsOf(id);
  expect(kinds).toEqual(["statement", "profile", "message", "message", "message", "statement"]);
  expect(items.at(-1)?.content).toMatchObject({ reason: "harassment", description: "insults" });
  expect(check).toEqual({ ok: true, items: 6 });

  const third = await report(ben.id, ana.token, { reason: "other" });
  expect([third.status, third.body.data.report_id]).toEqual([200, id]);
  const [after] = await sql`select reason, priority from user_reports where id = ${id}`;
  expect({ ...after }).toEqual({ reason: "harassment", priority: 1 });
});

test("a decided report is followed by a new one", async () => {
  const { ana, ben } = await chat(2);
  const first = await report(ben.id, ana.token, { reason: "spam" });
  await sql`
    update user_reports set status = 'dismissed', resolution_action = 'none', resolution_reason = 'no', resolved_at = now()
    where id = ${first.body.data.report_id}
  `;
  const second = await report(ben.id, ana.token, { reason: "spam" });
  expect(second.status).toBe(201);
  expect(second.body.data.report_id).not.toBe(first.body.data.report_id);
});

test("priorities and due times", async () => {
  const expected = {
    underage: [0, 1],
    harassment: [1, 4],
    scam: [1, 4],
    inappropriate_behavior: [2, 12],
    fake_profile: [2, 24],
    spam: [3, 24],
    other: [3, 48],
  } as const;
  const ben = await createUser();
  for (const [reason, [priority, hours]] of Object.entries(expected)) {
    const ana = await createUser();
    const { status, body } = await report(ben.id, ana.token, { reason });
    expect(status).toBe(201);
    const [row] = await sql`
      select priority, (extract(epoch from due_at - created_at) / 3600)::int as hours
      from user_reports where id = ${body.data.report_id}
    `;
    expect([reason, row?.priority, row?.hours]).toEqual([reason, priority, hours]);
  }
});

test("evidence: the named messages and twenty around each, once, marked", async () => {
  const { ana, ben, ids } = await chat(120);
  const { body } = await report(ben.id, ana.token, {
    reason: "harassment",
    // Seq 50, 60 (overlapping) and 119; the same one twice and in upper case is one.
    message_ids: [ids[48], ids[58], ids[117], ids[48]!.toUpperCase()],
  });
  const { messages, check, items } = await itemsOf(body.data.report_id);
  const expected = [...texts(30, 80), ...texts(99, 120)];
  expect(messages.map((message) => message.content)).toEqual(expected);
  expect(messages.filter((message) => message.named).map((message) => message.seq)).toEqual([50, 60, 119]);
  expect(check.ok).toBe(true);
  expect(items[0]?.content).toMatchObject({
    reason: "harassment",
    message_ids: [ids[48], ids[58], ids[117]],
  });
  expect(items[1]?.content).toMatchObject({
    id: ben.id,
    name: "Ben",
    bio: "Loves boats",
    age: expect.any(Number),
  });
  expect(JSON.stringify(items)).not.toContain("@example.com");

  // Naming one more adds what is new: 1 statement, the newly named one and its surroundings that were not there.
  await report(ben.id, ana.token, { reason: "harassment", message_ids: [ids[38]] });
  const added = await itemsOf(body.data.report_id);
  const fresh = added.items.slice(items.length);
  expect(fresh.map((item) => (item.kind === "message" ? item.content.seq : item.kind))).toEqual([
    "statement",
    ...Array.from({ length: 10 }, (_, i) => 20 + i),
    40,
  ]);
  expect(added.check).toEqual({ ok: true, items: added.items.length });
});

test("evidence: without ids the last fifty, the other side's included", async () => {
  const { ana, ben } = await chat(70);
  await world.write(ana, ben, ["stop it"]);
  const { body } = await report(ben.id, ana.token, { reason: "other" });
  const { messages } = await itemsOf(body.data.report_id);
  expect(messages.map((message) => message.content)).toEqual([...texts(22, 70), "stop it"]);
  expect(messages.at(-1)).toMatchObject({ sender_id: ana.id, receiver_id: ben.id, named: false });
});

test("evidence: the message of a request that opened nothing, named or not", async () => {
  for (const named of [true, false]) {
    const [ana, ben] = [await createUser(), await createUser()];
    const sent = await request("POST", "/api/v1/messages/request", {
      token: ben.token,
      body: { receiver_id: ana.id, content: "send me money" },
    });
    const message_ids = named ? [sent.body.data.message_id] : [];
    const { status, body } = await report(ben.id, ana.token, { reason: "scam", message_ids });
    expect(status).toBe(201);
    const { messages } = await itemsOf(body.data.report_id);
    expect(messages).toMatchObject([
      { content: "send me money", is_request: true, request_status: "pending", seq: null, named },
    ]);
  }
});

test("evidence stays what it was: changed profile, changed message, unmatching", async () => {
  const { ana, ben, ids } = await chat(3);
  const { body } = await report(ben.id, ana.token, { reason: "harassment" });
  const before = await itemsOf(body.data.report_id);
  await sql`update users set bio = 'An angel', name = 'Saint Ben' where id = ${ben.id}`;
  await sql`update messages set content = 'have a nice day' where id = ${ids[0]!}`;
  const [match] = (await request("GET", "/api/v1/matches", { token: ben.token })).body.data.matches;
  expect((await request("DELETE", `/api/v1/matches/${match.id}`, { token: ben.token })).status).toBe(200);
  expect(await itemsOf(body.data.report_id)).toEqual(before);

  // Reporting goes on after unmatching, and what changed is sealed beside what was.
  const again = await report(ben.id, ana.token, { reason: "harassment" });
  expect([again.status, again.body.data.report_id]).toEqual([200, body.data.report_id]);
  const after = await itemsOf(body.data.report_id);
  expect(after.items.slice(0, before.items.length)).toEqual([...before.items]);
  expect(after.kinds.slice(before.items.length)).toEqual(["statement", "profile", "message"]);
  expect(after.items.at(-2)?.content).toMatchObject({ name: "Saint Ben", bio: "An angel" });
});

test("reporting works across a block, in both directions", async () => {
  for (const blocker of ["reporter", "reported"]) {
    const { ana, ben, ids } = await chat(3);
    const [by, whom] = blocker === "reporter" ? [ana, ben] : [ben, ana];
    await request("POST", `/api/v1/users/${whom.id}/block`, { token: by.token });
    const { status, body } = await report(ben.id, ana.token, { reason: "harassment", message_ids: [ids[0]] });
    expect(status).toBe(201);
    expect((await itemsOf(body.data.report_id)).messages).toHaveLength(3);
  }
});

test("the reported person hears nothing and sees nothing", async () => {
  const { ana, ben } = await chat(2);
  const before = await world.log(ben);
  await report(ben.id, ana.token, { reason: "harassment", description: "he insults me" });
  expect(await world.log(ben)).toEqual(before);
});

test("the seal: nothing of it is readable in the table, changing it shows, the key erases it", async () => {
  const { ana, ben } = await chat(4);
  const { body } = await report(ben.id, ana.token, { reason: "harassment", description: "canary words" });
  const id = body.data.report_id;
  const [dump] = await sql<{ text: string }[]>`
    select string_agg(encode(sealed, 'escape'), '') as text from report_evidence where report_id = ${id}
  `;
  expect(dump?.text).not.toContain("canary");
  expect(dump?.text).not.toContain("message 2");
  expect(await verifyEvidence(sql, id)).toEqual({ ok: true, items: 6 });

  const tamper = () =>
    sql`update report_evidence set sealed = sealed || '\\x00' where report_id = ${id} and position = 4`;
  await expect(tamper().execute()).rejects.toThrow("append-only");
  await sql`alter table report_evidence disable trigger report_evidence_append_only`;
  await tamper();
  await sql`alter table report_evidence enable trigger report_evidence_append_only`;
  expect(await verifyEvidence(sql, id)).toEqual({ ok: false, position: 4, problem: "it was changed" });
  expect((await openEvidence(sql, id))?.items.map((item) => item.position)).toEqual([1, 2, 3, 5, 6]);

  await sql`delete from report_evidence where report_id = ${id} and position = 3`;
  expect(await verifyEvidence(sql, id)).toMatchObject({ ok: false, position: 3 });
  expect(await verifyEvidence(sql, newId())).toBeNull();

  const other = await report(ana.id, ben.token, { reason: "other", description: "gone soon" });
  await sql`delete from report_evidence_keys where report_id = ${other.body.data.report_id}`;
  const erased = await openEvidence(sql, other.body.data.report_id);
  expect(erased).toMatchObject({ readable: false, items: [], check: { ok: true } });
});

test("bad input leaves nothing behind", async () => {
  const { ana, ben, ids } = await chat(3);
  const eve = await createUser();
  const foreign = (await chat(2)).ids[0]!;
  const fine = { reason: "spam" };
  const cases: [string, unknown, number, string][] = [
    [ana.id, fine, 400, "VALIDATION_ERROR"],
    [ana.id.toUpperCase(), fine, 400, "VALIDATION_ERROR"],
    [newId(), fine, 404, "USER_NOT_FOUND"],
    ["nonsense", fine, 400, "VALIDATION_ERROR"],
    [ben.id, {}, 400, "VALIDATION_ERROR"],
    [ben.id, { reason: "boring" }, 400, "VALIDATION_ERROR"],
    [ben.id, { reason: ["spam"] }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, description: "x".repeat(1001) }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, description: "😀".repeat(1001) }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, description: "a\0b" }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, description: "\udc00" }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, description: null }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, message_ids: ids[0] }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, message_ids: ["nonsense"] }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, message_ids: Array.from({ length: 21 }, newId) }, 400, "VALIDATION_ERROR"],
    [ben.id, { ...fine, message_ids: [newId()] }, 404, "MESSAGE_NOT_FOUND"],
    [ben.id, { ...fine, message_ids: [ids[0], foreign] }, 404, "MESSAGE_NOT_FOUND"],
    // Hers, but exchanged with somebody else.
    [eve.id, { ...fine, message_ids: [ids[0]] }, 404, "MESSAGE_NOT_FOUND"],
  ];
  for (const [id, body, status, code] of cases) {
    const answer = await report(id, ana.token, body);
    expect([id, body, answer.status, answer.body.error?.code]).toEqual([id, body, status, code]);
  }
  expect((await request("POST", `/api/v1/users/${ben.id}/report`, { body: fine })).status).toBe(401);
  expect(await sql`select 1 from user_reports where reporter_id = ${ana.id}`).toHaveLength(0);

  const injected = await report(ben.id, ana.token, {
    reason: "spam",
    description: `  ${"😀".repeat(1000)}\u0007 `,
    status: "resolved",
    priority: 0,
    reporter_id: eve.id,
    claimed_by: eve.id,
  });
  expect(injected.status).toBe(201);
  const [row] = await sql`
    select reporter_id, status, priority, claimed_by, description from user_reports where id = ${injected.body.data.report_id}
  `;
  expect({ ...row }).toEqual({
    reporterId: ana.id,
    status: "pending",
    priority: 3,
    claimedBy: null,
    description: "😀".repeat(1000),
  });
});
