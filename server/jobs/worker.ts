/**
 * Works through the durable queue: claims what is due, runs it, deletes it or puts it off. Every process may run one;
 * a job runs at least once, and twice only when a process dies, or stalls past its lease, in the middle of it.
 * @module
 */
import type { Database } from "../db/client.ts";
import { Poller } from "../lib/poller.ts";
import { type ClaimedJob, claimJobs, deleteJob, postponeJob } from "./queries.ts";

/** How one kind of job is done. */
export interface JobHandler {
  /**
   * Does the job. It may have been done before.
   * @param job.signal Aborts when the lease is about to end or the process is.
   * @throws {@link JobRefused} when no further attempt can help; anything else is tried again.
   */
  run(payload: never, job: { readonly attempt: number; readonly signal: AbortSignal }): Promise<void>;
  /** Attempts before it is given up and kept for an operator. @default 10 */
  readonly maxAttempts?: number;
  /** The first delay after a failure; each further one is twice as long, with jitter. @default 1_000 */
  readonly firstDelayMs?: number;
  /** @default 3_600_000 */
  readonly maxDelayMs?: number;
}

/** Thrown by a handler: the job cannot succeed. */
export class JobRefused extends Error {
  override readonly name = "JobRefused";
}

interface WorkerOptions {
  readonly database: Pick<Database, "sql">;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly onError: (error: unknown) => void;
  /** Told of each attempt's end. */
  readonly onAttempt?: ((kind: string, outcome: "done" | "postponed" | "failed") => void) | undefined;
  /** Between looks at the queue while nobody wakes it, ms. @default 5_000 */
  readonly pollMs?: number | undefined;
  /** How long an attempt may take, ms. @default 60_000 */
  readonly leaseMs?: number | undefined;
  /** Jobs under way at a time. @default 8 */
  readonly concurrency?: number | undefined;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

const DEFAULT_ATTEMPTS = 10;
const DEFAULT_FIRST_DELAY_MS = 1_000;
const DEFAULT_MAX_DELAY_MS = 3_600_000;
/** The signal comes this long before another process may take the job, ms. */
const LEASE_MARGIN_MS = 5_000;
const ERROR_LENGTH = 500;

/** See the module. */
export class JobWorker {
  readonly #options: WorkerOptions;
  readonly #underWay = new Map<string, { done: Promise<void>; abort: AbortController }>();
  readonly #poller: Poller;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { onError, pollMs, random } = options;
    this.#poller = new Poller({ look: () => this.#claim(), onError, pollMs, random });
  }

  start(): void {
    this.#poller.start();
  }

  /** A job was stored or became due: look now. Cheap, may be called often. */
  wake(): void {
    this.#poller.wake();
  }

  /** Takes no more jobs, asks those under way to end, and waits for them. */
  async close(): Promise<void> {
    this.#poller.close();
    const underWay = [...this.#underWay.values()];
    for (const { abort } of underWay) abort.abort(new Error("Cannot go on: the process ends"));
    await Promise.all(underWay.map(({ done }) => done));
  }

  /** @returns Whether there may be more. */
  async #claim(): Promise<boolean> {
    const { database, handlers, leaseMs = 60_000, concurrency = 8 } = this.#options;
    const room = concurrency - this.#underWay.size;
    if (room <= 0) return false;
    const jobs = await claimJobs(database.sql, { kinds: Object.keys(handlers), limit: room, leaseMs });
    for (const job of jobs) this.#begin(job, leaseMs);
    return jobs.length === room;
  }

  #begin(job: ClaimedJob, leaseMs: number): void {
    const abort = new AbortController();
    const timer = setTimeout(
      () => abort.abort(new Error(`Cannot finish ${job.kind}: not done in ${leaseMs} ms`)),
      Math.max(leaseMs - LEASE_MARGIN_MS, leaseMs / 2),
    );
    const done = this.#run(job, abort.signal)
      .catch(this.#options.onError)
      .finally(() => {
        clearTimeout(timer);
        this.#underWay.delete(job.id);
        this.wake();
      });
    this.#underWay.set(job.id, { done, abort });
  }

  async #run(job: ClaimedJob, signal: AbortSignal): Promise<void> {
    const { database, handlers, onAttempt } = this.#options;
    const handler = handlers[job.kind]!;
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    try {
      const running = handler.run(job.payload as never, { attempt: job.attempts, signal });
      await Promise.race([running, aborted.promise]);
      await deleteJob(database.sql, job);
      onAttempt?.(job.kind, "done");
    } catch (error) {
      const delayMs = this.#delayAfter(handler, job.attempts, error);
      const text = (error instanceof Error ? error.message : String(error)).slice(0, ERROR_LENGTH);
      await postponeJob(database.sql, job, { delayMs, error: text });
      onAttempt?.(job.kind, delayMs === null ? "failed" : "postponed");
    } finally {
      signal.removeEventListener("abort", onAbort);
      aborted.promise.catch(() => {});
    }
  }

  /** @returns Null when it is given up. */
  #delayAfter(handler: JobHandler, attempts: number, error: unknown): number | null {
    const { maxAttempts = DEFAULT_ATTEMPTS, firstDelayMs = DEFAULT_FIRST_DELAY_MS } = handler;
    const { maxDelayMs = DEFAULT_MAX_DELAY_MS } = handler;
    if (error instanceof JobRefused || attempts >= maxAttempts) return null;
    const { random = Math.random } = this.#options;
    return Math.min(firstDelayMs * 2 ** (attempts - 1), maxDelayMs) * (0.5 + random() / 2);
  }
}
