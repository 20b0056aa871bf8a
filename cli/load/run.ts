/**
 * Executes one run: starts a thread per generator, combines their results, and ends them whatever happens. It creates
 * no users and writes no report.
 * @module
 */
import { isExecutable } from "../../server/lib/resources.ts";
import type { Population } from "./people.ts";
import { durationOf, type Plan } from "./plan.ts";
import type { Outcome, RecordSlice } from "./report_shape.ts";
import type { Order, Word } from "./wire.ts";

/** The second entry point of the executable. */
const EMBEDDED_WORKER = "./cli/load/worker.ts";

/** What a run is given. */
export interface RunOptions {
  readonly plan: Plan;
  /** One for each generator. */
  readonly populations: readonly Population[];
  /** Aborted: starts no more operations and waits briefly for those in flight. */
  readonly signal: AbortSignal;
  /** When work begins, by Date.now(); absent or past: as soon as everybody is connected. */
  readonly startAt?: number | undefined;
  /** Aborted: starts no more operations and ends as at the end of the duration. */
  readonly ending?: AbortSignal | undefined;
  /** Called once a second for each generator. */
  readonly onSlice: (slice: RecordSlice) => void;
  /** Everybody is connected; work begins. */
  readonly onStart: () => void;
}

/** What a run leaves. */
export interface RunResult {
  readonly outcomes: readonly Outcome[];
  readonly slices: readonly RecordSlice[];
  readonly interrupted: boolean;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
}

/** A generator could not do its work. */
export class GeneratorError extends Error {
  /** Of the client, such as CLOSED or TIMEOUT; UNEXPECTED otherwise. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.name = "GeneratorError";
    this.code = code;
  }
}

/** Time beyond duration, drain and verification after which a thread is considered hung, ms. */
const GRACE_MS = 10 * 60_000;

/**
 * @throws GeneratorError when somebody cannot be connected, or a generator fails; the signal's reason when it is
 * aborted before work began.
 */
export async function runPlan(options: RunOptions): Promise<RunResult> {
  const { plan, populations, signal, ending, startAt = 0, onSlice, onStart } = options;
  const slices: RecordSlice[] = [];
  const threads = populations.map(
    (population, index) =>
      new Thread({
        order: { kind: "prepare", plan, population, share: { index, of: populations.length } },
        onSlice(slice) {
          slices.push(slice);
          onSlice(slice);
        },
      }),
  );
  const stop = (inHaste: boolean) => {
    for (const thread of threads) thread.tell({ kind: "stop", inHaste });
  };
  const onAbort = () => stop(true);
  const onEnding = () => stop(false);
  const hanging = setTimeout(
    () => {
      for (const thread of threads) thread.fail(new GeneratorError("A generator hangs", "TIMEOUT"));
    },
    Math.max(0, startAt - Date.now()) + plan.warmupMs + durationOf(plan.model) + 2 * plan.drainMs + GRACE_MS,
  );
  try {
    await Promise.race([Promise.all(threads.map((thread) => thread.prepared)), aborted(signal)]);
    signal.throwIfAborted();
    await Promise.race([Bun.sleep(Math.max(0, startAt - Date.now())), aborted(signal)]);
    signal.throwIfAborted();
    const startedAt = new Date().toISOString();
    onStart();
    signal.addEventListener("abort", onAbort);
    ending?.addEventListener("abort", onEnding);
    for (const thread of threads) thread.tell({ kind: "start" });
    if (ending?.aborted) onEnding();
    if (signal.aborted) onAbort();
    const outcomes = await Promise.all(threads.map((thread) => thread.done));
    return { outcomes, slices, interrupted: signal.aborted, startedAt };
  } finally {
    clearTimeout(hanging);
    signal.removeEventListener("abort", onAbort);
    ending?.removeEventListener("abort", onEnding);
    for (const thread of threads) thread.end();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve());
  return promise;
}

/** A worker thread, with promises for its messages. */
class Thread {
  readonly #worker: Worker;
  readonly #prepared = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<Outcome>();

  constructor({ order, onSlice }: { order: Order; onSlice: (slice: RecordSlice) => void }) {
    this.#worker = new Worker(isExecutable ? EMBEDDED_WORKER : new URL("./worker.ts", import.meta.url).href);
    this.#worker.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data.kind === "prepared") this.#prepared.resolve();
      else if (data.kind === "slice") onSlice(data.slice);
      else if (data.kind === "done") this.#done.resolve(data.outcome);
      else this.fail(new GeneratorError(data.message, data.code));
    };
    this.#worker.onerror = ({ message }) => this.fail(new GeneratorError(message, "UNEXPECTED"));
    // Whoever waits for one of them hears of it; the other must not end the process.
    this.#prepared.promise.catch(() => {});
    this.#done.promise.catch(() => {});
    this.tell(order);
  }

  get prepared(): Promise<void> {
    return this.#prepared.promise;
  }

  get done(): Promise<Outcome> {
    return this.#done.promise;
  }

  tell(order: Order): void {
    this.#worker.postMessage(order);
  }

  fail(error: GeneratorError): void {
    this.#prepared.reject(error);
    this.#done.reject(error);
  }

  end(): void {
    this.#worker.terminate();
  }
}
