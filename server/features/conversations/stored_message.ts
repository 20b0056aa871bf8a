/**
 * A message with its place in a conversation, as queries return it, and the one event that tells of it. It runs
 * no SQL.
 * @module
 */

import type { EventData } from "../../protocol/events.ts";
import type { Media, MessageType, RequestStatus, UserCard } from "../../protocol/models.ts";

/** A message that has its place in a conversation. */
export interface StoredMessage {
  readonly id: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly senderId: string;
  readonly receiverId: string;
  readonly content: string;
  readonly messageType: MessageType;
  readonly isRequest: boolean;
  readonly requestStatus: RequestStatus | null;
  readonly clientMessageId: string | null;
  readonly createdAt: Date;
}

/** What of a stored message goes into its event. */
interface Told extends Omit<StoredMessage, "requestStatus"> {
  /** Of an image that was uploaded here; null once it was removed. */
  readonly media?: Media | null | undefined;
}

type Content = Pick<StoredMessage, "content" | "messageType">;

/** @returns The contents that are addresses of uploads, for looking the pictures up. */
export function picturesIn(messages: readonly Content[]): string[] {
  return messages.filter(({ messageType }) => messageType === "image").map(({ content }) => content);
}

/** @returns The part of a message that shows its picture; nothing where it has none of ours. */
export function mediaOf(
  { content, messageType }: Content,
  pictures: ReadonlyMap<string, Media | null>,
): { media?: Media | null } {
  const media = messageType === "image" ? pictures.get(content) : undefined;
  return media === undefined ? {} : { media };
}

/**
 * The data of a message's `new_message` event.
 *
 * @param userId Whose log or socket it is for: the client's own id of the message is only told to its sender.
 * @param user The other person, with the message that opens a conversation.
 */
export function newMessageData(message: Told, userId: string, user?: UserCard): EventData<"new_message"> {
  const { clientMessageId } = message;
  return {
    message_id: message.id,
    conversation_id: message.conversationId,
    seq: message.seq,
    sender_id: message.senderId,
    receiver_id: message.receiverId,
    content: message.content,
    message_type: message.messageType,
    ...(message.media !== undefined && { media: message.media }),
    is_request: message.isRequest,
    ...(clientMessageId !== null && userId === message.senderId && { client_message_id: clientMessageId }),
    created_at: message.createdAt.toISOString(),
    ...(user && { user }),
  };
}
