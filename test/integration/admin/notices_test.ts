/** Notices: told after the time in which a decision can be undone, exactly when it was not; readable in the app. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createTestApp, TEST_SECRET, type TestApp, type TestUser } from "../../harness/app.ts";
import { startChild } from "../../harness/child.ts";
import { eventually } from "../../harness/eventually.ts";
import { createStaff, fileReport, inDays, openCase, type TestStaff } from "../../harness/staff.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
let mod: TestStaff;

beforeAll(async () => {
  // Longer than any test: what is due is said by the test.
  app = await createTestApp({ noticeGraceMs: 3_600_000 });
  world = createWorld(app);
  mod = await createStaff(app, { name: "Sam Judge" });
  app.context.jobs.start();
});
afterAll(() => app.close());

const heard = async (user: { id: string }) =>
  (await world.log(user, "moderation_notice")).map(({ data }) => data.notice);
const readable = async (user: TestUser) =>
  (await world.call(user, "GET /users/me/notices")).body.data.notices;
const waiting = async () => (await app.context.database.sql`select 1 from jobs`).length;

/** Lets the time pass in which decisions can be undone, and waits until everybody has heard. */
async function graceEnds(): Promise<void> {
  await app.context.database.sql`update jobs set run_at = now()`;
  app.context.jobs.wake();
  await eventually(async () => (await waiting()) === 0);
}

async function warn() {
  const { id, reporter, reported } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  const body = { decision: "resolved", action: "warn", reason: "Insults" };
  expect((await mod.post(`/reports/${id}/resolve`, body)).status).toBe(200);
  return { id, reporter, reported };
}

test("a decision is told after the grace, to both, and can be read in the app", async () => {
  const { id, reporter, reported } = await warn();
  expect([await heard(reported), await heard(reporter), await readable(reported)]).toEqual([[], [], []]);
  await graceEnds();
  expect([await heard(reported), await heard(reporter)]).toEqual([["sanction"], ["report_outcome"]]);
  const [notice, ...none] = await readable(reported);
  expect(none).toEqual([]);
  expect(notice).toMatchObject({ notice: "sanction", kind: "warn", report_id: null, appealable: true });
  expect(notice.text).toContain("Why: Insults");
  expect(notice.text).toContain("appeal within six months");
  expect(await readable(reporter)).toMatchObject([{ report_id: id, appealable: false }]);
  // Nobody reads what others were told.
  expect(await readable(await app.createUser())).toEqual([]);
});

test("what is undone within the grace never reaches anybody", async () => {
  const { id, reporter, reported } = await warn();
  expect((await mod.post(`/reports/${id}/undo`, { reason: "Slipped" })).status).toBe(200);
  await graceEnds();
  expect([await heard(reported), await heard(reporter)]).toEqual([[], []]);
  expect([await readable(reported), await readable(reporter)]).toEqual([[], []]);
});

test("what is undone afterwards is withdrawn in words, to both", async () => {
  const { id, reporter, reported } = await warn();
  await graceEnds();
  await mod.post(`/reports/${id}/undo`, { reason: "Slipped" });
  expect(await heard(reported)).toEqual(["sanction", "sanction_lifted"]);
  const [lifted, sanction] = await readable(reported);
  expect(lifted.text).toBe("Your warning was withdrawn after another look at it.");
  expect(sanction.appealable).toBe(false);
  expect((await readable(reporter))[0].text).toBe("We are looking at your report once more.");
});

test("a suspension that was told is withdrawn by mail too; one that was not sends none", async () => {
  const suspend = async () => {
    const user = await app.createUser();
    const body = { action: "suspend", until: inDays(2), reason: "Insults" };
    const { sanction } = (await mod.post(`/users/${user.id}/sanctions`, body)).body.data;
    return {
      user,
      lift: () => mod.remove(`/users/${user.id}/sanctions/${sanction.id}`, { reason: "Wrong" }),
    };
  };
  const mailsTo = ({ email }: TestUser) => app.mails.filter(({ to }) => to === email).map(({ text }) => text);
  const [told, untold] = [await suspend(), await suspend()];
  await untold.lift();
  await graceEnds();
  await told.lift();
  await graceEnds();
  expect(mailsTo(untold.user)).toEqual([]);
  expect(mailsTo(told.user)).toEqual([
    expect.stringContaining("Your account is suspended until"),
    "Your suspension was withdrawn after another look at it.",
  ]);
});

test("a ban that is confirmed within the grace is told once, as a ban; before, nobody calls it one", async () => {
  const second = await createStaff(app, { name: "Second Mod" });
  const ben = await app.createUser();
  const { sanction } = (await mod.post(`/users/${ben.id}/sanctions`, { action: "ban", reason: "Threats" }))
    .body.data;
  await second.post(`/users/${ben.id}/sanctions/${sanction.id}/confirm`, { reason: "Agreed" });
  const ana = await app.createUser();
  await mod.post(`/users/${ana.id}/sanctions`, { action: "ban", reason: "Threats" });
  await graceEnds();
  expect(
    (await world.log(ben, "moderation_notice")).map(({ data }) => [data.kind, data.text.split("\n")[0]]),
  ).toEqual([["ban", "Your account is banned permanently."]]);
  expect((await world.log(ana, "moderation_notice")).map(({ data }) => data.kind)).toEqual(["suspend"]);
});

describe("an undo that races the job", () => {
  test("either nobody hears, or everybody hears both: sixteen at a time", async () => {
    const all: { id: string; reporter: TestUser; reported: TestUser }[] = [];
    for (let i = 0; i < 16; i++) all.push(await warn());
    await app.context.database.sql`update jobs set run_at = now()`;
    app.context.jobs.wake();
    const undone = await Promise.all(
      all.map(({ id }) => mod.post(`/reports/${id}/undo`, { reason: "Slipped" })),
    );
    expect(undone.map(({ status }) => status)).toEqual(Array(16).fill(200));
    await eventually(async () => (await waiting()) === 0);
    for (const { reporter, reported } of all) {
      const told = await heard(reported);
      expect([[], ["sanction", "sanction_lifted"]]).toContainEqual(told);
      expect([[], ["report_outcome", "report_outcome"]]).toContainEqual(await heard(reporter));
      expect(await readable(reported)).toHaveLength(told.length);
    }
  });
});

test("kill -9 after the decision: another process tells it, once", async () => {
  const other = await createTestApp();
  try {
    const staff = await createStaff(other, { name: "Sam Judge" });
    const [by, about] = [await other.createUser(), await other.createUser()];
    const id = await fileReport(other, { by, about });
    await staff.post(`/reports/${id}/claim`);
    const child = startChild(["server/main.ts"], {
      env: {
        NODE_ENV: "test",
        LIMITS: "off",
        LOG_LEVEL: "info",
        PORT: "0",
        JWT_SECRET: TEST_SECRET,
        DATABASE_URL: other.databaseUrl,
      },
    });
    const [, url] = await child.says(/"url":"([^"]+)"/);
    const answer = await fetch(`${url}/api/v1/admin/reports/${id}/resolve`, {
      method: "POST",
      headers: { authorization: `Bearer ${staff.token}`, "content-type": "application/json" },
      body: JSON.stringify({ decision: "resolved", action: "warn", reason: "Insults" }),
    });
    expect(answer.status).toBe(200);
    await child.end("SIGKILL");
    const there = createWorld(other);
    const told = async () => (await there.log(about, "moderation_notice")).length;
    expect(await told()).toBe(0);
    const { sql } = other.context.database;
    await sql`update jobs set run_at = now()`;
    other.context.jobs.start();
    await eventually(async () => (await sql`select 1 from jobs`).length === 0);
    expect(await told()).toBe(1);
  } finally {
    await other.close();
  }
});
