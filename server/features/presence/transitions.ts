/**
 * Coming online and going offline: sets the flag in the database first, in batches, then announces it to those who may
 * see it. It retries what the database could not take, and knows nothing of nodes or sockets.
 * @module
 */
import type { Database } from "../../db/client.ts";
import type { EventData } from "../../protocol/events.ts";
import { type Movement, selectAudience, selectLastActive, updateOffline, updateOnline } from "./queries.ts";

/** Sends an event to every socket of one person; `from` is the person whom it is about. */
export type Announce = <E extends "user_online" | "user_offline">(
  peerId: string,
  event: E,
  news: { readonly data: EventData<E>; readonly from: string },
) => void;

interface TransitionDeps {
  readonly database: Pick<Database, "sql">;
  readonly announce: Announce;
  /** @returns Those of the people whom no node holds: some may have come back meanwhile. */
  readonly confirmOffline: (userIds: readonly string[]) => Promise<readonly string[]>;
  readonly onError: (error: unknown) => void;
}

const BATCH = 1_000;
const RETRY_MS = 1_000;

/** The queue of transitions of one node; the latest one of a person counts. */
export class Transitions {
  readonly #deps: TransitionDeps;
  #waiting = new Map<string, boolean>();
  /** People whose last try failed: it may have been committed, and then the next one finds nothing to change. */
  readonly #unsure = new Set<string>();
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(deps: TransitionDeps) {
    this.#deps = deps;
  }

  /** Notes that these people are online, or are not. */
  note(userIds: Iterable<string>, online: boolean): void {
    for (const userId of userIds) this.#waiting.set(userId, online);
    if (this.#waiting.size > 0) this.#running ??= this.#run();
  }

  /** A person shows their activity from now on, or hides it: announced to the others as coming or going. */
  async reveal(userId: string, isShown: boolean): Promise<void> {
    const { announce, database } = this.#deps;
    const lastActive = await selectLastActive(database.sql, userId);
    // Offline: there is nothing to be seen either way.
    if (lastActive === null) return;
    for (const { peerId } of await selectAudience(database.sql, [userId])) {
      if (isShown) announce(peerId, "user_online", { data: { user_id: userId }, from: userId });
      else {
        const data = { user_id: userId, last_active: lastActive };
        announce(peerId, "user_offline", { data, from: userId });
      }
    }
  }

  /** Resolves when nothing waits any more, or after the present try when the database is away. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whatever else happens in this turn goes into the same batch.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, BATCH);
      for (const [userId] of batch) this.#waiting.delete(userId);
      try {
        await this.#apply(batch);
        for (const [userId] of batch) this.#unsure.delete(userId);
      } catch (error) {
        this.#deps.onError(error);
        for (const [userId, online] of batch) {
          this.#unsure.add(userId);
          if (!this.#waiting.has(userId)) this.#waiting.set(userId, online);
        }
        if (this.#closed) break;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#running = null;
  }

  async #apply(batch: readonly [string, boolean][]): Promise<void> {
    const { announce, confirmOffline, database } = this.#deps;
    const { sql } = database;
    const came = batch.filter(([, online]) => online).map(([userId]) => userId);
    const left = batch.filter(([, online]) => !online).map(([userId]) => userId);
    if (came.length > 0) {
      const shown = await updateOnline(sql, this.#movement(came));
      for (const { userId, peerId } of await this.#audience(shown)) {
        announce(peerId, "user_online", { data: { user_id: userId }, from: userId });
      }
    }
    const gone = left.length > 0 ? await confirmOffline(left) : [];
    if (gone.length > 0) {
      const shown = await updateOffline(sql, this.#movement(gone));
      for (const { userId, peerId } of await this.#audience([...shown.keys()])) {
        const data = { user_id: userId, last_active: shown.get(userId)! };
        announce(peerId, "user_offline", { data, from: userId });
      }
    }
  }

  #movement(userIds: readonly string[]): Movement {
    return { userIds, again: userIds.filter((userId) => this.#unsure.has(userId)) };
  }

  async #audience(userIds: readonly string[]) {
    return userIds.length > 0 ? await selectAudience(this.#deps.database.sql, userIds) : [];
  }
}
