/**
 * Five hooks for a chat in React 18 and later. Everything they show comes from the chat's stores.
 * @module
 */
import { useEffect, useSyncExternalStore } from "react";
import type { Chat, ChatMessage, ConnectionState, ConversationItem, Store } from "../chat/mod.ts";

/** The value of any of the chat's stores; renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
}

/** The active conversations, the last active first. */
export function useConversations(chat: Chat): readonly ConversationItem[] {
  return useStore(chat.conversations);
}

/** A conversation's history; loads it when it is first shown. */
export function useMessages(chat: Chat, conversationId: string): readonly ChatMessage[] {
  useEffect(() => void chat.open(conversationId), [chat, conversationId]);
  return useStore(chat.messages(conversationId));
}

/** Whether the other person is typing. */
export function useTyping(chat: Chat, conversationId: string): boolean {
  return useStore(chat.typing(conversationId));
}

/** Where the chat stands. */
export function useConnection(chat: Chat): ConnectionState {
  return useStore(chat.connection);
}
