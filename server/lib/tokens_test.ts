import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { AppError } from "../protocol/errors.ts";
import { newId } from "./ids.ts";
import { createTokens } from "./tokens.ts";

const SECRET = "a secret that is long enough for HS256";
const start = Date.now();
const clock = { now: () => start + offset };
let offset = 0;
const tokens = createTokens({ secret: SECRET, clock });
const userId = newId();
const sessionId = newId();

async function refused(token: string, verify = tokens.verifyAccess): Promise<boolean> {
  try {
    await verify(token);
    return false;
  } catch (error) {
    return error instanceof AppError && error.code === "UNAUTHORIZED";
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** A token of ours, made by hand, but for what the test changes. */
function forge({ header, claims, key = SECRET, hash = "sha256" }: Changes = {}): string {
  const now = Math.floor(start / 1000);
  const ours = {
    sub: userId,
    sid: sessionId,
    iss: "vibesmatch",
    aud: "vibesmatch-api",
    iat: now,
    exp: now + 60,
  };
  const signed = `${encode({ alg: "HS256", typ: "at+jwt", ...header })}.${encode({ ...ours, ...claims })}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}

interface Changes {
  readonly header?: object;
  readonly claims?: object;
  readonly key?: string;
  readonly hash?: string;
}

test("an access token says who, which session and until when, for one hour", async () => {
  const token = await tokens.signAccess({ userId, sessionId });
  const claims = await tokens.verifyAccess(token);
  expect(claims).toMatchObject({ userId, sessionId });
  expect(claims.expiresAt).toBe((Math.floor(start / 1000) + 3600) * 1000);
  const [header, payload] = token.split(".").map((part) => Buffer.from(part, "base64url").toString());
  expect(JSON.parse(header!)).toEqual({ alg: "HS256", typ: "at+jwt" });
  expect(Object.keys(JSON.parse(payload!)).sort()).toEqual(["aud", "exp", "iat", "iss", "sid", "sub"]);
});

test("it runs out after the hour and the leeway of 30 seconds, not before", async () => {
  const token = await tokens.signAccess({ userId, sessionId });
  offset = 3600_000 + 28_000;
  expect(await refused(token)).toBe(false);
  offset = 3600_000 + 32_000;
  expect(await refused(token)).toBe(true);
  offset = 0;
});

test("the control: a hand-made token with the right everything passes", async () => {
  expect(await refused(forge())).toBe(false);
});

test("anything forged is refused", async () => {
  const good = await tokens.signAccess({ userId, sessionId });
  const [header, payload, signature] = good.split(".") as [string, string, string];
  const none = encode({ alg: "none", typ: "at+jwt" });
  const forged: Record<string, string> = {
    "alg none without signature": `${none}.${payload}.`,
    "alg none with a signature": `${none}.${payload}.${signature}`,
    "another algorithm of the same family": forge({ header: { alg: "HS512" }, hash: "sha512" }),
    "another key": forge({ key: "another secret that is as long as ours" }),
    "no type": forge({ header: { typ: undefined } }),
    "the generic type": forge({ header: { typ: "JWT" } }),
    "the other kind": await tokens.signSignup({ email: "a@example.com" }),
    "changed claims": `${header}.${encode({ sub: newId(), sid: sessionId, exp: 9e9 })}.${signature}`,
    "another issuer": forge({ claims: { iss: "elsewhere" } }),
    "another audience": forge({ claims: { aud: "elsewhere" } }),
    "no audience": forge({ claims: { aud: undefined } }),
    "no expiry": forge({ claims: { exp: undefined } }),
    "no time of issue": forge({ claims: { iat: undefined } }),
    "no session": forge({ claims: { sid: undefined } }),
    "a session that is no UUID": forge({ claims: { sid: "1' or '1'='1" } }),
    "a subject that is no text": forge({ claims: { sub: 42 } }),
    "not valid yet": forge({ claims: { nbf: Math.floor(start / 1000) + 600 } }),
    "no token at all": "x",
    nothing: "",
    "far too long": `${header}.${"A".repeat(10_000)}.${signature}`,
  };
  for (const [name, token] of Object.entries(forged)) {
    expect([name, await refused(token)]).toEqual([name, true]);
  }
});

test("a sign-up token says the address, for fifteen minutes, and is no access token", async () => {
  const token = await tokens.signSignup({ email: "ann@example.com" });
  expect(await tokens.verifySignup(token)).toMatchObject({ email: "ann@example.com" });
  expect(await refused(token)).toBe(true);
  expect(await refused(await tokens.signAccess({ userId, sessionId }), tokens.verifySignup as never)).toBe(
    true,
  );
  offset = 16 * 60_000;
  expect(await refused(token, tokens.verifySignup as never)).toBe(true);
  offset = 0;
});

test("a key shorter than 256 bits is refused at the start", () => {
  expect(() => createTokens({ secret: "x".repeat(31) })).toThrow("shorter than 32 bytes");
});
