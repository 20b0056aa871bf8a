/**
 * Sending and reading messages: checks the content and hands it to the writer, or to the slow path. It knows no HTTP
 * and no sockets; both call it.
 * @module
 */

import type { Database } from "../../db/client.ts";
import type { AppendedEvent } from "../../db/event_log.ts";
import { conversationIdOf } from "../../db/pair.ts";
import { violates } from "../../db/pg_errors.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { mediaIdOf } from "../../domain/media_url.ts";
import { requireContent } from "../../domain/text.ts";
import { toOneself } from "../../domain/viewer.ts";
import { newId } from "../../lib/ids.ts";
import type { EventData } from "../../protocol/events.ts";
import type { MessageType } from "../../protocol/models.ts";
import type { MediaService } from "../media/mod.ts";
import type { NewMessage, Placed } from "./batch_sql.ts";
import { markRead, type ReadOrder } from "./reading.ts";
import type { ReadAnswer, SentMessage } from "./schema.ts";
import { sendSlowly } from "./slow_path.ts";
import { MessageWriter, type WriterDeps } from "./writer.ts";

/** What somebody wants to send. */
export interface SendInput {
  readonly receiverId: string;
  /** Must be the conversation with the receiver when given. */
  readonly conversationId?: string | undefined;
  readonly content: string;
  /** text, emoji or image. @default "text" */
  readonly messageType?: string | undefined;
  /** A retry with the same one returns the original result, for ever. */
  readonly clientMessageId?: string | undefined;
  /** UUIDv7, for a caller that wants to know the message's event by it. @default a new one */
  readonly messageId?: string | undefined;
}

/** See {@link createMessageService}. */
export interface MessageService {
  /**
   * Sends a message; resolves after its commit.
   *
   * @param senderId The signed-in person, whose sanctions are judged by the database.
   * @returns What REST answers and a socket acknowledges.
   * @throws VALIDATION_ERROR, CONTENT_TOO_LONG, INVALID_MESSAGE_TYPE, USER_NOT_FOUND, CONVERSATION_NOT_FOUND,
   *   MEDIA_NOT_FOUND, USER_BLOCKED, UNAUTHORIZED_ACTION, FORBIDDEN (muted, suspended), CONFLICT, SERVICE_UNAVAILABLE
   * @example
   * ```ts
   * const sent = await messages.send(viewer.userId, { receiverId, content: "Hello!" });
   * ```
   */
  send(senderId: string, input: SendInput): Promise<SentMessage>;
  /** Marks a message and all before it as read. @throws MESSAGE_NOT_FOUND, UNAUTHORIZED_ACTION, USER_BLOCKED */
  markRead(readerId: string, messageId: string): Promise<ReadAnswer>;
  /** The same by conversation. @throws CONVERSATION_NOT_FOUND too */
  markConversationRead(
    readerId: string,
    target: { conversationId: string; messageId: string },
  ): Promise<ReadAnswer>;
  /** Sends without an answer, statements under way. */
  stats(): { readonly waiting: number; readonly inFlight: number };
  /** Takes no more sends; resolves when every one has its answer. */
  close(): Promise<void>;
}

/** What the service needs. */
export interface MessageDeps {
  readonly write: Write;
  /** The writer's own connections, with BATCH_SETTINGS. */
  readonly writerDatabase: Pick<Database, "sql">;
  readonly publish: (events: AppendedEvent[]) => void | Promise<void>;
  /** These people's logs may have events that nobody was told of. */
  readonly wake: (userIds: readonly string[]) => void;
  readonly onError: WriterDeps["onError"];
  readonly onBatch?: WriterDeps["onBatch"];
  readonly tracing?: WriterDeps["tracing"];
  /** Lower-case host names that images may be on. */
  readonly mediaHosts: readonly string[];
  /** Claims the uploads that messages send. */
  readonly media: Pick<MediaService, "claim">;
  /** A send or a mark has its answer within this time, ms. Default: the writer's. */
  readonly deadlineMs?: number | undefined;
}

export function createMessageService(deps: MessageDeps): MessageService {
  const { write, writerDatabase, publish, wake, onError, onBatch, tracing, mediaHosts, media, deadlineMs } =
    deps;
  const writer = new MessageWriter({
    database: writerDatabase,
    deadlineMs,
    publish,
    onError,
    onBatch,
    tracing,
    sendSlowly: (message) => slowly({ write, media }, message),
  });
  async function read(order: ReadOrder): Promise<ReadAnswer> {
    const { readerId, messageId, conversationId = null } = order;
    const readAt =
      (await writer.markRead({ readerId, messageId, conversationId })) ??
      (await markRead(write, order)).toISOString();
    return { message: "Message marked as read", read_at: readAt };
  }
  return {
    async send(senderId, input) {
      const { receiverId, clientMessageId = null, messageType: type = "text" } = input;
      if (receiverId === senderId) throw toOneself("body.receiver_id");
      const content = requireContent(input.content, { type, mediaHosts });
      const message: NewMessage = {
        id: input.messageId ?? newId(),
        senderId,
        receiverId,
        conversationId: conversationIdOf(senderId, receiverId),
        namedConversationId: input.conversationId ?? null,
        content,
        messageType: type as MessageType,
        clientMessageId,
        mediaId: type === "image" ? mediaIdOf(content) : undefined,
      };
      const placed = await writer.send(message);
      // A retry: whoever stored the original may have died, or given up, before it told anybody.
      if (placed.id !== message.id) wake([senderId, receiverId]);
      return toAnswer(placed);
    },
    markRead: (readerId, messageId) => read({ readerId, messageId }),
    markConversationRead: (readerId, target) => read({ readerId, ...target }),
    stats: () => writer.stats(),
    close: () => writer.close(),
  };
}

/** A retry whose original another process commits meanwhile finds it the second time. */
async function slowly(
  { write, media }: Pick<MessageDeps, "write" | "media">,
  message: NewMessage,
): Promise<Placed> {
  try {
    return await write((work) => sendSlowly(work, message, media));
  } catch (error) {
    if (!violates(error, "messages_idempotency_key")) throw error;
    return await write((work) => sendSlowly(work, message, media));
  }
}

function toAnswer({ id, conversationId, seq, createdAt }: Placed): SentMessage {
  return answerOf({
    message_id: id,
    conversation_id: conversationId,
    seq,
    created_at: createdAt.toISOString(),
  });
}

type Told = Pick<EventData<"new_message">, "message_id" | "conversation_id" | "seq" | "created_at">;

/** @returns What confirms a message that was stored, by what its event says. */
export function answerOf({ message_id, conversation_id, seq, created_at }: Told): SentMessage {
  return { message_id, conversation_id, seq, message: "Message sent successfully", created_at };
}
