/**
 * Messages: sending them, many in one statement, and reading them. It owns the writer and the slow path;
 * conversations, matches and requests change through their own functions.
 * @module
 */

export { messageReadData } from "./batch_events.ts";
export { BATCH_SETTINGS } from "./batch_settings.ts";
export { messageRoutes } from "./routes.ts";
export { ReadAnswer, SentMessage } from "./schema.ts";
export {
  answerOf,
  createMessageService,
  type MessageDeps,
  type MessageService,
  type SendInput,
} from "./service.ts";
