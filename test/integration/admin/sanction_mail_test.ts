/** The mail of a statement of reasons: a job that exists exactly when the sanction does, and survives the process. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { AppError } from "../../../server/protocol/errors.ts";
import { createTestApp, TEST_SECRET, type TestApp, type TestMail } from "../../harness/app.ts";
import { startChild } from "../../harness/child.ts";
import { eventually } from "../../harness/eventually.ts";
import { createStaff, inDays, type TestStaff } from "../../harness/staff.ts";

let app: TestApp;
let mod: TestStaff;
let second: TestStaff;
const mails: TestMail[] = [];
/** What the mail server says of the next mails; when empty, it takes them. */
const refusals: Error[] = [];

beforeAll(async () => {
  app = await createTestApp({
    async sendMail(mail) {
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      mails.push(mail);
    },
  });
  mod = await createStaff(app, { name: "Sam Judge" });
  second = await createStaff(app, { name: "Second Mod" });
});
afterAll(() => app.close());

const jobs = async () => [
  ...(await app.context.database.sql<{ failed: boolean; lastError: string | null }[]>`
  select failed_at is not null as failed, last_error from jobs where kind = 'notice_mail' order by id
  `),
];
const suspend = (user: { id: string }) =>
  mod.post(`/users/${user.id}/sanctions`, { action: "suspend", until: inDays(3), reason: "Insults" });
const mailsTo = (email: string) => mails.filter(({ to }) => to === email);

test("a suspension and a ban are told by mail, with the reasons; a mute and a warning are not", async () => {
  const [ana, ben] = [await app.createUser(), await app.createUser()];
  await mod.post(`/users/${ana.id}/sanctions`, { action: "mute", hours: 1, reason: "Insults" });
  await mod.post(`/users/${ana.id}/sanctions`, { action: "warn", reason: "Insults" });
  expect(await jobs()).toHaveLength(0);
  await suspend(ben);
  // Committed with the sanction, and nobody has done it yet.
  expect(await jobs()).toEqual([{ failed: false, lastError: null }]);
  app.context.jobs.start();
  await eventually(() => mailsTo(ben.email).length === 1);
  const [mail] = mailsTo(ben.email);
  expect(mail!.text).toContain("Your account is suspended until");
  expect(mail!.text).toContain("Why: Insults");
  await eventually(async () => (await jobs()).length === 0);
});

test("a ban is told twice: as it begins, and confirmed", async () => {
  const ben = await app.createUser();
  const banned = await mod.post(`/users/${ben.id}/sanctions`, { action: "ban", reason: "Threats" });
  app.context.jobs.wake();
  await eventually(() => mailsTo(ben.email).length === 1);
  const { id } = banned.body.data.sanction;
  await second.post(`/users/${ben.id}/sanctions/${id}/confirm`, { reason: "Agreed" });
  app.context.jobs.wake();
  await eventually(() => mailsTo(ben.email).length === 2);
  expect(mailsTo(ben.email)[1]!.text).toContain("banned permanently");
});

test("what is over before the mail went out is not mailed; that it was withdrawn is", async () => {
  const ben = await app.createUser();
  refusals.push(new AppError("SERVICE_UNAVAILABLE"));
  const { sanction } = (await suspend(ben)).body.data;
  app.context.jobs.wake();
  await eventually(async () => (await jobs())[0]?.lastError != null);
  const lifted = await mod.remove(`/users/${ben.id}/sanctions/${sanction.id}`, { reason: "Wrong person" });
  expect(lifted.status).toBe(200);
  await app.context.database.sql`update jobs set run_at = now()`;
  app.context.jobs.wake();
  await eventually(async () => (await jobs()).length === 0);
  expect(mailsTo(ben.email).map(({ text }) => text)).toEqual([
    "Your suspension was withdrawn after another look at it.",
  ]);
});

test("a server that is away is tried again, an address that takes no mail is not", async () => {
  const ben = await app.createUser();
  refusals.push(new AppError("SERVICE_UNAVAILABLE"), new AppError("VALIDATION_ERROR"));
  await suspend(ben);
  app.context.jobs.wake();
  await eventually(async () => (await jobs())[0]?.lastError != null);
  expect((await jobs())[0]!.failed).toBe(false);
  await app.context.database.sql`update jobs set run_at = now()`;
  app.context.jobs.wake();
  await eventually(async () => (await jobs())[0]?.failed);
  expect(JSON.stringify(await jobs())).not.toContain(ben.email);
  await app.context.database.sql`delete from jobs`;
});

test("kill -9 between the commit and the mail: another process sends it", async () => {
  const other = await createTestApp({ sendMail: async (mail) => void mails.push(mail) });
  const staff = await createStaff(other, { name: "Sam Judge" });
  const gone = await other.createUser();
  // Accepts connections and never answers: the mail is in flight when the process dies.
  const connected = Promise.withResolvers<void>();
  const silent = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => connected.resolve(), data() {} },
  });
  try {
    const child = startChild(["server/main.ts"], {
      env: {
        NODE_ENV: "test",
        LIMITS: "off",
        LOG_LEVEL: "info",
        PORT: "0",
        JWT_SECRET: TEST_SECRET,
        DATABASE_URL: other.databaseUrl,
        SMTP_URL: `smtp://127.0.0.1:${silent.port}`,
      },
    });
    const [, url] = await child.says(/"url":"([^"]+)"/);
    const answer = await fetch(`${url}/api/v1/admin/users/${gone.id}/sanctions`, {
      method: "POST",
      headers: { authorization: `Bearer ${staff.token}`, "content-type": "application/json" },
      body: JSON.stringify({ action: "suspend", until: inDays(3), reason: "Insults" }),
    });
    expect(answer.status).toBe(201);
    await connected.promise;
    await child.end("SIGKILL");
    const { sql } = other.context.database;
    const left = await sql`select attempts from jobs where kind = 'notice_mail'`;
    expect(left).toMatchObject([{ attempts: 1 }]);
    // Its lease ends.
    await sql`update jobs set leased_until = now()`;
    other.context.jobs.start();
    await eventually(() => mailsTo(gone.email).length === 1);
    expect(mailsTo(gone.email)[0]!.text).toContain("Why: Insults");
  } finally {
    silent.stop(true);
    await other.close();
  }
});
