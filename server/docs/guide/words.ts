/**
 * The words of the guide that no catalogue has: what an app does about each error, names that differ, what has changed.
 * @module
 */
import type { ErrorCode } from "../../protocol/errors.ts";

/** What an app shows or does. */
export const ERROR_ADVICE: Readonly<Record<ErrorCode, string>> = {
  VALIDATION_ERROR: "Mark the fields of `details` by their `path`, with your words for each `code`",
  UNAUTHORIZED:
    "Refresh the token once and repeat; where that fails, show the sign-in. At sign-in: the code is wrong",
  FORBIDDEN:
    "Say that the account may not do that now; `details.muted_until` or `details.suspended_until` says until when",
  UNAUTHORIZED_ACTION:
    "Say that it is not possible: the request is still waiting, or the conversation has ended",
  USER_BLOCKED: "Close the conversation, and say that it is not available any more",
  NOT_FOUND: "A mistake in the app: the route does not exist",
  USER_NOT_FOUND: "Remove the person from the list: gone, or not visible to you",
  CONVERSATION_NOT_FOUND: "Remove the conversation from the list; for a first message, offer a request",
  MESSAGE_NOT_FOUND: "Load the conversation again",
  REQUEST_NOT_FOUND: "Remove the request from the list",
  MATCH_NOT_FOUND: "Remove the match from the list",
  REPORT_NOT_FOUND: "For staff: load the queue again",
  MEDIA_NOT_FOUND: "Show the placeholder: the picture was removed, or is not visible to you",
  BLOCK_NOT_FOUND: "For staff: load the list again",
  APPEAL_NOT_FOUND: "For staff: load the list again",
  SANCTION_NOT_FOUND: "For staff: load the person again",
  CONFLICT: "Load the object again and show its state: somebody else was faster, or it has changed",
  MESSAGE_REQUEST_EXISTS: "Show the request that is waiting",
  PAYLOAD_TOO_LARGE: "A mistake in the app: the body is too large",
  CONTENT_TOO_LONG: "Keep the text and show how much is too much",
  INVALID_MESSAGE_TYPE: "Send it as `text`",
  UNUSABLE_PICTURE: "Say why, by `details.reason`, and let the person choose another file",
  RATE_LIMIT_EXCEEDED:
    "Wait for `Retry-After` and repeat without a word; tell the person only where they wait for it",
  LIKE_LIMIT_EXCEEDED: "Say when there are likes again: `details.reset_at`",
  INTERNAL_SERVER_ERROR:
    "Say that it did not work, and offer to try again; keep the `request_id` for a report",
  SERVICE_UNAVAILABLE: "Wait for `Retry-After` and repeat; show that the service is busy if it lasts",
};

/** Codes of the package for what no server has answered. */
export const CLIENT_FAILURES: readonly (readonly [code: string, advice: string])[] = [
  ["UNREACHABLE", "Show that the app is offline; repeat when the network is back"],
  ["TIMEOUT", "Offer to try again; with the same `client_message_id` nothing is stored twice"],
  ["CLOSED", "The client was closed, here or by the server: see the close code"],
  ["ABORTED", "Nothing: the app has ended the call itself"],
  ["OVERLOADED", "Wait: a thousand requests have no answer yet"],
  ["NOT_AN_ANSWER", "Offer to try again: a proxy has answered instead of the server"],
];

/** What is called differently in two places. */
export const NAMES: readonly (readonly [here: string, there: string, why: string])[] = [
  [
    "`id` of a message in a history",
    "`message_id` in `new_message` and in answers to sending",
    "An event and an answer tell of several things; each id says of which",
  ],
  ["`id` of a request in the list", "`request_id` in events and answers", "As above"],
  ["`id` of a match in the list", "`match_id` in events and answers", "As above"],
  [
    "`seq` of a frame",
    "`seq` of a message (`data.seq`)",
    "The position in one's own log, for `since`; the position in the conversation, for order",
  ],
  [
    "`message` in an answer and in `error`",
    "`content` of a message",
    "The first is for developers, and may change; the second is what somebody wrote",
  ],
  [
    "`hasMore`",
    "every other name, in snake_case",
    "Existing apps read it under this name; a null `cursor` says the same",
  ],
  [
    "`PUT /messages/{id}/read`, `POST /conversations/{id}/read`",
    "`mark_read` on the socket",
    "The same: everything up to that message is read",
  ],
  ["`Idempotency-Key`, a header", "`client_message_id`, in the body", "The same key; use one of them"],
  ["`cancelled`, a status", "`DELETE /messages/request/{id}`", "Requests are kept as history"],
];

/** The versions, the newest first. */
export const CHANGES: readonly (readonly [version: string, what: string])[] = [
  [
    "1.1.0",
    "Pictures (`/media`), notified devices (`/devices`), notices and appeals, `GET /conversations/{id}`, `GET /config`; " +
      "for admins the feed `GET /admin/events`",
  ],
  ["1.0.0", "The first version"],
];
