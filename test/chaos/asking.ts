/**
 * Sends requests while what they need is away and checks that each is refused in time, with a Retry-After.
 * @module
 */
import type { Fault } from "./row.ts";

/** The promise is 3 s, the deadline of a query; what this adds is a busy machine's. */
const ANSWERED_WITHIN_MS = 3_500;
const PAUSE_MS = 200;

interface Asking extends Pick<Fault, "blame" | "note"> {
  /** How long requests are made, ms; at least one is. */
  readonly forMs: number;
  /** @default one that needs the database */
  readonly call?: Call;
}

interface Call {
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
}

export async function ask(url: string, { forMs, blame, note, call = REFRESH }: Asking): Promise<void> {
  const end = performance.now() + forMs;
  const seen = new Set<string>();
  let asked = 0;
  let slowest = 0;
  do {
    const start = performance.now();
    const problem = await refused(url, call);
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

const REFRESH: Call = { path: "/api/v1/auth/refresh", body: { refresh_token: "x".repeat(43) } };

/** @returns What is wrong with the answer. */
async function refused(url: string, { path, token, body }: Call): Promise<string | undefined> {
  const signal = AbortSignal.timeout(10_000);
  const init = {
    method: "POST",
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { "content-type": "application/json" }),
    },
    body: body ? JSON.stringify(body) : null,
    signal,
  };
  try {
    const response = await fetch(`${url}${path}`, init);
    const { error } = (await response.json()) as { error?: { code: string } };
    if (response.status !== 503) return `a request got ${response.status}`;
    if (error?.code !== "SERVICE_UNAVAILABLE") return "a 503 without the envelope";
    return response.headers.has("retry-after") ? undefined : "a 503 without Retry-After";
  } catch (error) {
    return `a request failed: ${(error as Error).message}`;
  }
}
