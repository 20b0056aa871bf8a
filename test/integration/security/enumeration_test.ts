/**
 * Answers do not reveal who has an account, who blocked whom, or what exists: neither by content nor,
 * coarsely, by time. Times are medians of interleaved samples; only a skipped hash would break the bound.
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";
import { createTestApp, otherCode, type TestAnswer, type TestUser } from "../../harness/app.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { request, createUser, context, close } = app;
const { sql } = context.database;
afterAll(close);

const V1 = "/api/v1";
const NOBODY = "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11";

/** All of an answer that its caller can see, but what is new each time. */
function visible({ status, body, headers }: TestAnswer) {
  const { request_id: _, ...error } = body.error ?? {};
  const names = [...headers.keys()].sort();
  return { status, names, body: body.error ? { ...body, error } : body };
}

const sendOtp = (email: string) => request("POST", `${V1}/auth/send-otp`, { body: { email } });
const verify = (email: string, code: string) =>
  request("POST", `${V1}/auth/verify-otp`, { body: { email, code } });

let unknown = 0;
const nobody = () => `nobody${++unknown}@example.com`;

describe("by words", () => {
  test("asking for a code: known, unknown, suspended, deleted", async () => {
    const [known, suspended, deleted] = [await createUser(), await createUser(), await createUser()];
    await sql`update users set suspended_until = 'infinity' where id = ${suspended.id}`;
    await world.leave(deleted);
    const answers: ReturnType<typeof visible>[] = [];
    for (const email of [nobody(), known.email, known.email.toUpperCase(), suspended.email, deleted.email]) {
      answers.push(visible(await sendOtp(email)));
    }
    expect(answers).toEqual(answers.map(() => answers[0]!));
    expect(answers[0]!.status).toBe(200);
  });

  test("trying a code: wrong, none, used, expired, tried too often", async () => {
    const [ana, ben, cleo, dora] = [
      await createUser(),
      await createUser(),
      await createUser(),
      await createUser(),
    ];
    const codeOf = ({ email }: TestUser) => world.mailedCode(email);
    const first = await codeOf(ana);
    const answers = [
      visible(await verify(nobody(), "123456")),
      visible(await verify(ana.email, otherCode(first))),
    ];
    const used = await codeOf(ben);
    await verify(ben.email, used);
    answers.push(visible(await verify(ben.email, used)));
    const expired = await codeOf(cleo);
    await sql`update otp_codes set expires_at = now() - interval '1 second' where email = ${cleo.email}`;
    answers.push(visible(await verify(cleo.email, expired)));
    const tried = await codeOf(dora);
    for (let tries = 0; tries < 3; tries++) await verify(dora.email, otherCode(tried));
    answers.push(visible(await verify(dora.email, tried)));
    expect(answers).toEqual(answers.map(() => answers[0]!));
    expect(answers[0]!.status).toBe(401);
  });

  test("people who are not there, have left, are suspended, or blocked somebody: all the same", async () => {
    const me = await createUser({ premium: true });
    const [blocker, suspended, gone] = [await createUser(), await createUser(), await createUser()];
    await request("POST", `${V1}/users/${me.id}/block`, { token: blocker.token, body: {} });
    await sql`update users set suspended_until = 'infinity' where id = ${suspended.id}`;
    await sql`update users set is_active = false where id = ${gone.id}`;
    const ids = [NOBODY, blocker.id, suspended.id, gone.id];
    const calls = [
      (id: string) => request("GET", `${V1}/users/${id}/profile`, { token: me.token }),
      (id: string) =>
        request("POST", `${V1}/discovery/action`, {
          token: me.token,
          body: { target_id: id, action_type: "like" },
        }),
    ];
    for (const call of calls) {
      const answers: ReturnType<typeof visible>[] = [];
      for (const id of ids) answers.push(visible(await call(id)));
      expect(answers).toEqual(answers.map(() => answers[0]!));
      expect(answers[0]!.status).toBe(404);
    }
  });

  test("what belongs to others is as if it did not exist", async () => {
    const [me, ana, ben, cleo] = [
      await createUser(),
      await createUser(),
      await createUser(),
      await createUser(),
    ];
    const conversation = await world.befriend(ana, ben);
    const asked = await request("POST", `${V1}/messages/request`, {
      token: cleo.token,
      body: { receiver_id: ana.id, content: "Hi" },
    });
    const { request_id: requestId, message_id: messageId } = asked.body.data;
    const [match] = await sql<
      { id: string }[]
    >`select id from matches where ${ana.id} in (user1_id, user2_id)`;
    const pairs: [string, string, string, object?][] = [
      ["GET", "/conversations/:id", conversation],
      ["GET", "/conversations/:id/messages", conversation],
      ["POST", "/conversations/:id/read", conversation, { message_id: messageId }],
      ["PUT", "/messages/:id/read", messageId],
      ["POST", "/messages/request/:id/respond", requestId, { action: "accept" }],
      ["DELETE", "/messages/request/:id", requestId],
      ["DELETE", "/matches/:id", match!.id],
    ];
    for (const [method, path, id, body] of pairs) {
      const call = (one: string) => request(method, V1 + path.replace(":id", one), { token: me.token, body });
      const [foreign, none] = [visible(await call(id)), visible(await call(NOBODY))];
      expect([path, foreign]).toEqual([path, none]);
      expect([path, none.status]).toEqual([path, 404]);
    }
  });

  test("no list and no card holds an address or a birth date of somebody else", async () => {
    const [me, other] = [await createUser({ premium: true }), await createUser({ birthdate: "1991-07-09" })];
    await world.befriend(other, me);
    await request("POST", `${V1}/users/${(await createUser()).id}/block`, { token: me.token, body: {} });
    const paths = [
      "matches",
      "conversations",
      "discovery/profiles",
      "messages/requests?status=accepted",
      "sync",
    ];
    paths.push(`users/${other.id}/profile`, "users/blocks", "users/me/export");
    for (const path of paths) {
      const { status, body } = await request("GET", `${V1}/${path}`, { token: me.token });
      const text = JSON.stringify(body);
      expect([path, status, text.includes(other.email), text.includes("1991-07-09")]).toEqual([
        ...[path, 200, false, false],
      ]);
    }
  });
});

describe("by time", () => {
  /** @returns The larger median over the smaller one. */
  async function compare(rounds: number, a: () => Promise<unknown>, b: () => Promise<unknown>) {
    const times: [number[], number[]] = [[], []];
    await a();
    await b();
    for (let round = 0; round < rounds; round++) {
      // Who goes first changes: what the machine does meanwhile hits both.
      for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const start = performance.now();
        await (which === 0 ? a() : b());
        times[which]!.push(performance.now() - start);
      }
    }
    const [x, y] = times.map((list) => list.sort((p, q) => p - q)[list.length >> 1]!) as [number, number];
    return Math.max(x, y) / Math.min(x, y);
  }

  test("asking for a code and trying one take as long with an account as without", async () => {
    const ana = await createUser();
    await sendOtp(ana.email);
    expect(
      await compare(
        15,
        () => sendOtp(ana.email),
        () => sendOtp(nobody()),
      ),
    ).toBeLessThan(3);
    // With a code, without one: without the decoy hash the second would be twenty times as fast.
    const tries = async () => {
      await sql`update otp_codes set attempts = 0 where email = ${ana.email}`;
      await verify(ana.email, "000000");
    };
    expect(await compare(15, tries, () => verify(nobody(), "000000"))).toBeLessThan(3);
  });
});
