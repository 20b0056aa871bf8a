/**
 * Why a message is not sent, in the words and codes that clients get. It decides nothing.
 * @module
 */

import { muted, suspended } from "../../domain/viewer.ts";
import { AppError } from "../../protocol/errors.ts";

/** A message that is not sent. */
export type Refused =
  | {
      readonly kind:
        | "conflict"
        | "blocked"
        | "archived"
        | "elsewhere"
        | "unknown"
        | "none"
        | "waiting"
        | "gone";
    }
  | { readonly kind: "muted" | "suspended"; readonly until: string };

/** @returns The error for the sender. */
export function refusalOf(refused: Refused): AppError {
  switch (refused.kind) {
    case "conflict":
      return new AppError("CONFLICT", "Cannot send the message: its key was used for another one");
    case "blocked":
      return new AppError("USER_BLOCKED");
    case "archived":
      return new AppError("UNAUTHORIZED_ACTION", "Cannot send the message: this conversation is archived");
    case "elsewhere":
      return new AppError(
        "CONVERSATION_NOT_FOUND",
        "Cannot send the message: this is not your conversation with that person",
      );
    case "unknown":
      return new AppError("USER_NOT_FOUND");
    case "none":
      return new AppError(
        "CONVERSATION_NOT_FOUND",
        "Cannot send the message: you have no conversation, send a message request first",
      );
    case "waiting":
      return new AppError(
        "UNAUTHORIZED_ACTION",
        "Cannot send the message: your message request has not been answered yet",
      );
    case "gone":
      return new AppError("UNAUTHORIZED");
    case "muted":
      return muted("send the message", refused.until);
    case "suspended":
      return suspended(refused.until);
  }
}
