/**
 * What an app sees of the state: with what the person did and the server has not answered. Pure.
 * @module
 */
import { unreadAfter } from "./reduce.ts";
import type { ChatMessage, ChatState, ConversationItem, ReadMark, Talk, Unanswered } from "./shapes.ts";

/** @returns The active conversations, the last active first. */
export function shownConversations(talks: ChatState["talks"], marks: ChatState["marks"]): ConversationItem[] {
  return Object.values(talks)
    .filter(({ item }) => item.status === "active")
    .map((talk) => shownConversation(talk, marks[talk.item.id]))
    .sort(byActivity);
}

/** @returns The conversation as it looks once the server knows what was read here. */
export function shownConversation(talk: Talk, mark?: ReadMark): ConversationItem {
  const { item } = talk;
  const { last_message: last } = item;
  const isNewlyRead = last && !last.is_read && isRead(last, item);
  const shown = isNewlyRead ? { ...item, last_message: { ...last, is_read: true } } : item;
  if (!mark || mark.seq <= item.my_read_seq) return shown;
  return { ...shown, my_read_seq: mark.seq, unread_count: unreadAfter(talk, mark.seq) };
}

/** @returns The history, one's own messages without an answer last. */
export function shownHistory(
  talk: Talk | undefined,
  unanswered: readonly Unanswered[],
  me: string,
): readonly ChatMessage[] {
  if (!talk) return [];
  const { item } = talk;
  const stored = talk.messages.map(
    (message): ChatMessage => ({
      ...message,
      is_read: message.is_read || isRead(message, item),
      state: "sent",
    }),
  );
  const own = unanswered
    .filter(({ receiver_id }) => receiver_id === item.user.id)
    .map(({ error, ...message }): ChatMessage => {
      const fate = error ? { state: "failed" as const, error } : { state: "pending" as const };
      const { message_type = "text", client_message_id: id } = message;
      return { ...message, id, message_type, sender_id: me, is_read: false, ...fate };
    });
  return [...stored, ...own];
}

function isRead(
  message: { readonly seq: number; readonly sender_id: string },
  item: ConversationItem,
): boolean {
  const { my_read_seq, peer_read_seq = 0, user } = item;
  return message.seq <= (message.sender_id === user.id ? my_read_seq : peer_read_seq);
}

/** Times of one form: their order is that of their characters. */
function byActivity(a: ConversationItem, b: ConversationItem): number {
  if (a.last_activity !== b.last_activity) return a.last_activity < b.last_activity ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}
