/**
 * Sends messages: names each one, keeps it in the app's storage until it is answered, and says what became of it.
 * Retries and order are the outbox's.
 * @module
 */
import type { RequestFailure } from "./failure.ts";
import type { Listeners } from "./listeners.ts";
import { newMessageId } from "./message_id.ts";
import type { OnAnswer } from "./pending_request.ts";
import type { ClientStorage, MessageToSend, RequestOptions, SendAck, SendChange } from "./types.ts";
import { type NamedMessage, Unsent } from "./unsent.ts";

interface SenderOptions {
  readonly storage: ClientStorage | undefined;
  readonly listeners: Listeners;
  readonly onError: (error: unknown) => void;
  readonly requestTimeoutMs: number;
  readonly request: (
    message: NamedMessage,
    options: RequestOptions & { readonly onAnswer: OnAnswer },
  ) => Promise<unknown>;
}

/** Name among the listeners; no event of the catalogue has a blank. */
export const SENDING = "send change";
/** Failures after which a message in the app's storage is tried again by the next client. */
const KEPT_AFTER = new Set(["CLOSED", "TIMEOUT"]);

/** See the module. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #unsent: Unsent;
  /** When what an earlier run left has been given to the outbox: nothing new may overtake it. */
  readonly #restored: Promise<void> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#unsent = new Unsent(options.storage, options.onError);
    if (options.storage) this.#restored = this.#restore();
  }

  /** @throws RequestFailure */
  send(message: MessageToSend, options: RequestOptions = {}): Promise<SendAck> {
    const { client_message_id = newMessageId(), ...rest } = message;
    const named = { ...rest, client_message_id };
    return this.#restored
      ? this.#restored.then(() => this.#send(named, options))
      : this.#send(named, options);
  }

  /** What fails is told to the listeners. */
  async #restore(): Promise<void> {
    for (const message of await this.#unsent.load()) this.#send(message).catch(() => {});
  }

  async #send(message: NamedMessage, options: RequestOptions = {}): Promise<SendAck> {
    const { storage, requestTimeoutMs, request } = this.#options;
    const { timeoutMs = storage ? Number.POSITIVE_INFINITY : requestTimeoutMs, signal } = options;
    const answer = request(message, {
      timeoutMs,
      signal,
      onAnswer: (ack, seq) => {
        void this.#unsent.remove(message);
        return this.#tell({ message, state: "sent", ack: ack as SendAck, seq });
      },
    });
    void this.#unsent.add(message);
    void this.#tell({ message, state: "pending" });
    try {
      return (await answer) as SendAck;
    } catch (error) {
      const failure = error as RequestFailure;
      if (storage && KEPT_AFTER.has(failure.code)) throw failure;
      void this.#unsent.remove(message);
      void this.#tell({ message, state: "failed", error: failure });
      throw failure;
    }
  }

  #tell(change: SendChange): Promise<void> | undefined {
    return this.#options.listeners.call(SENDING, change);
  }
}
