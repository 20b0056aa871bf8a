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
  /** By conversation: few at a time, and its id is at hand, where a key of all three parts would be made and hashed. */
  readonly #underWay = new Map<string, Attempt[]>();

  /**
   * Stores a message, unless the attempt that is under way under its key is the same.
   *
   * @param store Called at most once.
   * @throws CONFLICT when the key has stored another message; whatever `store` throws.
   */
  run(message: NewMessage, store: () => Promise<Placed>): Promise<Placed> {
    const { conversationId, clientMessageId } = message;
    if (clientMessageId === null) return store();
    const others = this.#underWay.get(conversationId);
    const before = others?.find((other) => hasSameKey(other.message, message));
    if (before) return this.#afterwards(before, { message, store });
    const attempt = { message, result: store() };
    if (others) others.push(attempt);
    else this.#underWay.set(conversationId, [attempt]);
    const end = () => this.#end(attempt);
    attempt.result.then(end, end);
    return attempt.result;
  }

  /** Shares the answer of the attempt that is under way, or tries once that one has ended. */
  async #afterwards(
    before: Attempt,
    { message, store }: { message: NewMessage; store: () => Promise<Placed> },
  ): Promise<Placed> {
    if (isRetry(before.message, message)) return await before.result;
    // If it has stored the message, storing again finds it; if not, one of the callers that waited stores theirs.
    const stored = await succeeds(before.result);
    if (stored && !hasSameBody(before.message, message)) throw refusalOf({ kind: "conflict" });
    this.#end(before);
    return await this.run(message, store);
  }

  #end(attempt: Attempt): void {
    const { conversationId } = attempt.message;
    const left = this.#underWay.get(conversationId)?.filter((other) => other !== attempt) ?? [];
    if (left.length > 0) this.#underWay.set(conversationId, left);
    else this.#underWay.delete(conversationId);
  }
}

/** Whether two messages of one conversation were sent by one person under one key. */
function hasSameKey(a: NewMessage, b: NewMessage): boolean {
  return a.clientMessageId === b.clientMessageId && a.senderId === b.senderId;
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
