/**
 * The events of messages and marks, as both people's logs have them. It runs no SQL.
 * @module
 */
import type { AppendedEvent } from "../../db/event_log.ts";
import type { EventData } from "../../protocol/events.ts";
import { newMessageData } from "../conversations/mod.ts";
import type { NewMessage, Outcome } from "./batch_sql.ts";
import type { MarkOutcome, NewMark } from "./marks_sql.ts";

/** @returns The events of a message that was stored just now. */
export function eventsOf(message: NewMessage, outcome: Outcome | Error): AppendedEvent[] {
  if (outcome instanceof Error || outcome.kind !== "sent") return [];
  const { conversationId, seq, createdAt, logSeqs } = outcome;
  const stored = { ...message, conversationId, seq, createdAt, isRequest: false };
  const eventOf = (userId: string, logSeq: number | null): AppendedEvent[] => {
    if (logSeq === null) return [];
    const data = newMessageData(stored, userId);
    return [{ userId, seq: logSeq, event: "new_message", data, conversationId, messageId: message.id }];
  };
  return [...eventOf(message.senderId, logSeqs.sender), ...eventOf(message.receiverId, logSeqs.receiver)];
}

/** @returns The events of a mark that both are told of. */
export function readEventsOf(mark: NewMark, outcome: MarkOutcome | Error): AppendedEvent[] {
  if (outcome instanceof Error || outcome.kind !== "read" || !outcome.told) return [];
  const { readerId, messageId } = mark;
  const { conversationId, seq, places } = outcome.told;
  const data = messageReadData({ messageId, conversationId, seq, readerId, readAt: outcome.readAt });
  return places.map((place) => ({ ...place, event: "message_read", data, conversationId, messageId }));
}

interface Read {
  readonly messageId: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly readerId: string;
  /** As the wire writes it. */
  readonly readAt: string;
}

/** The data of a `message_read` event, which logs do not store: it follows from the message and its mark. */
export function messageReadData(read: Read): EventData<"message_read"> {
  const { messageId, conversationId, seq, readerId, readAt } = read;
  return { message_id: messageId, conversation_id: conversationId, seq, read_by: readerId, read_at: readAt };
}
