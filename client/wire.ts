/**
 * What travels on the socket, as plain types, and which errors may pass. Generated from server/protocol/events.ts and
 * errors.ts by `bun run generate`.
 * @module
 */

/** Events that a client sends. */
export interface ClientEvents {
  /** The first frame, within 10 s. On a live socket: a fresh token of the same user. */
  authenticate: {
    token: string;
    /** The last seq this device has seen: what came after is replayed */
    since?: number;
  };
  /** Sends a message to a person. Acknowledged after it is stored. */
  send_message: {
    receiver_id: string;
    conversation_id?: string;
    content: string;
    message_type?: "text" | "image" | "emoji";
    /** Chosen by the client, once a message: a retry with it returns the original result, for ever */
    client_message_id?: string;
  };
  /** Marks a message and all earlier ones of its conversation as read. */
  mark_read: {
    message_id: string;
  };
  /** The user is typing; it ends 10 s after the last one, so clients renew it every 8 s. */
  typing_start: {
    conversation_id: string;
  };
  /** The user stopped typing. */
  typing_stop: {
    conversation_id: string;
  };
  /**
   * This device has everything up to that position of its log, so that nobody notifies it of that; at most
   * once a second. A client that never sends it counts as having received what was written to its socket
   * before its last pong.
   */
  received: {
    /** The last seq it has seen */
    seq: number;
  };
  /** Staff only: switches the stream of `admin_stats`, once a second, on or off for this socket. */
  admin_subscribe: {
    stats: boolean;
  };
}

/** Events with a position in the person's log: kept, and replayed in order. */
export interface DurableEvents {
  /**
   * A message was stored: to every device of both people, the one that sent it included. The first one of a
   * conversation has the other person as `user`, unless a match opened the conversation before.
   */
  new_message: {
    message_id: string;
    conversation_id: string;
    /** Position in the conversation */
    seq: number;
    sender_id: string;
    receiver_id: string;
    content: string;
    message_type: "text" | "image" | "emoji";
    /** Of an image that was uploaded here, with fresh links; null once it was removed */
    media?: {
      id: string;
      /** The picture, as WebP; a path is relative to this server. Signed ones are good for 60–120 s */
      url: string;
      /** The same with at most 512 pixels a side; signed */
      thumb_url: string;
      /** Of the picture, upright */
      width: number;
      height: number;
      /** ThumbHash, in base64: what to show until the picture is there */
      placeholder: string;
      /** Bytes of the picture */
      size: number;
    } | null;
    is_request: boolean;
    /** Only to the sender's own devices */
    client_message_id?: string;
    /** RFC 3339, UTC */
    created_at: string;
    /** The other person */
    user?: UserCard;
  };
  /** Messages up to this one were read: to the reader's other devices, and to the sender if premium. */
  message_read: {
    message_id: string;
    conversation_id: string;
    /** Everything up to this position is read */
    seq: number;
    read_by: string;
    /** RFC 3339, UTC */
    read_at: string;
  };
  /** Somebody sent a message request. */
  request_received: {
    request_id: string;
    message_id: string;
    sender_id: string;
    preview_text: string;
    /** RFC 3339, UTC */
    created_at: string;
    /** The other person */
    user: UserCard;
  };
  /** A message request was accepted, declined or cancelled, or (to the sender's devices) sent. */
  request_updated: {
    request_id: string;
    message_id: string;
    sender_id: string;
    receiver_id: string;
    status: "pending" | "accepted" | "declined" | "cancelled";
    conversation_id: string | null;
    match_id: string | null;
  };
  /** Two people matched. */
  match_created: {
    match_id: string;
    /** The other person */
    user_id: string;
    match_type: "mutual_like" | "message_accepted" | "message_replied";
    conversation_id: string;
    /** RFC 3339, UTC */
    matched_at: string;
    /** The other person */
    user: UserCard;
  };
  /** A match ended. */
  match_removed: {
    match_id: string;
    user_id: string;
    conversation_id: string | null;
  };
  /** A conversation was opened, archived or blocked. */
  conversation_updated: {
    conversation_id: string;
    user_id: string;
    status: "active" | "archived" | "blocked";
  };
  /**
   * A word from moderation: a warning, a sanction, its end, the end of one's block, or the outcome of one's
   * own report or appeal. It comes after the ten seconds in which the decision can be undone.
   */
  moderation_notice: {
    notice: "sanction" | "sanction_lifted" | "block_lifted" | "report_outcome" | "appeal_decided";
    kind: "warn" | "mute" | "suspend" | "ban" | null;
    text: string;
    /** RFC 3339, or null when it has no end */
    until: string | null;
    report_id: string | null;
  };
}

/** Events that are gone with the socket: answers, presence, typing, staff streams. */
export interface EphemeralEvents {
  /** Answer to `authenticate`. */
  authenticated: {
    user_id: string;
    /** Head of the user's log */
    seq: number;
    /** The server pings this often */
    heartbeat_ms: number;
    session_id: string;
  };
  /** The replay is complete; from here on frames are live. */
  caught_up: {
    seq: number;
  };
  /** `since` is older than the log: load the lists again, then go on from `seq`. */
  resync_required: {
    seq: number;
  };
  /** 60 s before the access token runs out: send `authenticate` with a fresh one. */
  token_expiring: {
    /** RFC 3339, UTC */
    expires_at: string;
  };
  /**
   * The frame with this id was carried out and committed. `data` is the REST answer's data. That of
   * `send_message` has a `seq` as durable events have: it stands for the message's `new_message`, which only
   * the sender's other sockets get. Without a `seq` (a retry), `new_message` has come or comes as well.
   */
  ack: { [key: string]: unknown };
  /**
   * The frame with this id failed. On Socket.IO also the last event before the server closes: `details` then
   * holds `close_code`, `reconnect` and what the close code's reason holds, and `code` is the close code's
   * name.
   */
  error: {
    code: string;
    message: string;
    details: unknown;
    retryable: boolean;
  };
  /**
   * The other person of a conversation started or stopped typing. It also ends 10 s after the last start,
   * when their socket closes, and when the conversation is no longer active.
   */
  user_typing: {
    conversation_id: string;
    user_id: string;
    is_typing: boolean;
  };
  /**
   * After `caught_up`: who is online of the people with whom there is an active conversation, of the 200 most
   * recently active ones. Everybody else of those is offline.
   */
  presence_snapshot: {
    online: Array<string>;
  };
  /** Somebody with whom there is an active conversation or match came online. */
  user_online: {
    user_id: string;
  };
  /** Somebody with whom there is an active conversation or match went offline. */
  user_offline: {
    user_id: string;
    /** RFC 3339, UTC */
    last_active: string;
  };
  /** Once a second to staff who asked for it: the numbers of GET /admin/stats. */
  admin_stats: { [key: string]: unknown };
  /** A report was filed. */
  report_created: {
    report_id: string;
    reported_id: string;
    reason: string;
  };
  /** A report was claimed, released, noted, resolved or undone. */
  report_updated: {
    report_id: string;
    status: string;
    claimed_by: string | null;
    actor_id: string | null;
  };
  /** Somebody blocked somebody. */
  block_created: {
    block_id: string;
    blocker_id: string;
    blocked_id: string;
  };
}

/** What REST answers with. */
export interface Models {
  /** A conversation as one of its two people sees it. */
  Conversation: {
    id: string;
    status: "active" | "archived" | "blocked";
    user: UserCard;
    last_message: {
      id: string;
      seq: number;
      content: string;
      message_type: "text" | "image" | "emoji";
      sender_id: string;
      /** RFC 3339, UTC */
      created_at: string;
      /** Of one's own message: only known to premium accounts, else false */
      is_read: boolean;
    } | null;
    /** Messages to oneself after `my_read_seq` */
    unread_count: number;
    /** Everything up to this position is read by oneself */
    my_read_seq: number;
    /** The same of the other person. Premium accounts only; of an ended conversation as it was then */
    peer_read_seq?: number;
    /** RFC 3339, UTC */
    last_activity: string;
  };
  /** A match as one of its two people sees it. */
  Match: {
    id: string;
    user: UserCard;
    match_type: "mutual_like" | "message_accepted" | "message_replied";
    /** RFC 3339, UTC */
    matched_at: string;
    conversation_id?: string;
  };
  /** A message as its two people see it. */
  Message: {
    id: string;
    conversation_id: string;
    /** Position in the conversation: 1, 2, 3 … the same for both */
    seq: number;
    sender_id: string;
    receiver_id: string;
    content: string;
    message_type: "text" | "image" | "emoji";
    /** Of an image that was uploaded here, with fresh links; null once it was removed */
    media?: {
      id: string;
      /** The picture, as WebP; a path is relative to this server. Signed ones are good for 60–120 s */
      url: string;
      /** The same with at most 512 pixels a side; signed */
      thumb_url: string;
      /** Of the picture, upright */
      width: number;
      height: number;
      /** ThumbHash, in base64: what to show until the picture is there */
      placeholder: string;
      /** Bytes of the picture */
      size: number;
    } | null;
    is_request: boolean;
    request_status?: "pending" | "accepted" | "declined" | "cancelled";
    /** On own messages: only known to premium senders, else false */
    is_read: boolean;
    /** RFC 3339, UTC */
    read_at?: string;
    /** Only on one's own messages */
    client_message_id?: string;
    /** RFC 3339, UTC */
    created_at: string;
  };
  /** A message request: with its sender where it was received, else with its receiver. */
  MessageRequest: {
    id: string;
    message_id: string;
    /** Of a received one */
    sender?: {
      id: string;
      name: string;
      profile_photos: Array<string>;
      /** Null unless the two share an active conversation or match; false when the person hides their activity */
      is_online: boolean | null;
      /** Null wherever `is_online` is, and when it is hidden */
      last_active: string | null;
      age: number;
    };
    /** Of a sent one */
    receiver?: {
      id: string;
      name: string;
      profile_photos: Array<string>;
      /** Null unless the two share an active conversation or match; false when the person hides their activity */
      is_online: boolean | null;
      /** Null wherever `is_online` is, and when it is hidden */
      last_active: string | null;
      age: number;
    };
    preview_text: string;
    status: "pending" | "accepted" | "declined" | "cancelled";
    /** RFC 3339, UTC */
    created_at: string;
  };
  /** How one person sees another in a list. */
  UserCard: {
    id: string;
    name: string;
    profile_photos: Array<string>;
    /** Null unless the two share an active conversation or match; false when the person hides their activity */
    is_online: boolean | null;
    /** Null wherever `is_online` is, and when it is hidden */
    last_active: string | null;
  };
}

/** Events that the server sends. */
export interface ServerEvents extends DurableEvents, EphemeralEvents {}

export type ClientEventName = keyof ClientEvents;
export type DurableEventName = keyof DurableEvents;
export type ServerEventName = keyof ServerEvents;
/** Payload of an event that a client sends. */
export type ClientEventData<E extends ClientEventName> = ClientEvents[E];
/** Payload of an event that the server sends. */
export type EventData<E extends ServerEventName> = ServerEvents[E];
export type MessageType = EventData<"new_message">["message_type"];

export type Conversation = Models["Conversation"];
export type Match = Models["Match"];
export type Message = Models["Message"];
export type UserCard = Models["UserCard"];
export type MessageRequest = Models["MessageRequest"];

/** Errors of the server after which the same request may succeed. */
export const RETRYABLE: ReadonlySet<string> = new Set([
  "RATE_LIMIT_EXCEEDED",
  "LIKE_LIMIT_EXCEEDED",
  "INTERNAL_SERVER_ERROR",
  "SERVICE_UNAVAILABLE",
]);
