/**
 * What of a chat survives a restart: one text for each account, in the app's storage. Position and state are kept
 * together, so that the events after that position are exactly what the state lacks.
 * @module
 */
import type { ClientStorage } from "../types.ts";
import { type ChatState, EMPTY, type Talk } from "./shapes.ts";

/** What is kept. */
export interface Saved {
  /** Of the person's log; undefined before the first connection. */
  readonly position: number | undefined;
  readonly state: ChatState;
}

const FORMAT = 1;
/** Conversations whose messages are kept, the most recent ones. */
const TALKS_WITH_MESSAGES = 30;
const MESSAGES_KEPT = 50;

/** A storage that is gone with the page. */
export function memoryStorage(): ClientStorage {
  const texts = new Map<string, string>();
  return { get: (key) => texts.get(key), set: (key, value) => void texts.set(key, value) };
}

/**
 * A storage in the browser's IndexedDB.
 *
 * @param name Of the database. @default "vibesmatch"
 */
export function indexedDbStorage(name = "vibesmatch"): ClientStorage {
  let opened: Promise<IDBDatabase> | undefined;
  const open = () =>
    (opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => void request.result.createObjectStore("texts");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }));
  const run = async <T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>) => {
    const transaction = (await open()).transaction("texts", mode);
    return new Promise<T>((resolve, reject) => {
      const request = use(transaction.objectStore("texts"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    get: (key) => run<string | undefined>("readonly", (store) => store.get(key)),
    set: (key, value) => run("readwrite", (store) => store.put(value, key)),
  };
}

/** Reads and writes what is kept, one write after the other; while one is under way, only the newest waits. */
export class Keeper {
  readonly #storage: ClientStorage;
  readonly #onError: (error: unknown) => void;
  #writing: Promise<void> = Promise.resolve();
  /** What is written next, by key. */
  readonly #waiting = new Map<string, string>();
  /** What could not be read may hold unsent messages: it is not overwritten until it could be read. */
  readonly #unread = new Set<string>();

  constructor(storage: ClientStorage, onError: (error: unknown) => void) {
    this.#storage = storage;
    this.#onError = onError;
  }

  /** @returns What was kept for this account. Never rejects: what cannot be read is loaded from the server again. */
  async load(userId: string): Promise<Saved> {
    const key = keyOf(userId);
    this.#unread.add(key);
    try {
      const text = await this.#storage.get(key);
      this.#unread.delete(key);
      const kept = text ? (JSON.parse(text) as Saved & { format: number }) : undefined;
      if (kept?.format === FORMAT) return { position: kept.position, state: kept.state };
    } catch (error) {
      this.#onError(error);
    }
    return { position: undefined, state: EMPTY };
  }

  /** @returns When it is written. Never rejects. */
  save(userId: string, { position, state }: Saved): Promise<void> {
    if (this.#unread.has(keyOf(userId))) return this.#writing;
    const kept = { format: FORMAT, position, state: { ...state, talks: trimmed(state.talks) } };
    return this.#write(keyOf(userId), JSON.stringify(kept));
  }

  /** Of somebody who has signed out nothing stays on the device. */
  erase(userId: string): Promise<void> {
    return this.#write(keyOf(userId), "");
  }

  #write(key: string, text: string): Promise<void> {
    this.#waiting.set(key, text);
    this.#writing = this.#writing.then(async () => {
      const newest = this.#waiting.get(key);
      this.#waiting.delete(key);
      try {
        if (newest !== undefined) await this.#storage.set(key, newest);
      } catch (error) {
        this.#onError(error);
      }
    });
    return this.#writing;
  }
}

function keyOf(userId: string): string {
  return `vibesmatch.chat.${userId}`;
}

/** The newest messages of the most recent conversations; the rest is loaded again when somebody scrolls there. */
function trimmed(talks: Readonly<Record<string, Talk>>): Record<string, Talk> {
  const recent = Object.entries(talks).sort(([, a], [, b]) =>
    b.item.last_activity.localeCompare(a.item.last_activity),
  );
  return Object.fromEntries(
    recent.map(([id, talk], i) => {
      if (i >= TALKS_WITH_MESSAGES) return [id, { ...talk, messages: [], older: undefined }];
      if (talk.messages.length <= MESSAGES_KEPT) return [id, talk];
      const messages = talk.messages.slice(-MESSAGES_KEPT);
      // A message's id is a cursor, too.
      return [id, { ...talk, messages, older: messages[0]!.id }];
    }),
  );
}
