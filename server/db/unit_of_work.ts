/**
 * The unit of work: one transaction, the durable events it causes, and what follows its commit. It owns the
 * retry of serialization failures and the moment of publishing; it knows no feature.
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import type { DurableEventName, EventData } from "../protocol/events.ts";
import type { OperatorEventData, OperatorEventType } from "../protocol/operator_events.ts";
import type { Database, Sql } from "./client.ts";
import { type AppendedEvent, appendEvents, type NewEvent } from "./event_log.ts";
import { appendOperatorEvents, type NewOperatorEvent } from "./operator_events.ts";
import { isRetryable, unavailable } from "./pg_errors.ts";

const MAX_ATTEMPTS = 4;

/** What a durable event is about, stored beside it. */
export interface EventRefs {
  readonly conversationId?: string | undefined;
  /** Required for `new_message`. */
  readonly messageId?: string | undefined;
}

/** What a unit of work has in its hands. */
export interface Work {
  /** The transaction's tag. */
  readonly sql: Sql;
  /** Puts a durable event on that user's log at the end of the transaction, and publishes it after the commit. */
  emit<E extends DurableEventName>(userId: string, event: E, data: EventData<E>, refs?: EventRefs): void;
  /** Tells the operator's own systems, by webhook and feed. Stored at the end of the transaction. */
  tellOperator<T extends OperatorEventType>(type: T, data: OperatorEventData<T>): void;
  /** Runs `fn` after the commit; its failure is logged, the caller does not see it and does not wait for it. */
  after(fn: () => void | Promise<void>): void;
}

/**
 * Runs `fn` in one transaction. It may run up to 4 times (serialization failure, deadlock), so that all its
 * effects must be in `sql`, `emit` and `after`.
 * @throws SERVICE_UNAVAILABLE when the database cannot finish it within the deadline.
 */
export type Write = <T>(fn: (work: Work) => Promise<T>) => Promise<T>;

type StoreDeliveries = (sql: Sql, eventIds: readonly string[]) => Promise<void>;

/** What {@link createWrite} needs. */
export interface WriteDeps {
  readonly database: Pick<Database, "begin" | "deadlineMs">;
  /** Wakes those who wait for the events; called after the commit, not waited for. */
  readonly publish: (events: AppendedEvent[]) => void | Promise<void>;
  /** Stores the deliveries of events for the operator, in the same transaction. Absent: nobody wants them delivered. */
  readonly storeDeliveries?: StoreDeliveries | undefined;
  /** Hears of failures after the commit. Default: the console. */
  readonly onError?: (error: unknown, what: "publish" | "after") => void;
}

/**
 * @example
 * ```ts
 * const write = createWrite({ database, publish: (events) => people.publish(events) });
 * await write(async ({ sql, emit }) => {
 *   await updateMatch(sql, id);
 *   emit(userId, "match_removed", { match_id: id, user_id: other, conversation_id: null });
 * });
 * ```
 */
export function createWrite({
  database,
  publish,
  storeDeliveries,
  onError = logToConsole,
}: WriteDeps): Write {
  return async function write(fn) {
    const { result, appended, followers } = await retried(
      (deadlineMs) => database.begin((sql) => collect(sql, fn, storeDeliveries), { deadlineMs }),
      database.deadlineMs,
    );
    if (appended.length > 0) follow(() => publish(appended), "publish");
    for (const follower of followers) follow(follower, "after");
    return result;
  };

  function follow(fn: () => void | Promise<void>, what: "publish" | "after"): void {
    try {
      fn()?.catch((error: unknown) => onError(error, what));
    } catch (error) {
      onError(error, what);
    }
  }
}

/** Runs `fn` inside the transaction and appends what it emitted, last. */
async function collect<T>(sql: Sql, fn: (work: Work) => Promise<T>, storeDeliveries?: StoreDeliveries) {
  const events: NewEvent[] = [];
  const told: NewOperatorEvent[] = [];
  const followers: (() => void | Promise<void>)[] = [];
  const result = await fn({
    sql,
    emit: (userId, event, data, refs) => void events.push({ userId, event, data, ...refs }),
    tellOperator: (type, data) => void told.push({ type, data }),
    after: (follower) => void followers.push(follower),
  });
  const appended = await appendEvents(sql, events);
  // After everything else that locks: whoever holds this lock waits for nothing any more.
  const eventIds = await appendOperatorEvents(sql, told);
  if (eventIds.length > 0) await storeDeliveries?.(sql, eventIds);
  return { result, appended, followers };
}

/** All attempts together stay within the one deadline (0: none). */
async function retried<T>(attempt: (deadlineMs: number) => Promise<T>, deadlineMs: number): Promise<T> {
  const start = performance.now();
  for (let attempts = 1; ; attempts++) {
    const left = Math.ceil(deadlineMs - (performance.now() - start));
    try {
      return await attempt(deadlineMs === 0 ? 0 : Math.max(left, 1));
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (attempts === MAX_ATTEMPTS || left <= 0) throw unavailable(error);
      await wait(Math.random() * 10 * 2 ** attempts);
    }
  }
}

function logToConsole(error: unknown, what: string): void {
  console.error(`Cannot ${what} after the commit:`, error);
}
