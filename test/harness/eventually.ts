/**
 * Waiting for something to become true, without a fixed sleep.
 * @module
 */

/** How long tests wait for what has to come, ms: a busy machine is no failure, and only a test that fails waits it out. */
export const PATIENCE_MS = 20_000;

interface EventuallyOptions {
  /** Milliseconds. @default PATIENCE_MS */
  readonly withinMs?: number;
  readonly what?: string;
}

type Falsy = false | 0 | "" | null | undefined;

/**
 * Asks again and again until the answer is truthy.
 *
 * @returns The answer.
 * @throws Error when it takes longer than `withinMs`.
 */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  { withinMs = PATIENCE_MS, what = "the condition" }: EventuallyOptions = {},
): Promise<Exclude<Awaited<T>, Falsy>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<Awaited<T>, Falsy>;
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
