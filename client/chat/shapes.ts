/**
 * What the chat store keeps and shows. Shapes only.
 * @module
 */
import type { Conversation as ConversationItem, Match, Message, MessageRequest } from "../wire.ts";

/** A request that somebody else sent. */
export type ReceivedRequest = MessageRequest & Required<Pick<MessageRequest, "sender">>;
/** A request of one's own. */
export type SentRequest = MessageRequest & Required<Pick<MessageRequest, "receiver">>;

/** A message of the history, or one of one's own that is not stored yet. */
export interface ChatMessage {
  /** The server's id once it is stored, before that the `client_message_id`. */
  readonly id: string;
  readonly sender_id: string;
  readonly content: string;
  readonly message_type: Message["message_type"];
  /** Of a picture that was uploaded to the server, with links that end soon; null once it was removed. */
  readonly media?: Message["media"];
  /** Of one's own picture while it is uploaded; its `content` is empty until then. */
  readonly upload?: PictureUpload;
  /** RFC 3339, UTC; of a message that is not stored: when it was written. */
  readonly created_at: string;
  /** Position in the conversation; absent while it is not stored. */
  readonly seq?: number;
  /** Whether its receiver has read it; of one's own messages known to premium accounts only. */
  readonly is_read: boolean;
  readonly state: "pending" | "sent" | "failed";
  /** Why it failed: a code of the error table. */
  readonly error?: string;
  readonly client_message_id?: string;
}

/** How far the upload of a picture is. */
export interface PictureUpload {
  /** An address of the file on this device, to show it meanwhile; null where the platform has none. */
  readonly preview: string | null;
  /** From 0 to 1. */
  readonly progress: number;
  /** Why the file cannot be used: `details.reason` of UNUSABLE_PICTURE. */
  readonly reason?: string;
}

/** One's own message without an answer. */
export interface Unanswered {
  readonly receiver_id: string;
  readonly content: string;
  readonly message_type?: Message["message_type"];
  readonly media?: Message["media"];
  readonly upload?: PictureUpload;
  readonly client_message_id: string;
  readonly created_at: string;
  /** A code; absent while it is pending. */
  readonly error?: string;
}

/** Everything up to a message is read, and the server does not know it yet. */
export interface ReadMark {
  readonly message_id: string;
  readonly seq: number;
}

/** A conversation with the newest part of its history. */
export interface Talk {
  /** As the server has it; read marks under way are not in it. */
  readonly item: ConversationItem;
  /** Position of the newest message that is known to exist. */
  readonly lastSeq: number;
  /** The newest messages without a hole, oldest first; empty until the conversation was opened. */
  readonly messages: readonly Message[];
  /** Leads to older messages: null at the beginning of the conversation, undefined while nothing is loaded. */
  readonly older: string | null | undefined;
}

/** One page of a history without a hole, oldest first. */
export interface MessagePage {
  readonly messages: readonly Message[];
  /** Leads to the page before; null at the beginning of the conversation. */
  readonly cursor: string | null;
}

/** What has to be loaded, because an event did not say enough. */
export type Stale =
  | "conversations"
  | "requests"
  | "matches"
  | `conversation ${string}`
  | `messages ${string}`;

/** Everything that survives a restart of the app. */
export interface ChatState {
  readonly talks: Readonly<Record<string, Talk>>;
  readonly received: readonly ReceivedRequest[];
  readonly sent: readonly SentRequest[];
  readonly matches: readonly Match[];
  readonly unanswered: readonly Unanswered[];
  /** By conversation. */
  readonly marks: Readonly<Record<string, ReadMark>>;
  readonly stale: readonly Stale[];
}

export const EMPTY: ChatState = {
  talks: {},
  received: [],
  sent: [],
  matches: [],
  unanswered: [],
  marks: {},
  stale: ["conversations", "requests", "matches"],
};

export type { ConversationItem, Match, Message };
