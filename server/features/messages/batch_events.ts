/**
 * The events of a batch, as both people's logs have them. It runs no SQL.
 * @module
 */
import type { AppendedEvent } from "../../db/event_log.ts";
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
  const data = {
    message_id: messageId,
    conversation_id: conversationId,
    seq,
    read_by: readerId,
    read_at: outcome.readAt,
  };
  return places.map((place) => ({ ...place, event: "message_read", data, conversationId, messageId }));
}
