/** Which member of staff may decide what: colleagues, reporters, and decisions of others. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { createTestApp, type TestAnswer, type TestUser } from "../../harness/app.ts";
import { createStaff, fileReport, openCase, type TestStaff } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { createUser, context } = app;
const { sql } = context.database;
const mod = await createStaff(app, { name: "Mo Keller" });
const other = await createStaff(app, { name: "Other Mod" });
const admin = await createStaff(app, { name: "The Admin", role: "admin" });
afterAll(() => app.close());

const DISMISS = { decision: "dismissed", action: "none", reason: "No breach" };
const WARN = { decision: "resolved", action: "warn", reason: "Insults" };
const COLLEAGUE = "Cannot judge a member of staff: only an admin may";
const OPEN = "Cannot judge: your own report about the person is open";
const OWN = "Cannot judge: it follows from a report of yours";
const RANK = "Cannot take the decision back: an admin took it";

const refusal = ({ status, body }: TestAnswer) => [status, body.error?.message];
const newBlock = async (by: TestUser, whom: TestUser) => {
  await world.block(by, whom);
  const [row] = await sql<{ id: string }[]>`
    select id from user_blocks where blocker_id = ${by.id} and blocked_id = ${whom.id}
  `;
  return row!.id;
};
async function banned(by: TestStaff, user: { id: string }): Promise<string> {
  const { body } = await by.post(`/users/${user.id}/sanctions`, { action: "ban", reason: "Scams" });
  return `/users/${user.id}/sanctions/${body.data.sanction.id}`;
}

describe("whoever judges a member of staff is an admin", () => {
  test.each(["moderator", "admin"] as const)("a report about a %s", async (role) => {
    const [colleague, reporter] = [await createStaff(app, { role }), await createUser()];
    const id = await fileReport(app, { by: reporter, about: colleague });
    const steps: [string, object?][] = [["claim"], ["release"], ["resolve", DISMISS], ["resolve", WARN]];
    for (const [step, body] of steps) {
      expect([step, refusal(await mod.post(`/reports/${id}/${step}`, body))]).toEqual([
        step,
        [403, COLLEAGUE],
      ]);
    }
    expect((await mod.get(`/reports/${id}`)).status).toBe(403);
    expect((await admin.post(`/reports/${id}/claim`)).status).toBe(200);
    expect((await admin.get(`/reports/${id}`)).status).toBe(200);
    expect((await admin.post(`/reports/${id}/resolve`, DISMISS)).status).toBe(200);
    expect(refusal(await mod.post(`/reports/${id}/undo`, { reason: "x" }))).toEqual([403, COLLEAGUE]);
    expect((await admin.post(`/reports/${id}/undo`, { reason: "x" })).status).toBe(200);
    const entries =
      await sql`select actor_id from audit_log where target_id = ${id} and actor_id <> ${admin.id}`;
    expect(entries).toHaveLength(0);
  });

  test("sanctions, confirmations and their lifting", async () => {
    const colleague = await createStaff(app);
    const ban = await banned(admin, colleague);
    const sanction = { action: "warn", reason: "x" };
    expect(refusal(await mod.post(`/users/${colleague.id}/sanctions`, sanction))).toEqual([403, COLLEAGUE]);
    expect(refusal(await mod.post(`${ban}/confirm`))).toEqual([403, COLLEAGUE]);
    expect(refusal(await mod.remove(ban))).toEqual([403, COLLEAGUE]);
    expect((await admin.remove(ban)).status).toBe(200);
  });

  test("blocks by or against one", async () => {
    const [colleague, ana] = [await createStaff(app), await createUser()];
    for (const id of [await newBlock(ana, colleague), await newBlock(colleague, ana)]) {
      for (const step of ["uphold", "lift"]) {
        const body = { reason: "x" };
        expect(refusal(await mod.post(`/blocks/${id}/${step}`, body))).toEqual([403, COLLEAGUE]);
        expect((await admin.post(`/blocks/${id}/${step}`, body)).status).toBe(200);
      }
    }
  });
});

describe("a complainant judges nothing about the person", () => {
  test("while their own report is open", async () => {
    const { id, reported, reporter } = await openCase(app);
    const ban = await banned(other, reported);
    const byBlock = await newBlock(reporter, reported);
    await mod.post(`/reports/${id}/claim`);
    const own = await fileReport(app, { by: mod, about: reported });
    const sanction = { action: "warn", reason: "x" };
    for (const [what, answer] of [
      ["sanction", await mod.post(`/users/${reported.id}/sanctions`, sanction)],
      ["confirm", await mod.post(`${ban}/confirm`)],
      ["lift", await mod.remove(ban)],
      ["another's report", await mod.post(`/reports/${id}/resolve`, WARN)],
      ["uphold", await mod.post(`/blocks/${byBlock}/uphold`, { reason: "x" })],
      ["lift a block", await mod.post(`/blocks/${byBlock}/lift`, { reason: "x" })],
    ] as const) {
      expect([what, refusal(answer)]).toEqual([what, [403, OPEN]]);
    }
    expect(refusal(await mod.post(`/reports/${own}/claim`))).toEqual([403, OWN]);
    // Once it is decided, what did not follow from it is theirs to judge again.
    await other.post(`/reports/${own}/claim`);
    await other.post(`/reports/${own}/resolve`, DISMISS);
    expect((await mod.post(`/users/${reported.id}/sanctions`, sanction)).status).toBe(201);
    expect(refusal(await mod.post(`/reports/${own}/undo`, { reason: "x" }))).toEqual([403, OWN]);
  });

  test.each(["moderator", "admin"] as const)("nor, as %s, what their decided report led to", async (role) => {
    const [complainant, ben] = [await createStaff(app, { role }), await createUser()];
    const id = await fileReport(app, { by: complainant, about: ben });
    await other.post(`/reports/${id}/claim`);
    const decision = { decision: "resolved", action: "ban", reason: "Scams" };
    const { sanction } = (await other.post(`/reports/${id}/resolve`, decision)).body.data;
    const path = `/users/${ben.id}/sanctions/${sanction.id}`;
    expect(refusal(await complainant.post(`${path}/confirm`))).toEqual([403, OWN]);
    expect(refusal(await complainant.remove(path))).toEqual([403, OWN]);
    expect((await mod.post(`${path}/confirm`)).status).toBe(200);
  });
});

describe("what is taken back takes the rank, and the number of people, that it took", () => {
  test("decisions and upheld blocks of an admin", async () => {
    const { id, reported, reporter } = await openCase(app);
    await admin.post(`/reports/${id}/claim`);
    await admin.post(`/reports/${id}/resolve`, WARN);
    expect(refusal(await mod.post(`/reports/${id}/undo`, { reason: "x" }))).toEqual([403, RANK]);
    expect((await admin.post(`/reports/${id}/undo`, { reason: "x" })).status).toBe(200);
    const blocked = await newBlock(reporter, reported);
    await admin.post(`/blocks/${blocked}/uphold`, { reason: "x" });
    expect(refusal(await mod.post(`/blocks/${blocked}/lift`, { reason: "x" }))).toEqual([403, RANK]);
    expect((await admin.post(`/blocks/${blocked}/lift`, { reason: "x" })).status).toBe(200);
  });

  test("a decision whose ban was confirmed: first the ban is lifted, by two", async () => {
    const { id, reported } = await openCase(app);
    await mod.post(`/reports/${id}/claim`);
    const decision = { decision: "resolved", action: "ban", reason: "Scams" };
    const { sanction } = (await mod.post(`/reports/${id}/resolve`, decision)).body.data;
    const path = `/users/${reported.id}/sanctions/${sanction.id}`;
    await other.post(`${path}/confirm`);
    const undo = await mod.post(`/reports/${id}/undo`, { reason: "x" });
    expect([undo.status, undo.body.error.details]).toEqual([
      409,
      { status: "resolved", sanction_id: sanction.id },
    ]);
    expect((await mod.remove(path)).body.data.sanction.state).toBe("in_force");
    expect((await other.remove(path)).body.data.sanction.state).toBe("lifted");
    expect((await mod.post(`/reports/${id}/undo`, { reason: "x" })).body.data.lifted).toEqual([]);
  });
});
