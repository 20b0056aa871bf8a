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

/** See the module. */
export class PendingSends {
  /** By the message's id; without an answer while the message is being stored. */
  readonly #byMessage = new Map<string, { readonly id: FrameId; answer?: SentMessage }>();

  /** The client's frame `id` asks to store a message. */
  begin(messageId: string, id: FrameId): void {
    this.#byMessage.set(messageId, { id });
  }

  /** Whether the send still waits for its confirmation. */
  has(messageId: string): boolean {
    return this.#byMessage.has(messageId);
  }

  /** @returns The frame that asked to store the message, which needs no further confirmation; undefined: none did. */
  take(messageId: string): FrameId | undefined {
    const pending = this.#byMessage.get(messageId);
    if (pending) this.#byMessage.delete(messageId);
    return pending?.id;
  }

  /** The message is stored; its event is still on its way to the socket. */
  stored(messageId: string, answer: SentMessage): void {
    const pending = this.#byMessage.get(messageId);
    if (pending) pending.answer = answer;
  }

  /** The socket is at the head of the log. @returns What was stored and has not been confirmed on the way. */
  overdue(): Confirmation[] {
    const found: Confirmation[] = [];
    for (const [messageId, { id, answer }] of this.#byMessage) {
      if (!answer) continue;
      this.#byMessage.delete(messageId);
      found.push({ id, answer });
    }
    return found;
  }
}
