/**
 * How each durable event changes what the store knows. Pure. Applying an event that a loaded list already contains
 * changes nothing, so that lists and events may overlap.
 * @module
 */
import type { EventData } from "../wire.ts";
import {
  type ChatState,
  type ConversationItem,
  EMPTY,
  type Message,
  type MessagePage,
  type Stale,
  type Talk,
  type Unanswered,
} from "./shapes.ts";

/** The durable events that change what the store knows. */
export const CHAT_EVENTS = [
  "new_message",
  "message_read",
  "request_received",
  "request_updated",
  "match_created",
  "match_removed",
  "conversation_updated",
] as const;

type ChatEventName = (typeof CHAT_EVENTS)[number];
/** One of them as it is told. */
export type ChatEvent = {
  [E in ChatEventName]: { readonly event: E; readonly data: EventData<E> };
}[ChatEventName];

/** @returns The state after the event; the same object when nothing changes. */
export function reduce(state: ChatState, { event, data }: ChatEvent, me: string): ChatState {
  switch (event) {
    case "new_message":
      return newMessage(state, data, me);
    case "message_read":
      return messageRead(state, data, me);
    case "request_received":
    case "request_updated":
      return requestChanged(state, event, data);
    case "match_created":
      return withStale(state, "matches");
    case "match_removed":
      return { ...state, matches: state.matches.filter(({ id }) => id !== data.match_id) };
    case "conversation_updated":
      return conversationUpdated(state, data);
  }
}

function newMessage(state: ChatState, data: EventData<"new_message">, me: string): ChatState {
  const { message_id, client_message_id, user: _, ...rest } = data;
  const message: Message = {
    id: message_id,
    ...rest,
    is_read: false,
    ...(client_message_id === undefined ? {} : { client_message_id }),
  };
  return storeMessage(state, message, me);
}

/**
 * Puts a stored message where it belongs, whether an event or an acknowledgement told of it. One that leaves a gap
 * behind it (an acknowledgement may overtake events) makes the server count anew.
 */
export function storeMessage(state: ChatState, message: Message, me: string): ChatState {
  const next = withoutAnswered(state, [message]);
  const id = message.conversation_id;
  const talk = next.talks[id];
  if (!talk) return withStale(next, `conversation ${id}`);
  if (message.seq <= talk.lastSeq) return next;
  const { item, lastSeq, older, messages } = talk;
  const isNext = message.seq === lastSeq + 1;
  const isJoined = older !== undefined && message.seq === (last(messages)?.seq ?? 0) + 1;
  const changed: Talk = {
    ...talk,
    lastSeq: message.seq,
    messages: isJoined ? [...messages, message] : messages,
    item: {
      ...item,
      last_message: lastMessageOf(message),
      last_activity: message.created_at,
      unread_count: item.unread_count + (message.sender_id !== me && message.seq > item.my_read_seq ? 1 : 0),
    },
  };
  const put = withTalk(next, id, changed);
  const counted = isNext ? put : withStale(put, `conversation ${id}`);
  return isJoined || older === undefined ? counted : withStale(counted, `messages ${id}`);
}

/** Only one's own messages carry their `client_message_id`. */
function withoutAnswered(state: ChatState, messages: readonly Message[]): ChatState {
  const isAnswered = (own: Unanswered) =>
    messages.some(
      ({ client_message_id, receiver_id }) =>
        client_message_id === own.client_message_id && receiver_id === own.receiver_id,
    );
  const unanswered = state.unanswered.filter((own) => !isAnswered(own));
  return unanswered.length === state.unanswered.length ? state : { ...state, unanswered };
}

function lastMessageOf(message: Message): NonNullable<ConversationItem["last_message"]> {
  const { id, seq, content, message_type, sender_id, created_at, is_read } = message;
  return { id, seq, content, message_type, sender_id, created_at, is_read };
}

/** Which messages are read follows from the two positions: see views.ts. */
function messageRead(state: ChatState, data: EventData<"message_read">, me: string): ChatState {
  const { conversation_id: id, seq, read_by } = data;
  const talk = state.talks[id];
  if (!talk) return state;
  if (read_by === me) return readByMe(state, id, seq);
  const { item } = talk;
  const changed = { ...talk, item: { ...item, peer_read_seq: Math.max(item.peer_read_seq ?? 0, seq) } };
  return withTalk(state, id, changed);
}

/** Counts what is left unread, or has the server count it when too little of the history is here. */
export function readByMe(state: ChatState, id: string, seq: number): ChatState {
  const talk = state.talks[id];
  if (!talk || seq <= talk.item.my_read_seq) return state;
  const { item, lastSeq, messages } = talk;
  const first = messages[0]?.seq ?? Number.POSITIVE_INFINITY;
  const isKnown = seq >= lastSeq || (first <= seq + 1 && last(messages)?.seq === lastSeq);
  const changed = { ...talk, item: { ...item, my_read_seq: seq, unread_count: unreadAfter(talk, seq) } };
  const next = withTalk(state, id, changed);
  return isKnown ? next : withStale(next, `conversation ${id}`);
}

/** @returns Unread messages once everything up to that position is read, as far as the history is here. */
export function unreadAfter({ item, lastSeq, messages }: Talk, seq: number): number {
  if (seq >= lastSeq) return 0;
  const unread = messages.filter(({ sender_id, seq: at }) => sender_id === item.user.id && at > seq).length;
  return Math.min(unread, item.unread_count);
}

function requestChanged(
  state: ChatState,
  event: "request_received" | "request_updated",
  data: EventData<"request_received"> | EventData<"request_updated">,
): ChatState {
  const isOver = event === "request_updated" && (data as EventData<"request_updated">).status !== "pending";
  if (!isOver) return withStale(state, "requests");
  const others = ({ id }: { id: string }) => id !== data.request_id;
  return { ...state, received: state.received.filter(others), sent: state.sent.filter(others) };
}

function conversationUpdated(state: ChatState, data: EventData<"conversation_updated">): ChatState {
  const { conversation_id: id, status } = data;
  const talk = state.talks[id];
  if (status === "blocked") return withoutTalk(state, id);
  if (!talk) return withStale(state, `conversation ${id}`);
  const changed = { ...talk, item: { ...talk.item, status } };
  // What one may see of the person changes with it.
  return withStale(withTalk(state, id, changed), `conversation ${id}`);
}

function withTalk(state: ChatState, id: string, talk: Talk): ChatState {
  return { ...state, talks: { ...state.talks, [id]: talk } };
}

/** @returns The state without the conversation and what belongs to it. */
export function withoutTalk(state: ChatState, id: string): ChatState {
  const { [id]: talk, ...talks } = state.talks;
  const { [id]: _, ...marks } = state.marks;
  const stale = state.stale.filter((what) => what !== `conversation ${id}` && what !== `messages ${id}`);
  const unanswered = state.unanswered.filter((own) => !own.error || own.receiver_id !== talk?.item.user.id);
  return { ...state, talks, marks, stale, unanswered };
}

/** @returns The state, with something to be loaded. */
export function withStale(state: ChatState, what: Stale): ChatState {
  return state.stale.includes(what) ? state : { ...state, stale: [...state.stale, what] };
}

/** The log no longer has what was missed. What is shown stays until its replacement is there. */
export function everythingStale(state: ChatState): ChatState {
  const opened = Object.entries(state.talks).filter(([, { older }]) => older !== undefined);
  return { ...state, stale: [...EMPTY.stale, ...opened.map(([id]) => `messages ${id}` as const)] };
}

/** @returns The state after the server has said what the conversation is now. */
export function putConversation(state: ChatState, item: ConversationItem): ChatState {
  const talk = state.talks[item.id];
  const lastSeq = item.last_message?.seq ?? 0;
  if (!talk) return withTalk(state, item.id, { item, lastSeq, messages: [], older: undefined });
  const put = withTalk(state, item.id, { ...talk, item, lastSeq });
  const isWhole = (last(talk.messages)?.seq ?? 0) === lastSeq;
  return talk.older === undefined || isWhole ? put : withStale(put, `messages ${item.id}`);
}

/**
 * @returns The state with the newest page of a history, joined with what was there where they touch.
 */
export function putNewest(state: ChatState, id: string, { messages, cursor }: MessagePage): ChatState {
  const talk = state.talks[id];
  if (!talk) return state;
  const first = messages[0]?.seq ?? 0;
  const newest = last(messages)?.seq ?? 0;
  const before = talk.messages.filter(({ seq }) => seq < first);
  const touches = before.length > 0 && last(before)!.seq === first - 1;
  // What came in by events while the page was on its way.
  const after = talk.messages.filter(({ seq }) => seq > newest);
  const isWhole = after.length === 0 || after[0]!.seq === newest + 1;
  const changed: Talk = {
    ...talk,
    messages: [...(touches ? before : []), ...messages, ...(isWhole ? after : [])],
    older: touches ? talk.older : cursor,
  };
  return withoutAnswered(withTalk(state, id, changed), messages);
}

/** @returns The state with an older page in front of a history. */
export function putOlder(state: ChatState, id: string, { messages, cursor }: MessagePage): ChatState {
  const talk = state.talks[id];
  if (!talk) return state;
  const first = talk.messages[0]?.seq ?? Number.POSITIVE_INFINITY;
  const older = messages.filter(({ seq }) => seq < first);
  return withTalk(state, id, { ...talk, messages: [...older, ...talk.messages], older: cursor });
}

/** Array.at came after 2020. */
function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}
