/**
 * The writer: every message of this process that goes into an open conversation and every mark of one that was read,
 * many in one statement of each kind. It owns what becomes of each; what one statement cannot decide it hands to the
 * slow path.
 *
 * A message has its id before the first attempt, so that every message can be tried again after a lost
 * connection, with or without a key of the client's: what is stored is found by id and not stored twice.
 * @module
 */

import type { SpanContext } from "@opentelemetry/api";
import type { Database } from "../../db/client.ts";
import { type AppendedEvent, byPlace } from "../../db/event_log.ts";
import { unavailable } from "../../db/pg_errors.ts";
import { Batcher } from "../../lib/batcher.ts";
import type { Tracing } from "../../tracing.ts";
import { Attempts } from "./attempts.ts";
import { eventsOf, readEventsOf } from "./batch_events.ts";
import { insertBatch, type NewMessage, type Outcome, type Placed } from "./batch_sql.ts";
import { storeMissing } from "./lost_answer.ts";
import { insertMarks, type NewMark } from "./marks_sql.ts";
import { refusalOf } from "./refusals.ts";
import { untilStored } from "./until_stored.ts";

/** What the writer needs. */
export interface WriterDeps {
  /** Connections of its own, with BATCH_SETTINGS. */
  readonly database: Pick<Database, "sql">;
  /** Wakes those who wait for the events; called after the commit, not waited for. */
  readonly publish: (events: AppendedEvent[]) => void | Promise<void>;
  /** Stores a message that one statement cannot decide about, alone. */
  readonly sendSlowly: (message: NewMessage) => Promise<Placed>;
  /** Called for failures after the commit, and for each batch that is tried again. */
  readonly onError: (error: unknown, what: "publish" | "retry") => void;
  /** Called when a statement that stores messages has ended, its retries included. */
  readonly onBatch?: ((batch: { size: number; durationMs: number }) => void) | undefined;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Messages in one statement. Default 256: beyond it a message costs the server hardly less (see test/bench). */
  readonly maxBatch?: number;
  /** Statements under way. Default 2. */
  readonly maxInFlight?: number;
  /** Messages without an answer; more are refused. Default 4,096. */
  readonly maxWaiting?: number;
  /** A message has its answer within this time, ms; default 2,800: a stuck database is a 503 within 3 s. */
  readonly deadlineMs?: number | undefined;
}

/** Beside another statement: one of 3 messages costs PostgreSQL about 0.9 ms of processor time, one of 128 about 13. */
const WORTHWHILE = 32;
/** Four times what a statement takes, ms: beyond that the other one waits for a lock or a slow disk. */
const PATIENCE_MS = 5;

/** What one batch carries out: sends and marks wait for the same two places, so that neither takes the other's. */
type Job = { readonly message: NewMessage } | { readonly mark: NewMark };
type Result = Placed | string | null;
/** What a batch says of one job. */
type Outcomes = readonly (Result | Error | Promise<Result>)[];

/** See the module. */
export class MessageWriter {
  readonly #deps: WriterDeps;
  readonly #deadlineMs: number;
  readonly #batcher: Batcher<Job, Result>;
  readonly #attempts = new Attempts();
  /** The spans in which jobs were added. */
  readonly #causes = new WeakMap<Job, SpanContext>();

  constructor(deps: WriterDeps) {
    const { maxBatch = 256, maxInFlight = 2, maxWaiting = 4_096, deadlineMs = 2_800 } = deps;
    this.#deps = deps;
    this.#deadlineMs = deadlineMs;
    this.#batcher = new Batcher({
      run: (jobs) => this.#carryOut(jobs),
      keyOf,
      maxBatch,
      maxInFlight,
      worthwhile: WORTHWHILE,
      patienceMs: PATIENCE_MS,
      maxWaiting,
      deadlineMs,
      refuse: (why) => unavailable(new Error(`Cannot send the message: the writer refused it as ${why}`)),
    });
  }

  /**
   * Stores a message; resolves after the commit.
   *
   * @returns Its place; of a retry, that of the original.
   * @throws CONFLICT, CONVERSATION_NOT_FOUND, USER_BLOCKED, UNAUTHORIZED_ACTION, FORBIDDEN, USER_NOT_FOUND
   * @throws SERVICE_UNAVAILABLE when it is not known to be stored in time; a retry with its key is safe.
   */
  send(message: NewMessage): Promise<Placed> {
    return this.#attempts.run(message, () => this.#add<Placed>({ message }));
  }

  /**
   * Marks a message and all before it as read; resolves after the commit.
   *
   * @returns When it was read, as the wire writes it; null when that is for the slow path to say: it is refused, or a
   *   request's message without a place, or the conversation changed meanwhile.
   * @throws SERVICE_UNAVAILABLE when it is not known to be stored in time; marking again is safe.
   */
  markRead(mark: NewMark): Promise<string | null> {
    return this.#add<string | null>({ mark });
  }

  /** Messages without an answer, statements under way. */
  stats(): { readonly waiting: number; readonly inFlight: number } {
    return this.#batcher.stats;
  }

  /** Takes nothing more; resolves when every message has its answer. */
  close(): Promise<void> {
    return this.#batcher.close();
  }

  #add<T extends Result>(job: Job): Promise<T> {
    const cause = this.#deps.tracing?.current();
    if (cause) this.#causes.set(job, cause);
    return this.#batcher.add(job) as Promise<T>;
  }

  async #carryOut(jobs: readonly Job[]): Promise<Outcomes> {
    const sends = jobs.filter((job) => "message" in job);
    const marks = jobs.filter((job) => "mark" in job);
    const [sent, marked] = await Promise.all([
      sends.length > 0 ? this.#storeMessages(sends) : [],
      marks.length > 0 ? this.#storeMarks(marks) : [],
    ]);
    const [nextSent, nextMarked] = [sent.values(), marked.values()];
    return jobs.map((job) => ("message" in job ? nextSent : nextMarked).next().value as Outcomes[number]);
  }

  async #storeMessages(jobs: readonly { message: NewMessage }[]): Promise<Outcomes> {
    const start = performance.now();
    const messages = jobs.map(({ message }) => message);
    const alone = storedAlone(messages);
    const together = alone.size > 0 ? messages.filter((message) => !alone.has(message)) : messages;
    const stored = await this.#traced("store batch", jobs, async () =>
      together.length === 0
        ? []
        : await untilStored(together, {
            run: (items) => insertBatch(this.#deps.database.sql, items),
            rerun: (items) => storeMissing(this.#deps.database.sql, items),
            until: start + this.#deadlineMs,
            onRetry: (error) => this.#deps.onError(error, "retry"),
          }),
    );
    const next = stored.values();
    const outcomes = messages.map((message) => (alone.has(message) ? SLOW : next.next().value!));
    this.#deps.onBatch?.({ size: messages.length, durationMs: performance.now() - start });
    this.#tell(messages.flatMap((message, index) => eventsOf(message, outcomes[index]!)));
    // Slow messages of a pair are stored one after the other. The batcher starts no further message of the pair until
    // they have their answers, so that nothing overtakes them.
    const lastOfPair = new Map<string, Promise<unknown>>();
    return outcomes.map((outcome, index) => {
      const message = messages[index]!;
      if (outcome instanceof Error) return outcome;
      if (outcome.kind === "sent" || outcome.kind === "duplicate") return outcome;
      if (outcome.kind !== "slow") return refusalOf(outcome);
      const pair = message.conversationId;
      const before = lastOfPair.get(pair) ?? Promise.resolve();
      const result = before.then(() => this.#deps.sendSlowly(message));
      lastOfPair.set(
        pair,
        result.catch(() => {}),
      );
      return result;
    });
  }

  /** A mark whose answer was lost is simply made again. */
  async #storeMarks(jobs: readonly { mark: NewMark }[]): Promise<Outcomes> {
    const marks = jobs.map(({ mark }) => mark);
    const run = (items: readonly NewMark[]) => insertMarks(this.#deps.database.sql, items);
    const until = performance.now() + this.#deadlineMs;
    const outcomes = await this.#traced("store marks", jobs, () =>
      untilStored(marks, { run, rerun: run, until, onRetry: (error) => this.#deps.onError(error, "retry") }),
    );
    this.#tell(marks.flatMap((mark, index) => readEventsOf(mark, outcomes[index]!)));
    return outcomes.map((outcome) =>
      outcome instanceof Error ? outcome : outcome.kind === "read" ? outcome.readAt : null,
    );
  }

  /** Traces a batch: a root span, linked to the spans in which its jobs were added. */
  async #traced<T extends { readonly kind: string }>(
    name: string,
    jobs: readonly Job[],
    work: () => Promise<(T | Error)[]>,
  ): Promise<(T | Error)[]> {
    const { tracing } = this.#deps;
    if (!tracing) return await work();
    const links = jobs.flatMap((job) => this.#causes.get(job) ?? []);
    const attributes = { "vibes.batch.size": jobs.length };
    return await tracing.span(name, { root: true, links, attributes }, async (span) => {
      const outcomes = await work();
      const kinds = outcomes.map((outcome) => (outcome instanceof Error ? "failed" : outcome.kind));
      for (const kind of new Set(kinds)) {
        span.setAttribute(`vibes.outcome.${kind}`, kinds.filter((other) => other === kind).length);
      }
      return outcomes;
    });
  }

  #tell(events: AppendedEvent[]): void {
    if (events.length === 0) return;
    events.sort(byPlace);
    try {
      this.#deps.publish(events)?.catch((error: unknown) => this.#deps.onError(error, "publish"));
    } catch (error) {
      this.#deps.onError(error, "publish");
    }
  }
}

const SLOW: Outcome = { kind: "slow" };

/** @returns Messages with pictures, and what their pairs say after them: nothing may overtake them. */
function storedAlone(messages: readonly NewMessage[]): ReadonlySet<NewMessage> {
  const alone = new Set<NewMessage>();
  const pairs = new Set<string>();
  for (const message of messages) {
    if (message.mediaId !== undefined) pairs.add(message.conversationId);
    if (pairs.has(message.conversationId)) alone.add(message);
  }
  return alone;
}

/** What goes one after the other: a pair's messages, a reader's marks. */
function keyOf(job: Job): string {
  return "mark" in job ? job.mark.readerId : job.message.conversationId;
}
