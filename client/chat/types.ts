/**
 * The face of a chat: its options, its stores and what an app calls. Shapes only.
 * @module
 */
import type { Rest } from "../rest.ts";
import type { ClientOptions, ClientStorage, ConnectionChange, ListenableEvent } from "../types.ts";
import type { EventData } from "../wire.ts";
import type { NewProfile, SignedIn, Tokens, Verified } from "./session.ts";
import type {
  ChatMessage,
  ConversationItem,
  Match,
  Message,
  ReceivedRequest,
  SentRequest,
  Unanswered,
} from "./shapes.ts";
import type { Store } from "./stores.ts";

/** What a chat needs. */
export interface ChatOptions {
  /** The server, as `https://host`. */
  readonly url: string;
  /** Where session, lists and unsent messages are kept. @default memory, gone with the page */
  readonly storage?: ClientStorage;
  /** Tokens from elsewhere; absent: those of the storage, or nobody is signed in. */
  readonly session?: Tokens;
  /** Options of the socket's client, such as its patience. */
  readonly client?: Partial<Omit<ClientOptions, "url" | "token" | "since" | "savePosition" | "storage">>;
  /** `pictures` of the package's `./media`, for {@link Chat.sendImage}. @default none can be sent */
  readonly pictures?: (deps: PicturesDeps) => Pictures;
  /** @default globalThis.fetch */
  readonly fetch?: (input: string, init: RequestInit) => Promise<Response>;
  /** Told what could not be loaded or kept; it is tried again. @default console.error */
  readonly onError?: (error: unknown) => void;
}

/** A picture that is not uploaded yet. */
export type PendingPicture = Unanswered & Required<Pick<Unanswered, "upload">>;

/** What uploads are given by the chat. */
export interface PicturesDeps {
  readonly url: string;
  readonly rest: Rest;
  /** Sends the message of an uploaded picture. */
  readonly send: (message: Omit<Unanswered, "upload" | "error">) => void;
}

/** What a chat calls to send pictures. */
export interface Pictures {
  /** Oldest first. */
  readonly pending: Store<readonly PendingPicture[]>;
  sendImage(receiverId: string, file: Blob): string;
  /** Uploads one that failed again. */
  retry(clientMessageId: string): void;
  /** Forgets one, and ends its upload. */
  discard(clientMessageId: string): void;
  /** Forgets all of them. */
  clear(): void;
}

/** Where the chat stands: the client's states with the close code that led there, or nobody is signed in. */
export type ConnectionState = ConnectionChange | { readonly state: "signed_out"; readonly code?: undefined };

/** Why somebody is reported. */
export type ReportReason =
  | "fake_profile"
  | "inappropriate_behavior"
  | "spam"
  | "harassment"
  | "scam"
  | "underage"
  | "other";

/** See {@link createChat}. */
export interface Chat {
  /** Who is signed in; null: nobody. */
  readonly session: Store<SignedIn | null>;
  readonly connection: Store<ConnectionState>;
  /** Active conversations, the last active first. */
  readonly conversations: Store<readonly ConversationItem[]>;
  /** Open requests. */
  readonly requests: Store<{
    readonly received: readonly ReceivedRequest[];
    readonly sent: readonly SentRequest[];
  }>;
  readonly matches: Store<readonly Match[]>;
  /** Unread messages over all active conversations. */
  readonly unread: Store<number>;
  /** Whether people are online, by user id; nobody whose activity one may not see. */
  readonly presence: Store<Readonly<Record<string, boolean>>>;
  /** One's own messages without an answer, pending and failed ones, of all conversations and of none yet. */
  readonly unsent: Store<readonly Unanswered[]>;
  /** A conversation's history as far as it is loaded, one's own unsent messages last. */
  messages(conversationId: string): Store<readonly ChatMessage[]>;
  /** Whether the other person is typing. */
  typing(conversationId: string): Store<boolean>;
  /** Whether {@link Chat.loadOlder} would find something. */
  hasOlder(conversationId: string): boolean;

  /** Takes up the last session. Resolves when it is known who is signed in. */
  start(): Promise<void>;
  /** Mails a code. @throws RequestFailure */
  sendCode(email: string): Promise<void>;
  /** Signs in with the mailed code, or says that the person has to sign up. @throws RequestFailure */
  verify(email: string, code: string): Promise<Verified>;
  /** @throws RequestFailure */
  signUp(tempToken: string, profile: NewProfile): Promise<void>;
  /** Signs in with tokens from elsewhere. */
  use(tokens: Tokens): Promise<void>;
  /** Ends the session, and erases what is kept of it here. */
  signOut(): Promise<void>;

  /** Loads the newest messages, unless they are there. */
  open(conversationId: string): Promise<void>;
  /** Loads older messages; does nothing at the beginning of the history. @throws RequestFailure */
  loadOlder(conversationId: string): Promise<void>;
  /**
   * Shows a message at once and sends it until it is answered, also after a restart of the app.
   * @returns Its `client_message_id`.
   */
  send(message: {
    readonly receiver_id: string;
    readonly content: string;
    readonly message_type?: Message["message_type"];
    /** Of an uploaded picture: what to show of it at once. */
    readonly media?: Message["media"];
  }): string;
  /**
   * Shows a picture at once, uploads it with retries, and sends it as {@link Chat.send} does. While it is uploaded the
   * message has `upload`, with a preview and its progress.
   *
   * @param file JPEG, PNG or WebP of at most 10 MB. It is kept in memory: a restart of the app forgets it.
   * @returns Its `client_message_id`.
   * @throws Error When the chat was made without `pictures`.
   */
  sendImage(receiverId: string, file: Blob): string;
  /** Sends a failed message again. */
  retry(clientMessageId: string): void;
  /** Forgets a failed message, or a picture that is being uploaded. */
  discard(clientMessageId: string): void;
  /** Marks everything in the conversation as read, at once here and, until it has succeeded, at the server. */
  markRead(conversationId: string): Promise<void>;
  /** Call it with each key press. */
  setTyping(conversationId: string, isTyping: boolean): void;

  /** Asks somebody to talk. @throws RequestFailure */
  request(receiverId: string, content: string): Promise<void>;
  /** @throws RequestFailure */
  respond(requestId: string, action: "accept" | "decline"): Promise<void>;
  /** Takes one's own request back. @throws RequestFailure */
  cancelRequest(requestId: string): Promise<void>;
  /** @throws RequestFailure */
  block(userId: string, reason?: string): Promise<void>;
  /** @throws RequestFailure */
  report(
    userId: string,
    report: {
      readonly reason: ReportReason;
      readonly description?: string;
      readonly message_ids?: readonly string[];
    },
  ): Promise<void>;
  /**
   * @param reason For moderators, at most 100 characters; the other person never sees it.
   * @throws RequestFailure
   */
  unmatch(matchId: string, reason?: string): Promise<void>;

  /** Calls any other path of the API as whoever is signed in, such as `/api/v1/users/profile`. */
  readonly rest: Rest;
  /** Listens to any event beside the stores, such as `moderation_notice`. @returns What ends it. */
  on<E extends ListenableEvent>(event: E, listener: (data: EventData<E>) => unknown): () => void;
  /**
   * To be called when the app comes to the front or a network comes back. Also reconnects after a close that the client
   * does not reconnect from.
   */
  wake(): void;
  /** Disconnects. Resolves when everything is kept. */
  close(): Promise<void>;
}

export type { ClientStorage };
