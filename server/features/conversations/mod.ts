/**
 * Conversations of two people: their list, their history, and the functions by which requests, matches, blocks and
 * messages change them. It judges no relationship; callers hold the lock of the pair.
 * @module
 */

export {
  appendMessage,
  findConversation,
  type OpenOptions,
  openConversation,
  placeRequestMessage,
  setConversationStatus,
} from "./placing.ts";
export { type AppendOptions, type PairConversation, type StoredAttempt, selectAttempt } from "./queries.ts";
export { conversationRoutes } from "./routes.ts";
export { type ConversationService, createConversationService, type Reader } from "./service.ts";
export { mediaOf, newMessageData, picturesIn, type StoredMessage } from "./stored_message.ts";
