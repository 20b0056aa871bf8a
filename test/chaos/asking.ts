/**
 * Sends requests while the database is away and checks that each is refused in time, with a Retry-After.
 * @module
 */
import type { Fault } from "./row.ts";

/** The promise is 3 s, the deadline of a query; what this adds is a busy machine's. */
const ANSWERED_WITHIN_MS = 3_500;
const PAUSE_MS = 200;

/** @param forMs How long requests are made; at least one is. */
export async function ask(
  url: string,
  { forMs, blame, note }: { forMs: number } & Pick<Fault, "blame" | "note">,
): Promise<void> {
  const end = performance.now() + forMs;
  const seen = new Set<string>();
  let asked = 0;
  let slowest = 0;
  do {
    const start = performance.now();
    const problem = await refused(url);
    const tookMs = performance.now() - start;
    asked++;
    slowest = Math.max(slowest, tookMs);
    if (problem !== undefined) seen.add(problem);
    await Bun.sleep(Math.max(0, Math.min(PAUSE_MS, end - performance.now())));
  } while (performance.now() < end);
  for (const problem of seen) blame(problem);
  if (slowest > ANSWERED_WITHIN_MS) blame(`a request took ${Math.round(slowest)} ms`);
  note(`503 ×${asked} within ${Math.round(slowest)} ms`);
}

/** Anything that needs the database. @returns What is wrong with the answer. */
async function refused(url: string): Promise<string | undefined> {
  const body = JSON.stringify({ refresh_token: "x".repeat(43) });
  const headers = { "content-type": "application/json" };
  const signal = AbortSignal.timeout(10_000);
  try {
    const response = await fetch(`${url}/api/v1/auth/refresh`, { method: "POST", headers, body, signal });
    const { error } = (await response.json()) as { error?: { code: string } };
    if (response.status !== 503) return `a request got ${response.status}`;
    if (error?.code !== "SERVICE_UNAVAILABLE") return "a 503 without the envelope";
    return response.headers.has("retry-after") ? undefined : "a 503 without Retry-After";
  } catch (error) {
    return `a request failed: ${(error as Error).message}`;
  }
}
