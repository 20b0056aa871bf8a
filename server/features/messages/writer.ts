/**
 * The writer: every message of this process that goes into an open conversation, many in one statement. It owns
 * the retries and what becomes of each message; what one statement cannot decide it hands to the slow path.
 *
 * A message has its id before the first attempt, so that every message can be tried again after a lost
 * connection, with or without a key of the client's: what is stored is found by id and not stored twice.
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import type { SpanContext } from "@opentelemetry/api";
import type { Database } from "../../db/client.ts";
import type { AppendedEvent } from "../../db/event_log.ts";
import { isRetryable, unavailable, violates } from "../../db/pg_errors.ts";
import { Batcher } from "../../lib/batcher.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Tracing } from "../../tracing.ts";
import { newMessageData } from "../conversations/mod.ts";
import { insertBatch, type NewMessage, type Outcome, type Placed, selectStored } from "./batch_sql.ts";
import { refusalOf } from "./refusals.ts";

/** What the writer stands on. */
export interface WriterDeps {
  /** Connections of its own, with BATCH_SETTINGS. */
  readonly database: Pick<Database, "sql">;
  /** Wakes those who wait for the events; called after the commit, not waited for. */
  readonly publish: (events: AppendedEvent[]) => void | Promise<void>;
  /** Stores a message that one statement cannot decide about, alone. */
  readonly sendSlowly: (message: NewMessage) => Promise<Placed>;
  /** Hears of failures after the commit, and of what is tried again. */
  readonly onError: (error: unknown, what: "publish" | "retry") => void;
  /** Hears of each statement once it has ended, its retries included. */
  readonly onBatch?: ((batch: { size: number; durationMs: number }) => void) | undefined;
  /** Absent: nobody traces. */
  readonly tracing?: Tracing | undefined;
  /** Messages in one statement. Default 256: beyond it a message costs the server hardly less (see test/bench). */
  readonly maxBatch?: number;
  /** Statements under way. Default 2. */
  readonly maxInFlight?: number;
  /** Messages without an answer; more are refused. Default 4,096. */
  readonly maxWaiting?: number;
  /** A message has its answer within this time, ms; default 2,800: a stuck database is a 503 within 3 s. */
  readonly deadlineMs?: number;
}

/** See the module. */
export interface MessageWriter {
  /**
   * Stores a message; resolves after the commit.
   *
   * @returns Its place; of a retry, that of the original.
   * @throws CONFLICT, CONVERSATION_NOT_FOUND, USER_BLOCKED, UNAUTHORIZED_ACTION, FORBIDDEN, USER_NOT_FOUND
   * @throws SERVICE_UNAVAILABLE when it is not known to be stored in time; a retry with its key is safe.
   */
  send(message: NewMessage): Promise<Placed>;
  /** Messages without an answer, statements under way. */
  stats(): { readonly waiting: number; readonly inFlight: number };
  /** Takes nothing more; resolves when every message has its answer. */
  close(): Promise<void>;
}

/** Beside another statement: one of 3 messages costs PostgreSQL about 0.9 ms of processor time, one of 128 about 13. */
const WORTHWHILE = 32;
/** Four times what a statement takes, ms: beyond that the other one waits for a lock or a slow disk. */
const PATIENCE_MS = 5;

type Result = Placed | Error;

export function createMessageWriter(deps: WriterDeps): MessageWriter {
  const { database, publish, sendSlowly, onError, tracing, deadlineMs = 2_800 } = deps;
  const causes = new WeakMap<NewMessage, SpanContext>();
  const batcher = new Batcher<NewMessage, Result>({
    run: carryOut,
    keyOf: ({ senderId, receiverId }) =>
      senderId < receiverId ? senderId + receiverId : receiverId + senderId,
    maxBatch: deps.maxBatch ?? 256,
    maxInFlight: deps.maxInFlight ?? 2,
    worthwhile: WORTHWHILE,
    patienceMs: PATIENCE_MS,
    maxWaiting: deps.maxWaiting ?? 4_096,
    deadlineMs,
    refuse: (why) => unavailable(new Error(`Cannot send the message: the writer refused it as ${why}`)),
  });
  /** The attempt under each key that is under way: a batch holds no key twice, and a retry shares its answer. */
  const attempts = new Map<string, { message: NewMessage; result: Promise<Placed> }>();

  async function carryOut(messages: readonly NewMessage[]): Promise<(Result | Promise<Result>)[]> {
    const start = performance.now();
    const outcomes = await traced(messages, () => store(messages, start + deadlineMs));
    deps.onBatch?.({ size: messages.length, durationMs: performance.now() - start });
    tell(messages, outcomes);
    // What is slow goes one after the other within a pair; its key stays busy, so that nothing overtakes it.
    const lastOfPair = new Map<string, Promise<Result>>();
    return outcomes.map((outcome, index) => {
      const message = messages[index]!;
      if (outcome instanceof Error) return outcome;
      if (outcome.kind === "sent" || outcome.kind === "duplicate") return outcome;
      if (outcome.kind !== "slow") return refusalOf(outcome);
      const pair = [message.senderId, message.receiverId].sort().join();
      const before = lastOfPair.get(pair) ?? Promise.resolve();
      const result = before.then(() => sendSlowly(message)).catch((error: unknown) => error as Error);
      lastOfPair.set(pair, result);
      return result;
    });
  }

  /** A batch has many causes: its span is linked to each of them, and below none. */
  async function traced(
    messages: readonly NewMessage[],
    ...[work]: [() => Promise<(Outcome | Error)[]>]
  ): Promise<(Outcome | Error)[]> {
    if (!tracing) return await work();
    const links = messages.flatMap((message) => causes.get(message) ?? []);
    const attributes = { "vibes.batch.size": messages.length };
    return await tracing.span("store batch", { root: true, links, attributes }, async (span) => {
      const outcomes = await work();
      const kinds = outcomes.map((outcome) => (outcome instanceof Error ? "failed" : outcome.kind));
      for (const kind of new Set(kinds)) {
        span.setAttribute(`vibes.outcome.${kind}`, kinds.filter((other) => other === kind).length);
      }
      return outcomes;
    });
  }

  /** Runs the statement until every message has its outcome, or the time is over. */
  async function store(messages: readonly NewMessage[], ...[until]: [number]): Promise<(Outcome | Error)[]> {
    let unknown = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return unknown ? await storeMissing(messages) : await insertBatch(database.sql, messages);
      } catch (error) {
        const verdict = judge(error);
        if (verdict === "poisoned") {
          if (messages.length === 1) return [error as Error];
          return await storeHalves(messages, until);
        }
        if (performance.now() >= until) return messages.map(() => givenUp(error));
        if (verdict === "lost") unknown = true;
        onError(error, "retry");
        await wait(Math.min(500, Math.random() * 10 * 2 ** attempt));
      }
    }
  }

  /** After a lost answer: what was stored stays, the rest is stored now. */
  async function storeMissing(messages: readonly NewMessage[]): Promise<(Outcome | Error)[]> {
    const stored = await selectStored(database.sql, messages);
    const missing = messages.filter(({ id }) => !stored.has(id));
    const rest = missing.length > 0 ? await insertBatch(database.sql, missing) : [];
    const byId = new Map<string, Outcome | Error>(stored);
    for (const [index, { id }] of missing.entries()) byId.set(id, rest[index]!);
    return messages.map(({ id }) => byId.get(id)!);
  }

  /** One message that the database refuses must not take the others with it; halving finds it. */
  async function storeHalves(
    messages: readonly NewMessage[],
    ...[until]: [number]
  ): Promise<(Outcome | Error)[]> {
    const middle = messages.length >> 1;
    const first = await store(messages.slice(0, middle), until);
    return [...first, ...(await store(messages.slice(middle), until))];
  }

  function tell(messages: readonly NewMessage[], outcomes: readonly (Outcome | Error)[]): void {
    const events = messages.flatMap((message, index) => eventsOf(message, outcomes[index]!));
    if (events.length === 0) return;
    events.sort((a, b) => (a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : a.seq - b.seq));
    try {
      publish(events)?.catch((error: unknown) => onError(error, "publish"));
    } catch (error) {
      onError(error, "publish");
    }
  }

  async function add(message: NewMessage): Promise<Placed> {
    const cause = tracing?.current();
    if (cause) causes.set(message, cause);
    const result = await batcher.add(message);
    if (result instanceof Error) throw result;
    return result;
  }

  return {
    async send(message) {
      const { senderId, receiverId, clientMessageId } = message;
      if (clientMessageId === null) return await add(message);
      const key = `${senderId} ${receiverId} ${clientMessageId}`;
      for (let before = attempts.get(key); before; before = attempts.get(key)) {
        if (isRetry(before.message, message)) return await before.result;
        // What it stored is found again; what it did not store may be stored now, by one of those who wait.
        const stored = await succeeds(before.result);
        if (stored && !hasSameBody(before.message, message)) throw refusalOf({ kind: "conflict" });
        if (attempts.get(key) === before) attempts.delete(key);
      }
      const attempt = { message, result: add(message) };
      attempts.set(key, attempt);
      try {
        return await attempt.result;
      } finally {
        if (attempts.get(key) === attempt) attempts.delete(key);
      }
    },
    stats: () => batcher.stats,
    close: () => batcher.close(),
  };
}

/**
 * - `rolled_back`: for certain not stored, and may succeed now. A violated key means that a retry's original was
 *   committed by another process meanwhile: the next statement sees it.
 * - `lost`: the answer is lost; stored or not. A violated primary key is the same: an attempt that was given up
 *   has committed after all.
 * - `poisoned`: the database refuses a message of it.
 */
function judge(error: unknown): "rolled_back" | "lost" | "poisoned" {
  if (violates(error, "messages_pkey")) return "lost";
  if (isRetryable(error) || violates(error, "messages_idempotency_key")) return "rolled_back";
  return error instanceof AppError && error.code === "SERVICE_UNAVAILABLE" ? "lost" : "poisoned";
}

function givenUp(error: unknown): Error {
  return error instanceof AppError && error.code === "SERVICE_UNAVAILABLE" ? error : unavailable(error);
}

/** Whether a second attempt under one key is the first one again: the ids are ours, not the client's. */
function isRetry(a: NewMessage, b: NewMessage): boolean {
  return hasSameBody(a, b) && a.conversationId === b.conversationId;
}

/** Naming the conversation as well does not make it another message. */
function hasSameBody(a: NewMessage, b: NewMessage): boolean {
  return a.receiverId === b.receiverId && a.content === b.content && a.messageType === b.messageType;
}

async function succeeds(result: Promise<unknown>): Promise<boolean> {
  return await result.then(
    () => true,
    () => false,
  );
}

function eventsOf(message: NewMessage, outcome: Outcome | Error): AppendedEvent[] {
  if (outcome instanceof Error || outcome.kind !== "sent") return [];
  const { conversationId, seq, createdAt, logSeqs } = outcome;
  const stored = { ...message, conversationId, seq, createdAt, isRequest: false };
  const eventOf = (userId: string, logSeq: number | null): AppendedEvent[] => {
    if (logSeq === null) return [];
    const data = newMessageData(stored, userId);
    return [{ userId, seq: logSeq, event: "new_message", data, conversationId, messageId: message.id }];
  };
  return [...eventOf(message.senderId, logSeqs.sender), ...eventOf(message.receiverId, logSeqs.receiver)];
}
