/** The judgement of refresh tokens, over every case there is. @module */
import { expect, test } from "bun:test";
import {
  createSuccession,
  hashRefreshToken,
  judgeRefresh,
  newRefreshToken,
  type PresentedToken,
} from "./refresh_tokens.ts";

const FACTS = [
  "sessionRevoked",
  "userActive",
  "userSuspended",
  "expired",
  "used",
  "inGrace",
  "successorUnused",
] as const satisfies (keyof PresentedToken)[];

function* everyCase(): Generator<PresentedToken> {
  for (let bits = 0; bits < 1 << FACTS.length; bits++) {
    yield Object.fromEntries(
      FACTS.map((fact, i) => [fact, (bits & (1 << i)) !== 0]),
    ) as unknown as PresentedToken;
  }
}

test("no dead session and no closed account gets anything, and nothing more is done to them", () => {
  for (const token of everyCase()) {
    if (token.sessionRevoked || !token.userActive) expect(judgeRefresh(token)).toBe("refuse");
  }
});

test("a live session is rotated once, repeated only in its grace, revoked by every other second use", () => {
  for (const token of everyCase()) {
    if (token.sessionRevoked || !token.userActive) continue;
    const { used, inGrace, successorUnused, expired, userSuspended } = token;
    const replayed = used && !(inGrace && successorUnused);
    const expected = replayed
      ? "revoke"
      : expired
        ? "refuse"
        : userSuspended
          ? "suspended"
          : used
            ? "repeat"
            : "rotate";
    expect({ token, verdict: judgeRefresh(token) }).toEqual({ token, verdict: expected });
  }
});

test("a fresh token of a live session is rotated", () => {
  const fresh = Object.fromEntries(FACTS.map((fact) => [fact, false])) as unknown as PresentedToken;
  expect(judgeRefresh({ ...fresh, userActive: true })).toBe("rotate");
});

test("the successor is a function of token and secret, and tells nothing of either", () => {
  const [successorOf, other] = [createSuccession("a".repeat(32)), createSuccession("b".repeat(32))];
  const token = newRefreshToken();
  expect(successorOf(token)).toBe(successorOf(token));
  expect(successorOf(token)).toBe(createSuccession("a".repeat(32))(token));
  expect(new Set([token, successorOf(token), other(token), successorOf(newRefreshToken())]).size).toBe(4);
  expect(successorOf(token)).toMatch(/^[\w-]{43}$/);
  expect(hashRefreshToken(token).byteLength).toBe(32);
});

test("tokens do not repeat", () => {
  expect(new Set(Array.from({ length: 1000 }, newRefreshToken)).size).toBe(1000);
});
