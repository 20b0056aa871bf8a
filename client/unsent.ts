/**
 * Messages that were given to `send` and have no answer yet, kept in the app's storage by their `client_message_id`,
 * so that they go out after a restart of the app. It sends nothing.
 * @module
 */
import type { ClientStorage, MessageToSend } from "./types.ts";

/** Under this key the storage holds a JSON list of messages, oldest first. */
export const UNSENT_KEY = "vibesmatch.unsent";

/** A message that can be sent again without being stored twice. */
export type NamedMessage = MessageToSend & { readonly client_message_id: string };

/** See the module. */
export class Unsent {
  readonly #storage: ClientStorage | undefined;
  readonly #onError: (error: unknown) => void;
  #messages: readonly NamedMessage[] = [];
  /** Writes happen one after the other, the last one has the last word. */
  #writing: Promise<void> = Promise.resolve();
  #isStale = false;

  constructor(storage: ClientStorage | undefined, onError: (error: unknown) => void) {
    this.#storage = storage;
    this.#onError = onError;
  }

  /** @returns What an earlier run of the app left. Never rejects: a storage that cannot be read holds nothing. */
  async load(): Promise<readonly NamedMessage[]> {
    try {
      const text = await this.#storage?.get(UNSENT_KEY);
      const kept: unknown = text ? JSON.parse(text) : [];
      this.#messages = Array.isArray(kept) ? kept.filter(isNamed) : [];
    } catch (error) {
      this.#onError(error);
    }
    return this.#messages;
  }

  /** @returns When the message is kept. Never rejects. */
  add(message: NamedMessage): Promise<void> {
    const others = this.#messages.filter((kept) => !isSame(kept, message));
    this.#messages = [...others, message];
    return this.#write();
  }

  /** @returns When the message is gone. Never rejects. */
  remove(message: NamedMessage): Promise<void> {
    this.#messages = this.#messages.filter((kept) => !isSame(kept, message));
    return this.#write();
  }

  #write(): Promise<void> {
    const storage = this.#storage;
    if (!storage || this.#isStale) return this.#writing;
    this.#isStale = true;
    this.#writing = this.#writing.then(async () => {
      this.#isStale = false;
      try {
        await storage.set(UNSENT_KEY, JSON.stringify(this.#messages));
      } catch (error) {
        this.#onError(error);
      }
    });
    return this.#writing;
  }
}

/** The key is unique for each receiver. */
function isSame(a: NamedMessage, b: NamedMessage): boolean {
  return a.client_message_id === b.client_message_id && a.receiver_id === b.receiver_id;
}

function isNamed(value: unknown): value is NamedMessage {
  const { receiver_id, content, client_message_id } = (value ?? {}) as Partial<NamedMessage>;
  return [receiver_id, content, client_message_id].every((text) => typeof text === "string");
}
