/** Signing in, up and out over REST: codes, tokens, rotation, and attacks on them. @module */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import type { SessionsRevoked } from "../../../server/features/auth/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createLog } from "../../../server/log.ts";
import { AppError } from "../../../server/protocol/errors.ts";
import { codeIn, createTestApp, otherCode, TEST_SECRET } from "../../harness/app.ts";

const clock = { offsetMs: 0, now: () => Date.now() + clock.offsetMs };
const { request, createUser, context, mails, close } = await createTestApp({ clock });
const { sql } = context.database;
const revoked: SessionsRevoked[] = [];
context.sessionEvents.subscribe((news) => revoked.push(news));

afterAll(close);
afterEach(() => {
  revoked.length = 0;
  clock.offsetMs = 0;
});

const PROFILE = { name: "Jane", date_of_birth: "1995-05-15", gender: "female", country: "DE" };
const AUTH = "/api/v1/auth";
let addresses = 0;

const newEmail = () => `auth${++addresses}@example.com`;
const post = (path: string, body?: unknown, token?: string) =>
  request("POST", `${AUTH}${path}`, { body, token });
const verify = (email: string, code: string) => post("/verify-otp", { email, code });
const refresh = (refresh_token: string) => post("/refresh", { refresh_token });
const whoAmI = (token?: string) => request("GET", "/api/v1/users/profile", { token });

async function sendCode(email: string): Promise<string> {
  expect((await post("/send-otp", { email })).status).toBe(200);
  return codeIn(mails.at(-1));
}

async function tempToken(email: string): Promise<string> {
  const { body } = await verify(email, await sendCode(email));
  return body.data.temp_token;
}

test("what proved an address before its account was deleted makes no account after it; a new code does", async () => {
  const email = newEmail();
  const [unused, used] = [await tempToken(email), await tempToken(email)];
  const { access_token: token } = (await post("/signup", PROFILE, used)).body.data;
  const code = await sendCode(email);
  expect((await request("DELETE", "/api/v1/users/me", { token, body: { code } })).status).toBe(200);
  for (const old of [unused, used]) expectFailure(await post("/signup", PROFILE, old), 401, "UNAUTHORIZED");
  expect((await post("/signup", PROFILE, await tempToken(email))).status).toBe(201);
  const [kept] = await sql`select address_hash from erased_addresses`;
  expect(JSON.stringify(kept)).not.toContain(email);
  await sql`update erased_addresses set erased_at = now() - interval '20 minutes'`;
  await context.auth.purge();
  expect((await sql`select 1 from erased_addresses`).length).toBe(0);
});

/** A refused answer, in the envelope. */
function expectFailure(answer: { status: number; body: unknown }, status: number, code: string): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: {
      success: false,
      error: {
        code,
        message: expect.any(String),
        details: expect.anything(),
        request_id: expect.any(String),
      },
    },
  });
}

describe("from a code to an account", () => {
  test("somebody new proves an address, signs up, signs out, signs in again", async () => {
    const email = newEmail();
    const sent = await post("/send-otp", { email: email.toUpperCase() });
    expect([sent.status, sent.body]).toEqual([
      200,
      { success: true, data: { message: expect.any(String), expires_in: 300 } },
    ]);
    expect(mails.at(-1)?.to).toBe(email);
    const verified = await verify(email, codeIn(mails.at(-1)));
    expect(verified.body.data).toEqual({
      user_exists: false,
      temp_token: expect.any(String),
      expires_in: 900,
      message: expect.any(String),
    });

    const signup = await post("/signup", { ...PROFILE, city: "Munich" }, verified.body.data.temp_token);
    expect(signup.status).toBe(201);
    expect(Object.keys(signup.body.data).sort()).toEqual([
      "access_token",
      "expires_in",
      "refresh_token",
      "user",
    ]);
    expect(signup.body.data.user).toMatchObject({
      email,
      name: "Jane",
      city: "Munich",
      role: "user",
      is_premium: false,
    });
    const { access_token: token, user } = signup.body.data;
    expect((await whoAmI(token)).body.data.id).toBe(user.id);

    expect((await post("/logout", undefined, token)).body).toEqual({
      success: true,
      data: { message: expect.any(String) },
    });
    expectFailure(await whoAmI(token), 401, "UNAUTHORIZED");
    const again = await verify(` ${email.toUpperCase()} `, await sendCode(email));
    expect(again.body.data).toMatchObject({ user_exists: true, user: { id: user.id } });
    expect((await whoAmI(again.body.data.access_token)).status).toBe(200);
  });

  test("every new person has an event log", async () => {
    const { id } = await createUser();
    expect(await sql`select last_seq::int from user_logs where user_id = ${id}`).toEqual([
      { lastSeq: 0 },
    ] as never);
  });

  test("bad profiles name every field and make nothing", async () => {
    const email = newEmail();
    const token = await tempToken(email);
    const bad = {
      name: "J",
      date_of_birth: "2015-01-01",
      gender: "female",
      country: "Germany",
      profile_photos: ["http://x.y"],
    };
    const answer = await post("/signup", bad, token);
    expectFailure(answer, 400, "VALIDATION_ERROR");
    // Some break the schema, some the rules that it cannot write.
    expect(answer.body.error.details).toMatchObject([
      { path: "body.name", code: "too_short", limit: 2 },
      { path: "body.country", code: "too_long", limit: 2 },
      { path: "body.date_of_birth", code: "not_allowed", limit: 18 },
      { path: "body.profile_photos.0", code: "format" },
    ]);
    for (const body of [
      undefined,
      {},
      { ...PROFILE, name: 1 },
      { ...PROFILE, gender: "x" },
      { ...PROFILE, name: "a\0b" },
    ]) {
      expectFailure(await post("/signup", body, token), 400, "VALIDATION_ERROR");
    }
    expect(await sql`select 1 from users where email = ${email}`).toEqual([] as never);
    expect((await post("/signup", PROFILE, token)).status).toBe(201);
  });

  test("nobody signs up as something better, or as somebody else", async () => {
    const email = newEmail();
    const injected = {
      role: "admin",
      is_premium: true,
      id: newId(),
      email: "boss@example.com",
      is_active: false,
      tag: "x",
    };
    const { body } = await post("/signup", { ...PROFILE, ...injected }, await tempToken(email));
    expect(body.data.user).toMatchObject({ role: "user", is_premium: false, email });
    expect(body.data.user.id).not.toBe(injected.id);
  });

  test("16 sign-ups with one token make one account", async () => {
    const email = newEmail();
    const token = await tempToken(email);
    const answers = await Promise.all(Array.from({ length: 16 }, () => post("/signup", PROFILE, token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(15).fill(409)]);
    for (const answer of answers.filter(({ status }) => status === 409))
      expectFailure(answer, 409, "CONFLICT");
    expect(await sql`select count(*)::int as n from users where email = ${email}`).toEqual([
      { n: 1 },
    ] as never);
  });

  test("a closed or suspended account gets no tokens", async () => {
    const [closed, suspended] = [await createUser(), await createUser()];
    await sql`update users set is_active = false where id = ${closed.id}`;
    await sql`update users set suspended_until = '2100-01-01Z' where id = ${suspended.id}`;
    expectFailure(await verify(closed.email, await sendCode(closed.email)), 403, "FORBIDDEN");
    const answer = await verify(suspended.email, await sendCode(suspended.email));
    expectFailure(answer, 403, "FORBIDDEN");
    expect(answer.body.error.details).toEqual({
      suspended_until: "2100-01-01T00:00:00.000Z",
      permanent: false,
    });
    expectFailure(await refresh(suspended.refreshToken), 403, "FORBIDDEN");
    expectFailure(await refresh(closed.refreshToken), 401, "UNAUTHORIZED");
    expectFailure(await whoAmI(closed.token), 401, "UNAUTHORIZED");
    expectFailure(await whoAmI(suspended.token), 403, "FORBIDDEN");
    await sql`update users set suspended_until = now() - interval '1 second' where id = ${suspended.id}`;
    expect((await refresh(suspended.refreshToken)).status).toBe(200);
    expect((await whoAmI(suspended.token)).status).toBe(200);
  });
});

describe("a code", () => {
  test("is six digits, and only its hash is stored", async () => {
    const email = newEmail();
    const code = await sendCode(email);
    expect(code).toMatch(/^\d{6}$/);
    const [row] = await sql<{ codeHash: string }[]>`select * from otp_codes where email = ${email}`;
    expect(row?.codeHash).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
    expect(JSON.stringify(row)).not.toContain(code);
    // The code alone does not verify against what is stored: a stolen table cannot be tried out.
    expect(await Bun.password.verify(code, row?.codeHash ?? "")).toBe(false);
  });

  test("works once", async () => {
    const email = newEmail();
    const code = await sendCode(email);
    expect((await verify(email, code)).status).toBe(200);
    expectFailure(await verify(email, code), 401, "UNAUTHORIZED");
  });

  test("has three tries, then the right one is refused too", async () => {
    const email = newEmail();
    const code = await sendCode(email);
    for (let i = 0; i < 3; i++) expectFailure(await verify(email, otherCode(code)), 401, "UNAUTHORIZED");
    expectFailure(await verify(email, code), 401, "UNAUTHORIZED");
    expect((await verify(email, await sendCode(email))).status).toBe(200);
  });

  test("works on the third try", async () => {
    const email = newEmail();
    const code = await sendCode(email);
    for (let i = 0; i < 2; i++) await verify(email, otherCode(code));
    expect((await verify(email, code)).status).toBe(200);
  });

  test("dies after five minutes", async () => {
    const email = newEmail();
    const code = await sendCode(email);
    const [row] =
      await sql`select extract(epoch from expires_at - created_at)::int as s from otp_codes where email = ${email}`;
    expect(row).toEqual({ s: 300 });
    await sql`update otp_codes set expires_at = now() where email = ${email}`;
    expectFailure(await verify(email, code), 401, "UNAUTHORIZED");
  });

  test("dies when the next one is sent", async () => {
    const email = newEmail();
    const first = await sendCode(email);
    const second = await sendCode(email);
    if (first !== second) expectFailure(await verify(email, first), 401, "UNAUTHORIZED");
    expect((await verify(email, second)).status).toBe(200);
  });

  test("of one address is no good for another", async () => {
    const [mine, theirs] = [newEmail(), newEmail()];
    const code = await sendCode(mine);
    if ((await sendCode(theirs)) !== code) expectFailure(await verify(theirs, code), 401, "UNAUTHORIZED");
  });

  test("presented twice at once lets one in", async () => {
    const { email, id } = await createUser();
    await sql`delete from sessions where user_id = ${id}`;
    const code = await sendCode(email);
    const answers = await Promise.all([verify(email, code), verify(email, code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect(await sql`select count(*)::int as n from sessions where user_id = ${id}`).toEqual([
      { n: 1 },
    ] as never);
  });

  test("is tried three times at most, however many guesses come at once", async () => {
    const email = newEmail();
    const code = await sendCode(email);
    const answers = await Promise.all(Array.from({ length: 16 }, () => verify(email, otherCode(code))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await sql`select attempts from otp_codes where email = ${email}`).toEqual([
      { attempts: 3 },
    ] as never);
    expectFailure(await verify(email, code), 401, "UNAUTHORIZED");
  });

  test.each([
    [{}],
    [{ email: "a@example.com" }],
    [{ email: "a@example.com", code: 123456 }],
    [{ email: "a@example.com", code: "12345" }],
    [{ email: "a@example.com", code: "1234567" }],
    [{ email: "a@example.com", code: "12345a" }],
    [{ email: "a@example.com", code: "１２３４５６" }],
    [{ email: "not an address", code: "123456" }],
    [{ email: ["a@example.com"], code: "123456" }],
  ])("%j is bad input", async (body) =>
    expectFailure(await post("/verify-otp", body), 400, "VALIDATION_ERROR"),
  );

  test.each([
    [{}],
    [{ email: "" }],
    [{ email: "a@b" }],
    [{ email: 1 }],
    [{ email: "a@b.c\nx" }],
    [{ email: null }],
    [[]],
    ["x"],
  ])("nothing is sent to %j", async (body) => {
    const before = mails.length;
    expectFailure(await post("/send-otp", body), 400, "VALIDATION_ERROR");
    expect(mails.length).toBe(before);
  });
});

test("no answer tells whether an address is known", async () => {
  const { email: known } = await createUser();
  const unknown = newEmail();
  const bare = (answer: { status: number; body: { error?: { request_id?: string } }; headers: Headers }) => {
    if (answer.body.error) answer.body.error.request_id = "";
    const names = [...answer.headers.keys()].sort();
    return { status: answer.status, body: answer.body, names };
  };
  const both = async (ask: (email: string) => ReturnType<typeof request>) => {
    const [one, other] = [bare(await ask(known)), bare(await ask(unknown))];
    expect(one).toEqual(other);
  };
  await both((email) => verify(email, "000000"));
  await both((email) => post("/send-otp", { email }));
  const [first, second] = mails.slice(-2);
  expect(first?.text.replace(/\d{6}/, "")).toBe(second?.text.replace(/\d{6}/, "") as string);
  await both((email) => verify(email, "000000"));
  expect(await sql`select count(*)::int as n from otp_codes where email in (${known}, ${unknown})`).toEqual([
    { n: 2 },
  ] as never);
});

test("it takes as long to refuse a code that was never sent as a wrong one", async () => {
  const median = async (email: string) => {
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await verify(email, "000000");
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[1] as number;
  };
  const { email } = await createUser();
  await verify(newEmail(), "000000");
  await sendCode(email);
  const [sent, neverSent] = [await median(email), await median(newEmail())];
  // Without the decoy it is twenty times faster.
  expect(neverSent).toBeGreaterThan(sent / 4);
});

test("a mail server that is away is a 503, and the code is not in the answer", async () => {
  const broken = await createTestApp({ sendMail: () => Promise.reject(new AppError("SERVICE_UNAVAILABLE")) });
  const answer = await broken.request("POST", `${AUTH}/send-otp`, { body: { email: newEmail() } });
  await broken.close();
  expectFailure(answer, 503, "SERVICE_UNAVAILABLE");
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(JSON.stringify(answer.body)).not.toMatch(/\b\d{6}\b/);
});

test("no code, address, token or birth date is logged in production, at any level", async () => {
  const lines: string[] = [];
  const log = createLog({ level: "trace", mode: "production", write: (line) => lines.push(line) });
  const logged = await createTestApp({ log });
  const ask = (path: string, body: unknown, token?: string) =>
    logged.request("POST", `${AUTH}${path}`, { body, token });
  const email = "canary@example.com";
  await ask("/send-otp", { email });
  const code = codeIn(logged.mails[0]);
  await ask("/verify-otp", { email, code: otherCode(code) });
  const { temp_token } = (await ask("/verify-otp", { email, code })).body.data;
  const signedUp = await ask("/signup", { ...PROFILE, bio: "canary bio" }, temp_token);
  const { access_token, refresh_token } = signedUp.body.data;
  await ask("/signup", PROFILE, temp_token);
  await ask("/refresh", { refresh_token });
  await ask("/refresh", { refresh_token: "canary-token" });
  await logged.request("GET", "/api/v1/users/profile", { token: access_token });
  await logged.close();
  const text = lines.join("");
  expect(lines.length).toBeGreaterThan(7);
  // Six digits alone could be part of an id.
  expect(text).not.toMatch(new RegExp(`(?<![\\da-f])${code}(?![\\da-f])`));
  for (const secret of [email, "canary", temp_token, access_token, refresh_token, "1995-05-15"]) {
    expect(text).not.toContain(secret);
  }
});

test("an address gets three codes a minute and ten a day, however it is written", async () => {
  const limited = await createTestApp({ env: { LIMITS: "on", LIMIT_OTP_SEND_MINUTE: "3/1m" } });
  const send = (email: string) => limited.request("POST", `${AUTH}/send-otp`, { body: { email } });
  for (const email of ["x@example.com", "X@example.com", " x@Example.com"]) {
    expect((await send(email)).status).toBe(200);
  }
  const refused = await send("x@EXAMPLE.com");
  expectFailure(refused, 429, "RATE_LIMIT_EXCEEDED");
  expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d?$/);
  expect(refused.headers.get("ratelimit-policy")).toContain("q=3;w=60");
  expect(limited.mails.length).toBe(3);
  expect((await send("y@example.com")).status).toBe(200);
  await limited.close();

  const daily = await createTestApp({ env: { LIMITS: "on", LIMIT_OTP_SEND_MINUTE: "99/1m" } });
  const answers: number[] = [];
  for (let i = 0; i < 11; i++) {
    const { status } = await daily.request("POST", `${AUTH}/send-otp`, { body: { email: "x@example.com" } });
    answers.push(status);
  }
  await daily.close();
  expect(answers).toEqual([...Array(10).fill(200), 429]);
});

describe("refreshing", () => {
  test("gives a new pair, and the old access token stays good for its hour", async () => {
    const { token, refreshToken, id } = await createUser();
    const { status, body } = await refresh(refreshToken);
    expect([status, Object.keys(body.data).sort()]).toEqual([
      200,
      ["access_token", "expires_in", "refresh_token"],
    ]);
    expect(body.data.refresh_token).not.toBe(refreshToken);
    expect((await whoAmI(body.data.access_token)).body.data.id).toBe(id);
    expect((await whoAmI(token)).status).toBe(200);
    expect((await refresh(body.data.refresh_token)).status).toBe(200);
    expect(revoked).toEqual([]);
  });

  test("stores hashes only, for 30 days", async () => {
    const { refreshToken, id } = await createUser();
    const { body } = await refresh(refreshToken);
    const rows = await sql<{ tokenHash: Buffer; days: number }[]>`
      select t.*, extract(day from t.expires_at - t.created_at)::int as days
      from refresh_tokens t join sessions s on s.id = t.session_id where s.user_id = ${id}`;
    const hash = (token: string) => new Bun.CryptoHasher("sha256").update(token).digest("hex");
    expect(rows.map((row) => row.tokenHash.toString("hex")).sort()).toEqual(
      [hash(refreshToken), hash(body.data.refresh_token)].sort(),
    );
    expect(rows.map(({ days }) => days)).toEqual([30, 30]);
  });

  test("16 times at once gives one successor, and nobody is signed out", async () => {
    const { refreshToken, id } = await createUser();
    const answers = await Promise.all(Array.from({ length: 16 }, () => refresh(refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(200));
    expect(new Set(answers.map(({ body }) => body.data.refresh_token)).size).toBe(1);
    for (const { body } of answers) expect((await whoAmI(body.data.access_token)).status).toBe(200);
    const tokens = await sql`
      select 1 from refresh_tokens t join sessions s on s.id = t.session_id where s.user_id = ${id}`;
    expect(tokens.length).toBe(2);
    expect((await refresh(answers[0]?.body.data.refresh_token)).status).toBe(200);
    expect(revoked).toEqual([]);
  });

  test("a lost answer can be had again within 10 s", async () => {
    const { refreshToken } = await createUser();
    const first = await refresh(refreshToken);
    await age(refreshToken, 9);
    const second = await refresh(refreshToken);
    expect(second.body.data.refresh_token).toBe(first.body.data.refresh_token);
  });

  test("later, a second use ends the session for both holders, at once", async () => {
    const { refreshToken, token, id } = await createUser();
    const { body } = await refresh(refreshToken);
    await age(refreshToken, 11);
    expectFailure(await refresh(refreshToken), 401, "UNAUTHORIZED");
    expectFailure(await refresh(body.data.refresh_token), 401, "UNAUTHORIZED");
    for (const dead of [token, body.data.access_token])
      expectFailure(await whoAmI(dead), 401, "UNAUTHORIZED");
    expect(revoked).toEqual([{ userId: id, sessionId: expect.any(String), reason: "token_reuse" }]);
    expect(await sql`select revoke_reason from sessions where user_id = ${id}`).toEqual([
      { revokeReason: "token_reuse" },
    ] as never);
  });

  test("once the successor was used, there is no grace", async () => {
    const { refreshToken } = await createUser();
    const { body } = await refresh(refreshToken);
    const next = await refresh(body.data.refresh_token);
    expectFailure(await refresh(refreshToken), 401, "UNAUTHORIZED");
    expectFailure(await refresh(next.body.data.refresh_token), 401, "UNAUTHORIZED");
    expect(revoked.map(({ reason }) => reason)).toEqual(["token_reuse"]);
  });

  test("16 second uses at once revoke once", async () => {
    const { refreshToken } = await createUser();
    await refresh(refreshToken);
    await age(refreshToken, 11);
    const answers = await Promise.all(Array.from({ length: 16 }, () => refresh(refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(401));
    expect(revoked.length).toBe(1);
  });

  test("another session of the same person lives on", async () => {
    const { refreshToken, email } = await createUser();
    const other = await verify(email, await sendCode(email));
    await refresh(refreshToken);
    await age(refreshToken, 11);
    await refresh(refreshToken);
    expect((await whoAmI(other.body.data.access_token)).status).toBe(200);
    expect((await refresh(other.body.data.refresh_token)).status).toBe(200);
  });

  test("an expired token is refused", async () => {
    const { refreshToken } = await createUser();
    await sql`update refresh_tokens set expires_at = now() where token_hash = ${hashOf(refreshToken)}`;
    expectFailure(await refresh(refreshToken), 401, "UNAUTHORIZED");
    expect(revoked).toEqual([]);
  });

  test("against logout: whatever comes first, the session is over", async () => {
    const { refreshToken, token } = await createUser();
    const [refreshed] = await Promise.all([refresh(refreshToken), post("/logout", undefined, token)]);
    expectFailure(await whoAmI(token), 401, "UNAUTHORIZED");
    if (refreshed?.status === 200) {
      expectFailure(await whoAmI(refreshed.body.data.access_token), 401, "UNAUTHORIZED");
      expectFailure(await refresh(refreshed.body.data.refresh_token), 401, "UNAUTHORIZED");
    }
  });

  test("strangers' tokens are refused alike", async () => {
    const { token } = await createUser();
    const unknown = "x".repeat(43);
    for (const guess of [unknown, token, "0", "é", "x".repeat(512)]) {
      expectFailure(await refresh(guess), 401, "UNAUTHORIZED");
    }
    for (const body of [
      {},
      { refresh_token: "" },
      { refresh_token: 1 },
      { refresh_token: "x".repeat(513) },
      { refresh_token: "a\0" },
    ]) {
      expectFailure(await post("/refresh", body), 400, "VALIDATION_ERROR");
    }
  });

  const hashOf = (token: string) => new Bun.CryptoHasher("sha256").update(token).digest();
  const age = (token: string, seconds: number) => sql`
    update refresh_tokens set used_at = used_at - make_interval(secs => ${seconds}) where token_hash = ${hashOf(token)}`;
});

describe("signing out", () => {
  test("ends one session and says so", async () => {
    const { token, refreshToken, id, email } = await createUser();
    const other = await verify(email, await sendCode(email));
    expect((await post("/logout", undefined, token)).status).toBe(200);
    expect(revoked).toEqual([{ userId: id, sessionId: expect.any(String), reason: "logout" }]);
    expectFailure(await post("/logout", undefined, token), 401, "UNAUTHORIZED");
    expectFailure(await refresh(refreshToken), 401, "UNAUTHORIZED");
    expect((await whoAmI(other.body.data.access_token)).status).toBe(200);
  });

  test("everywhere ends all of them, and nobody else's", async () => {
    const [{ token, refreshToken, id, email }, stranger] = [await createUser(), await createUser()];
    const other = (await verify(email, await sendCode(email))).body.data;
    expect((await post("/logout-all", undefined, token)).status).toBe(200);
    expect(revoked).toEqual([{ userId: id, sessionId: null, reason: "logout_all" }]);
    for (const dead of [token, other.access_token]) expectFailure(await whoAmI(dead), 401, "UNAUTHORIZED");
    for (const dead of [refreshToken, other.refresh_token])
      expectFailure(await refresh(dead), 401, "UNAUTHORIZED");
    expect((await whoAmI(stranger.token)).status).toBe(200);
    expect((await verify(email, await sendCode(email))).body.data.user_exists).toBe(true);
  });

  test("needs a token", async () => {
    for (const path of ["/logout", "/logout-all"]) expectFailure(await post(path), 401, "UNAUTHORIZED");
  });
});

describe("an access token", () => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());
  const sign = (header: object, claims: object, secret = TEST_SECRET) => {
    const body = `${encode(header)}.${encode(claims)}`;
    const alg = (header as { alg: string }).alg === "HS512" ? "sha512" : "sha256";
    return `${body}.${createHmac(alg, secret).update(body).digest("base64url")}`;
  };

  test("lives one hour and 30 s of leeway", async () => {
    const { token } = await createUser();
    clock.offsetMs = 3_620_000;
    expect((await whoAmI(token)).status).toBe(200);
    clock.offsetMs = 3_640_000;
    expectFailure(await whoAmI(token), 401, "UNAUTHORIZED");
  });

  test("is refused in every forged form", async () => {
    const [victim, attacker] = [await createUser(), await createUser()];
    const [head, claims, signature] = victim.token.split(".");
    const { sid, ...good } = { ...decode(claims) };
    const header = decode(head);
    const mine = decode(attacker.token.split(".")[1]);
    expect((await whoAmI(sign(header, { ...good, sid }))).status).toBe(200);
    const forged = {
      none: `${encode({ ...header, alg: "none" })}.${claims}.`,
      "none, signed": `${encode({ ...header, alg: "None" })}.${claims}.${signature}`,
      "no signature": `${head}.${claims}.`,
      "other algorithm": sign({ ...header, alg: "HS512" }, { ...good, sid }),
      "other secret": sign(header, { ...good, sid }, "another secret that is long enough for it"),
      "empty secret": sign(header, { ...good, sid }, ""),
      "other claims, same signature": `${head}.${encode({ ...mine, sub: good.sub })}.${signature}`,
      "my session, the victim's name": sign(header, { ...mine, sub: good.sub }),
      "no session": sign(header, good),
      "unknown session": sign(header, { ...good, sid: newId() }),
      "session is no id": sign(header, { ...good, sid: "' or 1=1 --" }),
      "no expiry": sign(header, { ...good, sid, exp: undefined }),
      "expiry is a text": sign(header, { ...good, sid, exp: "9999999999" }),
      "wrong typ": sign({ ...header, typ: "JWT" }, { ...good, sid }),
      "no typ": sign({ alg: "HS256" }, { ...good, sid }),
      "wrong issuer": sign(header, { ...good, sid, iss: "somebody" }),
      "wrong audience": sign(header, { ...good, sid, aud: "somebody" }),
      "not yet": sign(header, { ...good, sid, nbf: Math.floor(Date.now() / 1000) + 3600 }),
      "sign-up token": await tempToken(newEmail()),
      "refresh token": victim.refreshToken,
      nonsense: "a.b.c",
      huge: `${head}.${"x".repeat(8000)}.${signature}`,
    };
    const answers: Record<string, number> = {};
    for (const [name, token] of Object.entries(forged)) {
      const answer = await whoAmI(token);
      expectFailure(answer, 401, "UNAUTHORIZED");
      answers[name] = answer.status;
    }
    expect(Object.values(answers)).toEqual(Array(Object.keys(forged).length).fill(401));
  });

  test("comes as a Bearer token in the header, nowhere else", async () => {
    const { token } = await createUser();
    const authorization = (value: string) =>
      request("GET", "/api/v1/users/profile", { headers: { authorization: value } });
    expect((await authorization(`bearer ${token}`)).status).toBe(200);
    for (const value of [token, `Basic ${token}`, "Bearer", "Bearer ", `Bearer ${token} ${token}`]) {
      expectFailure(await authorization(value), 401, "UNAUTHORIZED");
    }
    expectFailure(await request("GET", `/api/v1/users/profile?access_token=${token}`), 401, "UNAUTHORIZED");
    expectFailure(
      await request("GET", "/api/v1/users/profile", { headers: { cookie: `token=${token}` } }),
      401,
      "UNAUTHORIZED",
    );
  });

  test("does not open sign-up, and anonymous callers with bad bodies get 401", async () => {
    const { token } = await createUser();
    expectFailure(await post("/signup", PROFILE, token), 401, "UNAUTHORIZED");
    expectFailure(await post("/signup", { name: 1 }), 401, "UNAUTHORIZED");
    clock.offsetMs = 0;
    const temp = await tempToken(newEmail());
    clock.offsetMs = 16 * 60_000;
    expectFailure(await post("/signup", PROFILE, temp), 401, "UNAUTHORIZED");
  });

  test("touches last_active at most once a minute", async () => {
    const { token, id } = await createUser();
    const lastActive = async () => {
      const [row] = await sql<{ fresh: boolean }[]>`
        select last_active > now() - interval '5 seconds' as fresh from user_presence where user_id = ${id}`;
      return row?.fresh;
    };
    await sql`update user_presence set last_active = now() - interval '50 seconds' where user_id = ${id}`;
    await whoAmI(token);
    expect(await lastActive()).toBe(false);
    await sql`update user_presence set last_active = now() - interval '61 seconds' where user_id = ${id}`;
    await Promise.all([whoAmI(token), whoAmI(token)]);
    expect(await lastActive()).toBe(true);
  });
});

test("what has expired is deleted, what lives is not", async () => {
  const [alive, dead] = [await createUser(), await createUser()];
  const email = newEmail();
  await sendCode(email);
  await sql`update otp_codes set expires_at = now() - interval '1 second' where email = ${email}`;
  await sql`
    update refresh_tokens t set expires_at = now() - interval '2 days'
    from sessions s where s.id = t.session_id and s.user_id = ${dead.id}`;
  await sql`update sessions set last_used_at = now() - interval '32 days' where user_id = ${dead.id}`;
  await context.auth.purge();
  expect(await sql`select 1 from otp_codes where email = ${email}`).toEqual([] as never);
  expect(await sql`select 1 from sessions where user_id = ${dead.id}`).toEqual([] as never);
  expect((await refresh(alive.refreshToken)).status).toBe(200);
});
