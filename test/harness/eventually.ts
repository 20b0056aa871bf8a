/**
 * Waiting for something to become true, without a fixed sleep.
 * @module
 */

interface EventuallyOptions {
  /** Milliseconds. @default 20000, which only a test that fails waits out. */
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
  { withinMs = 20_000, what = "the condition" }: EventuallyOptions = {},
): Promise<Exclude<Awaited<T>, Falsy>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<Awaited<T>, Falsy>;
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
