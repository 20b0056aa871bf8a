/**
 * The `limit` macro: counts a call after its input was found valid, and tells the caller what is left. Counting
 * itself is the backplane's.
 * @module
 */
import { Elysia } from "elysia";
import type { LimitState, RateLimits } from "../backplane/limits.ts";
import type { Rate, RateName } from "../domain/limits.ts";
import { addressKey } from "../lib/addresses.ts";
import { AppError } from "../protocol/errors.ts";
import { factsOf } from "./request_facts.ts";

/** The part of an answer that the headers go to. */
interface Answer {
  headers: Record<string, string | number | string[] | undefined>;
}

/** The macro `limit: "NAME"`; it counts per user, or per address where nobody is signed in. */
export function createRateLimit({ limits }: { limits: RateLimits }) {
  return new Elysia({ name: "http/rate_limit" }).macro({
    limit: (name: RateName) => ({
      introspect: (hook: object) => Object.assign(hook, { counted: name }),
      beforeHandle: async ({ request, set }) => {
        const { viewer, appellant, address } = factsOf(request);
        await countCall(limits, {
          name,
          key: viewer?.userId ?? appellant?.userId ?? addressKey(address),
          set,
        });
      },
    }),
  });
}

/**
 * Counts one call and writes the `RateLimit` headers of draft-ietf-httpapi-ratelimit-headers, on a refusal too.
 *
 * @throws RATE_LIMIT_EXCEEDED
 */
export async function countCall(
  limits: RateLimits,
  { name, key, set }: { name: RateName; key: string; set: Answer },
): Promise<void> {
  const rate = limits.rateOf(name);
  try {
    writeHeaders(set, { name, rate, state: await limits.consume(name, key) });
  } catch (error) {
    if (error instanceof AppError && "retry_after_ms" in error.details) {
      const resetMs = Number(error.details.retry_after_ms);
      writeHeaders(set, { name, rate, state: { limit: rate.points, remaining: 0, resetMs } });
    }
    throw error;
  }
}

function writeHeaders(
  set: Answer,
  { name, rate, state }: { name: RateName; rate: Rate; state: LimitState },
): void {
  const policy = name.toLowerCase();
  set.headers["ratelimit-policy"] = `"${policy}";q=${rate.points};w=${rate.seconds}`;
  set.headers.ratelimit = `"${policy}";r=${state.remaining};t=${Math.ceil(state.resetMs / 1000)}`;
}
