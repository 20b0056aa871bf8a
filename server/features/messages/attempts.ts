/**
 * Attempts under clients' keys: a retry that comes while the first attempt is under way shares its answer, so that no
 * batch holds a key twice.
 * @module
 */
import type { NewMessage, Placed } from "./batch_sql.ts";
import { refusalOf } from "./refusals.ts";

interface Attempt {
  readonly message: NewMessage;
  readonly result: Promise<Placed>;
}

export class Attempts {
  readonly #underWay = new Map<string, Attempt>();

  /**
   * Stores a message, unless the attempt that is under way under its key is the same.
   *
   * @param store Called at most once.
   * @throws CONFLICT when the key has stored another message; whatever `store` throws.
   */
  run(message: NewMessage, store: () => Promise<Placed>): Promise<Placed> {
    const { senderId, conversationId, clientMessageId } = message;
    if (clientMessageId === null) return store();
    const key = `${conversationId} ${senderId} ${clientMessageId}`;
    const before = this.#underWay.get(key);
    if (before) return this.#afterwards(key, { before, message, store });
    const attempt = { message, result: store() };
    this.#underWay.set(key, attempt);
    const end = () => this.#end(key, attempt);
    attempt.result.then(end, end);
    return attempt.result;
  }

  /** Shares the answer of the attempt that is under way, or tries once that one has ended. */
  async #afterwards(
    key: string,
    { before, message, store }: { before: Attempt; message: NewMessage; store: () => Promise<Placed> },
  ): Promise<Placed> {
    if (isRetry(before.message, message)) return await before.result;
    // If it has stored the message, storing again finds it; if not, one of the callers that waited stores theirs.
    const stored = await succeeds(before.result);
    if (stored && !hasSameBody(before.message, message)) throw refusalOf({ kind: "conflict" });
    this.#end(key, before);
    return await this.run(message, store);
  }

  #end(key: string, attempt: Attempt): void {
    if (this.#underWay.get(key) === attempt) this.#underWay.delete(key);
  }
}

/** Whether a second attempt under one key is the first one again: the ids are ours, not the client's. */
function isRetry(a: NewMessage, b: NewMessage): boolean {
  return hasSameBody(a, b) && a.namedConversationId === b.namedConversationId;
}

/** Naming the conversation as well does not make it another message. */
function hasSameBody(a: NewMessage, b: NewMessage): boolean {
  return a.content === b.content && a.messageType === b.messageType;
}

async function succeeds(result: Promise<unknown>): Promise<boolean> {
  return await result.then(
    () => true,
    () => false,
  );
}
