/**
 * The sends of one socket whose confirmation is due: each is confirmed at its event's place in the sender's log, in
 * place of that event. It writes no frame.
 * @module
 */
import type { SentMessage } from "../../features/messages/mod.ts";
import type { FrameId } from "./codec.ts";

/** A confirmation whose event has passed the socket, or never comes to it: it has no place in the log. */
export interface Confirmation {
  readonly id: FrameId;
  readonly answer: SentMessage;
}

/** Frames that asked to store one message: the first one and its retries, each once. */
interface Pending {
  readonly ids: FrameId[];
  /** Absent while the message is being stored. */
  answer?: SentMessage;
}

const NONE: readonly FrameId[] = [];

/** See the module. */
export class PendingSends {
  /** By the message's id. */
  readonly #byMessage = new Map<string, Pending>();

  /** The client's frame `id` asks to store a message. */
  begin(messageId: string, id: FrameId): void {
    this.#byMessage.set(messageId, { ids: [id] });
  }

  /** Whether the send still waits for its confirmation. */
  has(messageId: string): boolean {
    return this.#byMessage.has(messageId);
  }

  /** @returns The frames that asked to store the message and wait for their confirmation: they no longer do. */
  take(messageId: string): readonly FrameId[] {
    const pending = this.#byMessage.get(messageId);
    if (!pending) return NONE;
    this.#byMessage.delete(messageId);
    return pending.ids;
  }

  /** The message is stored; its event is still on its way to the socket. */
  stored(messageId: string, answer: SentMessage): void {
    const pending = this.#byMessage.get(messageId);
    if (pending) pending.answer = answer;
  }

  /**
   * A send turned out to be a retry of `originalId`. While that one's event is on its way, it is confirmed there as
   * well: confirmed at once, the client would take the message for told and the event for one still to come, which
   * never comes to this socket.
   *
   * @returns Whether it waits now.
   */
  join(originalId: string, messageId: string): boolean {
    const original = this.#byMessage.get(originalId);
    if (!original) return false;
    for (const id of this.take(messageId)) if (!original.ids.includes(id)) original.ids.push(id);
    return true;
  }

  /** The socket is at the head of the log. @returns What was stored and has not been confirmed on the way. */
  overdue(): Confirmation[] {
    const found: Confirmation[] = [];
    for (const [messageId, { ids, answer }] of this.#byMessage) {
      if (!answer) continue;
      this.#byMessage.delete(messageId);
      for (const id of ids) found.push({ id, answer });
    }
    return found;
  }
}
