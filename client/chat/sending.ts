/**
 * What the person did and the server has not answered: messages and read marks. They stand in the state until the
 * answer is there, so that they go out after a restart of the app.
 * @module
 */
import { cleanText } from "../../server/protocol/text.ts";
import type { RequestFailure } from "../failure.ts";
import { newMessageId } from "../message_id.ts";
import type { Client, SendAck } from "../types.ts";
import { readByMe, storeMessage, withStale } from "./reduce.ts";
import type { ChatState, Message, ReadMark, Unanswered } from "./shapes.ts";

interface SendingOptions {
  readonly client: () => Client | undefined;
  readonly me: () => string;
  readonly state: () => ChatState;
  readonly update: (change: (state: ChatState) => ChatState) => void;
  /** As update, after the events that came before; loads what is stale then. */
  readonly settle: (change: (state: ChatState) => ChatState) => void;
  readonly open: (id: string) => Promise<void>;
}

/** A message that may have a name and a time already: that of a picture, which was uploaded first. */
type NewMessage = Omit<Unanswered, "error" | "upload" | "client_message_id" | "created_at"> &
  Partial<Pick<Unanswered, "client_message_id" | "created_at">>;

/** No deadline: an answer is waited for until the client is closed. */
const PATIENT = { timeoutMs: Number.POSITIVE_INFINITY };

/** See the module. */
export class Sending {
  readonly #options: SendingOptions;
  /** Conversations whose mark is under way, one at a time. */
  readonly #marking = new Set<string>();

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  /** A client is there: everything without an answer goes out. */
  resume(): void {
    this.#marking.clear();
    const { unanswered, marks } = this.#options.state();
    for (const own of unanswered) if (!own.error) this.#transmit(own);
    for (const id of Object.keys(marks)) this.#transmitMark(id);
  }

  /** @throws Error While nobody is there to send. */
  requireSender(): void {
    if (this.#options.me() === "")
      throw new Error("Cannot send: nobody is signed in, or start() has not finished");
  }

  /** @returns The message's `client_message_id`. */
  send(message: NewMessage): string {
    this.requireSender();
    const own: Unanswered = {
      client_message_id: newMessageId(),
      created_at: new Date().toISOString(),
      ...message,
      // As the server stores it.
      content: cleanText(message.content),
    };
    this.#options.update((state) => ({ ...state, unanswered: [...state.unanswered, own] }));
    this.#transmit(own);
    return own.client_message_id;
  }

  retry(clientMessageId: string): void {
    const own = this.#failed(clientMessageId);
    if (!own) return;
    const { error: _, ...again } = own;
    this.#options.update((state) => replaced(state, own, again));
    this.#transmit(again);
  }

  discard(clientMessageId: string): void {
    const own = this.#failed(clientMessageId);
    if (own) this.#options.update((state) => replaced(state, own));
  }

  async markRead(id: string): Promise<void> {
    const { state, update, open } = this.#options;
    if (state().talks[id]?.item.unread_count && !newestReceived(state(), id)) await open(id);
    const newest = newestReceived(state(), id);
    const readTo = Math.max(state().talks[id]?.item.my_read_seq ?? 0, state().marks[id]?.seq ?? 0);
    if (!newest || newest.seq <= readTo) return;
    update((current) => ({ ...current, marks: { ...current.marks, [id]: newest } }));
    this.#transmitMark(id);
  }

  #failed(clientMessageId: string): Unanswered | undefined {
    const { unanswered } = this.#options.state();
    return unanswered.find((own) => own.client_message_id === clientMessageId && own.error);
  }

  #transmit(own: Unanswered): void {
    const { client, settle, me } = this.#options;
    const { created_at: _, error: __, media: ___, ...message } = own;
    client()
      ?.send(message, PATIENT)
      .then(
        (ack) => settle((state) => storeMessage(state, storedOf(own, ack, me()), me())),
        (error: RequestFailure) => {
          if (!isLeftToNext(error)) settle((state) => replaced(state, own, { ...own, error: error.code }));
        },
      );
  }

  #transmitMark(id: string): void {
    const { client: current, state, settle } = this.#options;
    const mark = state().marks[id];
    const client = current();
    if (!mark || !client || this.#marking.has(id)) return;
    this.#marking.add(id);
    /** What was read meanwhile comes next. */
    const next = () => {
      if (client !== current()) return;
      this.#marking.delete(id);
      this.#transmitMark(id);
    };
    client.markRead(mark.message_id, PATIENT).then(
      () => {
        settle((state) => withoutMark(readByMe(state, id, mark.seq), id, mark));
        next();
      },
      (error: RequestFailure) => {
        if (isLeftToNext(error)) return;
        settle((state) => withStale(withoutMark(state, id, mark), `conversation ${id}`));
        next();
      },
    );
  }
}

/** The client was closed; the next one sends it again. */
function isLeftToNext({ code }: RequestFailure): boolean {
  return code === "CLOSED" || code === "ABORTED";
}

function newestReceived({ talks }: ChatState, id: string): ReadMark | undefined {
  const talk = talks[id];
  if (!talk) return undefined;
  const { user, last_message } = talk.item;
  const messages = last_message ? [...talk.messages, last_message] : talk.messages;
  const received = messages.filter(({ sender_id }) => sender_id === user.id);
  const newest = received[received.length - 1];
  return newest && { message_id: newest.id, seq: newest.seq };
}

function storedOf(own: Unanswered, ack: SendAck, me: string): Message {
  const { receiver_id, content, message_type = "text", media, client_message_id } = own;
  const { message_id: id, conversation_id, seq, created_at } = ack;
  return {
    id,
    conversation_id,
    seq,
    sender_id: me,
    receiver_id,
    content,
    message_type,
    ...(media && { media }),
    is_request: false,
    is_read: false,
    client_message_id,
    created_at,
  };
}

function replaced(state: ChatState, own: Unanswered, by?: Unanswered): ChatState {
  const unanswered = state.unanswered.flatMap((one) =>
    one.client_message_id === own.client_message_id ? (by ? [by] : []) : [one],
  );
  return { ...state, unanswered };
}

function withoutMark(state: ChatState, id: string, { seq }: ReadMark): ChatState {
  const { [id]: mark, ...marks } = state.marks;
  return mark && mark.seq <= seq ? { ...state, marks } : state;
}
