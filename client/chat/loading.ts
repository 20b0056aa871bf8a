/**
 * Loads from the server what the state lacks. It keeps nothing.
 * @module
 */
import { RequestFailure } from "../failure.ts";
import type { Rest } from "../rest.ts";
import { putConversation, putNewest, withoutTalk, withStale } from "./reduce.ts";
import type {
  ChatState,
  ConversationItem,
  Match,
  Message,
  MessagePage,
  ReceivedRequest,
  SentRequest,
  Stale,
} from "./shapes.ts";

const PAGE = 50;
/** Pages of one list at most: 1,000 conversations. */
const MAX_PAGES = 20;

/** Puts an answer into the state. */
export type Change = (state: ChatState) => ChatState;

/**
 * Loads one stale thing.
 *
 * @returns What puts the answer into the state, which may have changed in the meantime.
 * @throws RequestFailure When it may work later.
 */
export async function loadOne(rest: Rest, what: Stale): Promise<Change> {
  if (what === "conversations") {
    const items = await loadAll<ConversationItem>(rest, "conversations", "conversations");
    return (state) => putConversations(state, items);
  }
  if (what === "requests") {
    const [received, sent] = await Promise.all([
      loadAll<ReceivedRequest>(rest, "messages/requests", "requests", { type: "received" }),
      loadAll<SentRequest>(rest, "messages/requests", "requests", { type: "sent" }),
    ]);
    return (state) => ({ ...state, received, sent });
  }
  if (what === "matches") {
    const matches = await loadAll<Match>(rest, "matches", "matches");
    return (state) => ({ ...state, matches });
  }
  const [kind, id = ""] = what.split(" ");
  try {
    if (kind === "messages") {
      const page = await loadMessages(rest, id);
      return (state) => putNewest(state, id, page);
    }
    const { data } = await rest<{ conversation: ConversationItem }>(`/api/v1/conversations/${id}`);
    return (state) => putConversation(state, data.conversation);
  } catch (error) {
    // Blocked or deleted; an event reports it as well, before or after.
    const isGone = error instanceof RequestFailure && (error.status === 403 || error.status === 404);
    if (isGone) return (state) => withoutTalk(state, id);
    throw error;
  }
}

/** @param before A cursor; absent: the newest page. */
export async function loadMessages(rest: Rest, id: string, before?: string): Promise<MessagePage> {
  const { data, cursor } = await rest<{ messages: Message[] }>(`/api/v1/conversations/${id}/messages`, {
    query: { limit: PAGE, cursor: before },
  });
  return { messages: data.messages, cursor };
}

async function loadAll<T>(
  rest: Rest,
  path: string,
  key: string,
  query: Record<string, string> = {},
): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { data, cursor } = await rest<Record<string, T[]>>(`/api/v1/${path}`, {
      query: { limit: PAGE, cursor: next, ...query },
    });
    items.push(...(data[key] ?? []));
    if (cursor === null) break;
    next = cursor;
  }
  return items;
}

/** What the list of active conversations lacks was archived or blocked while we were away: ask. */
function putConversations(state: ChatState, items: readonly ConversationItem[]): ChatState {
  const listed = new Set(items.map(({ id }) => id));
  let next = state;
  for (const item of items) next = putConversation(next, item);
  for (const id of Object.keys(state.talks)) {
    if (!listed.has(id)) next = withStale(next, `conversation ${id}`);
  }
  return next;
}
