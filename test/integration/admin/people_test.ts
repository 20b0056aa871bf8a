import { afterAll, expect, test } from "bun:test";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp } from "../../harness/app.ts";
import { createStaff, fileReport } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { createUser, context, request } = app;
const { sql } = context.database;
const mod = await createStaff(app, { name: "Mo Keller" });
const admin = await createStaff(app, { name: "The Admin", role: "admin" });
afterAll(() => app.close());

const blockId = async (by: { id: string }) =>
  (await sql<{ id: string }[]>`select id from user_blocks where blocker_id = ${by.id}`)[0]?.id as string;

test("blocks: rows, filters, pages", async () => {
  const [ana, ben, eve] = [
    await createUser({ name: "Ana" }),
    await createUser({ name: "Ben" }),
    await createUser({ name: "Eve" }),
  ];
  await world.block(ana, ben, "rude");
  await world.block(eve, ben);
  await world.block(ben, eve);
  await fileReport(app, { by: ana, about: ben });
  const list = async (query: string) => (await mod.get(`/blocks?${query}`)).body.data.blocks;

  const [row] = await list(`blocker_id=${ana.id}`);
  expect(row).toEqual({
    id: await blockId(ana),
    reason: "rude",
    created_at: expect.stringMatching(/Z$/),
    blocker: { id: ana.id, name: "Ana" },
    blocked: { id: ben.id, name: "Ben" },
    blocks_against: 2,
    open_reports: 1,
    upheld: null,
  });
  const names = (rows: { blocker: { name: string } }[]) => rows.map((block) => block.blocker.name);
  expect(names(await list(`blocked_id=${ben.id}`))).toEqual(["Eve", "Ana"]);
  expect(names(await list(`user_id=${ben.id}`))).toEqual(["Ben", "Eve", "Ana"]);
  await mod.post(`/blocks/${await blockId(ana)}/uphold`, { reason: "Rightly so" });
  expect(names(await list(`user_id=${ben.id}&upheld=true`))).toEqual(["Ana"]);
  expect(names(await list(`user_id=${ben.id}&upheld=false`))).toEqual(["Ben", "Eve"]);
  const first = await mod.get(`/blocks?user_id=${ben.id}&limit=2`);
  expect(names(await list(`user_id=${ben.id}&limit=2&cursor=${first.body.meta.pagination.cursor}`))).toEqual([
    "Ana",
  ]);
  for (const query of ["limit=0", "upheld=perhaps", "user_id=x", "cursor=x"]) {
    expect([query, (await mod.get(`/blocks?${query}`)).status]).toEqual([query, 400]);
  }
});

test("a block on one page: what is between the two", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  const conversation = await world.befriend(ana, ben);
  await world.write(ben, ana, ["a", "b"]);
  const report = await fileReport(app, { by: ana, about: ben, reason: "spam" });
  await world.block(ana, ben);
  await world.block(ben, ana);
  const { status, body } = await mod.get(`/blocks/${await blockId(ana)}`);
  expect(status).toBe(200);
  expect(body.data.block).toMatchObject({
    mutual: true,
    conversation: {
      id: conversation,
      status: "blocked",
      messages: 3,
      last_activity: expect.stringMatching(/Z$/),
    },
    reports: [{ id: report, reason: "spam", status: "pending", action: null }],
  });
  expect(JSON.stringify(body)).not.toContain('"content"');
});

test("lifting: as if the owner had unblocked, who is told", async () => {
  const [ana, ben] = [await createUser(), await createUser({ name: "Ben Unblocked" })];
  await world.befriend(ana, ben);
  await world.block(ana, ben);
  const id = await blockId(ana);
  const { status, body } = await mod.post(`/blocks/${id}/lift`, { reason: "Coordinated blocking" });
  expect([status, body.data]).toEqual([200, { message: "Block lifted", block_id: id }]);
  const [conversation] = await sql`
    select status from conversations where user1_id in (${ana.id}, ${ben.id}) and user2_id in (${ana.id}, ${ben.id})
  `;
  expect(conversation?.status).toBe("archived");
  expect((await world.log(ana, "moderation_notice")).at(-1)?.data).toMatchObject({
    notice: "block_lifted",
    kind: null,
    text: expect.stringContaining("Ben Unblocked"),
  });
  expect(await world.log(ben, "moderation_notice")).toEqual([]);
  expect((await request("GET", "/api/v1/users/blocks", { token: ana.token })).body.data.blocks).toEqual([]);
  const [entry] = (await mod.get(`/audit?target_id=${id}`)).body.data.entries;
  expect(entry).toMatchObject({
    action: "block.lifted",
    reason: "Coordinated blocking",
    before: { blocker_id: ana.id, blocked_id: ben.id, upheld: false },
    after: null,
  });
  expect((await mod.post(`/blocks/${id}/lift`, { reason: "again" })).body.error.code).toBe("BLOCK_NOT_FOUND");
  await world.block(ana, ben);
});

test("upholding once", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  await world.block(ana, ben);
  const id = await blockId(ana);
  const { status, body } = await mod.post(`/blocks/${id}/uphold`, { reason: "Rightly so" });
  expect([status, body.data.block.upheld]).toEqual([
    200,
    { by: { id: mod.id, name: "Mo Keller" }, at: expect.any(String) },
  ]);
  const again = await admin.post(`/blocks/${id}/uphold`, { reason: "Me too" });
  expect([again.status, again.body.error.details.upheld_by]).toEqual([
    409,
    { id: mod.id, name: "Mo Keller" },
  ]);
  expect(await blockId(ana)).toBe(id);
});

test("a block against oneself is not there, one's own is for others to judge", async () => {
  const ana = await createUser();
  await world.block(ana, mod);
  const id = await blockId(ana);
  expect((await mod.get(`/blocks?user_id=${mod.id}`)).body.data.blocks).toEqual([]);
  for (const [method, path] of [
    ["get", `/blocks/${id}`],
    ["post", `/blocks/${id}/lift`],
    ["post", `/blocks/${id}/uphold`],
  ] as const) {
    expect((await mod[method](path, method === "post" ? { reason: "x" } : undefined)).status).toBe(404);
  }
  expect((await admin.get(`/blocks/${id}`)).status).toBe(200);
  await world.block(mod, ana);
  expect((await mod.post(`/blocks/${await blockId(mod)}/lift`, { reason: "x" })).status).toBe(403);
  for (const action of ["lift", "uphold"]) {
    for (const body of [{}, { reason: "" }, { reason: " " }, { reason: 5 }, { reason: "x".repeat(1001) }]) {
      expect((await admin.post(`/blocks/${id}/${action}`, body)).status).toBe(400);
    }
    expect((await admin.post(`/blocks/${newId()}/${action}`, { reason: "x" })).body.error.code).toBe(
      "BLOCK_NOT_FOUND",
    );
    expect((await admin.post(`/blocks/x/${action}`, { reason: "x" })).status).toBe(400);
  }
});

test("people: by id, by whole address, by the beginning of a name", async () => {
  const mia = await createUser({ name: "Miá Müller", email: "Mia.M@example.com" });
  const mika = await createUser({ name: "mika" });
  await createUser({ name: "Amika" });
  await createUser({ name: "Mi%" });
  const find = async (query: string) => {
    const { status, body } = await mod.get(`/users?query=${encodeURIComponent(query)}`);
    expect([query, status]).toEqual([query, 200]);
    return body.data.users.map((user: { name: string }) => user.name);
  };
  expect(await find(mia.id)).toEqual(["Miá Müller"]);
  expect(await find(mia.id.toUpperCase())).toEqual(["Miá Müller"]);
  expect(await find("mia.m@EXAMPLE.com")).toEqual(["Miá Müller"]);
  expect(await find("mia.m@example")).toEqual([]);
  expect(await find("mi")).toEqual(["Mi%", "mika", "Miá Müller"]);
  expect(await find(" MIK ")).toEqual(["mika"]);
  expect(await find("miá")).toEqual(["Miá Müller"]);
  expect(await find("mi%")).toEqual(["Mi%"]);
  expect(await find("m_ka")).toEqual([]);
  expect(await find(newId())).toEqual([]);

  const pages: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { body } = await mod.get(`/users?query=mi&limit=1${cursor ? `&cursor=${cursor}` : ""}`);
    pages.push(...body.data.users.map((user: { name: string }) => user.name));
    cursor = body.meta.pagination.cursor;
  }
  expect(pages).toEqual(["Mi%", "mika", "Miá Müller"]);

  const { body } = await mod.get(`/users?query=${mika.id}`);
  expect(body.data.users[0]).toEqual({
    id: mika.id,
    name: "mika",
    role: "user",
    age: expect.any(Number),
    country: "DE",
    profile_photos: [],
    is_active: true,
    is_online: false,
    muted_until: null,
    suspended_until: null,
    ban_waits: false,
    banned: false,
    created_at: expect.stringMatching(/Z$/),
    open_reports: 0,
  });
  for (const query of [
    "",
    "query=",
    "query=m",
    "query=%20",
    "query=%00ab",
    "query=mi&limit=201",
    "query=mi&cursor=x",
  ]) {
    expect([query, (await mod.get(`/users?${query}`)).status]).toEqual([query, 400]);
  }
});

test("the dossier counts what its person wrote in the last 24 hours, wherever", async () => {
  const [ben, ana, cleo, dan] = [
    await createUser(),
    await createUser(),
    await createUser(),
    await createUser(),
  ];
  await world.befriend(ana, ben);
  const silent = await world.befriend(cleo, ben);
  await world.write(ben, ana, ["old 1", "old 2"]);
  await world.write(ben, cleo, ["old 3"]);
  await sql`update messages set created_at = now() - interval '25 hours' where sender_id = ${ben.id}`;
  await sql`update conversations set last_activity = now() - interval '25 hours' where id = ${silent}`;
  await world.write(ana, ben, ["hers"]);
  await world.write(ben, ana, ["new 1", "new 2", "new 3"]);
  const body = { receiver_id: dan.id, content: "a request" };
  expect((await request("POST", "/api/v1/messages/request", { token: ben.token, body })).status).toBe(201);
  expect((await mod.get(`/users/${ben.id}`)).body.data.activity).toMatchObject({
    messages_24h: 4,
    requests_24h: 1,
  });
  await sql`update messages set created_at = now() - interval '25 hours' where seq is null`;
  expect((await mod.get(`/users/${ben.id}`)).body.data.activity.messages_24h).toBe(3);
});

test("the dossier", async () => {
  const [ben, ana] = [await createUser({ name: "Ben", bio: "Boats", premium: true }), await createUser()];
  await world.befriend(ana, ben);
  await world.write(ben, ana, ["a", "b"]);
  const id = await fileReport(app, { by: ana, about: ben });
  await fileReport(app, { by: ben, about: ana });
  await mod.post(`/users/${ben.id}/sanctions`, { action: "mute", hours: 2, reason: "Insults" });
  const stranger = await createUser();
  await world.block(stranger, ben);
  const { status, body } = await mod.get(`/users/${ben.id.toUpperCase()}`);
  expect(status).toBe(200);
  expect(body.data).toMatchObject({
    user: {
      id: ben.id,
      email: ben.email,
      name: "Ben",
      role: "user",
      date_of_birth: "1995-05-15",
      bio: "Boats",
      is_premium: true,
      is_active: true,
      muted_until: expect.stringMatching(/Z$/),
      suspended_until: null,
      banned: false,
    },
    active_sessions: 1,
    sanctions: [{ kind: "mute", state: "in_force" }],
    reports_against: { total: 1, open: 1, resolved: 0, dismissed: 0, latest: [{ id }] },
    reports_filed: { total: 1, open: 1, resolved: 0, dismissed: 0 },
    blocks: { against: 1, made: 0 },
    activity: { matches: 1, messages_24h: 2, requests_24h: 0 },
  });
  expect((await mod.get(`/users/${newId()}`)).body.error.code).toBe("USER_NOT_FOUND");
  expect((await mod.get("/users/x")).status).toBe(400);
  expect((await mod.get(`/users/${mod.id}`)).status).toBe(403);
  expect((await mod.get(`/users/${admin.id}`)).status).toBe(200);
});
