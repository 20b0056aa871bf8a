import { expect, test } from "bun:test";
import fc from "fast-check";
import { delayBefore, wishOf } from "./backoff.ts";

const chance = fc.double({ min: 0, max: 0.999999, noNaN: true });

test("full jitter below a ceiling that doubles up to the longest delay", () => {
  fc.assert(
    fc.property(fc.nat(100), chance, (attempt, share) => {
      const delay = delayBefore({ attempt, minDelayMs: 1_000, maxDelayMs: 30_000, random: () => share });
      const ceiling = Math.min(30_000, 1_000 * 2 ** Math.min(attempt, 20));
      expect(delay).toBe(Math.round(share * ceiling));
    }),
  );
});

test("never sooner than the server asked, and not much later", () => {
  fc.assert(
    fc.property(fc.nat(100), chance, fc.nat(600_000), (attempt, share, retryAfterMs) => {
      const delay = delayBefore({
        attempt,
        minDelayMs: 1_000,
        maxDelayMs: 30_000,
        retryAfterMs,
        random: () => share,
      });
      expect(delay).toBeGreaterThanOrEqual(retryAfterMs);
      expect(delay).toBeLessThanOrEqual(retryAfterMs * 1.25 + 1);
    }),
  );
});

test("a wish is read from the reason; a flooding client stays away, too", () => {
  expect(wishOf(4000, '{"retry_after_ms":1500}')).toBe(1500);
  for (const reason of ["", "going_away", "{}", "null", '{"retry_after_ms":-1}', '{"retry_after_ms":"9"}'])
    expect([reason, wishOf(4000, reason)]).toEqual([reason, undefined]);
  expect(wishOf(4029, "flooding")).toBe(5_000);
  expect(wishOf(4029, '{"retry_after_ms":7}')).toBe(7);
});
