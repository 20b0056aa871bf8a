/**
 * What a message to somebody does when there is no open conversation that simply takes it: a pure table. It reads
 * no database; the slow path carries out what it says.
 * @module
 */

import type { ConversationStatus } from "../../protocol/models.ts";

/** All that decides about a message, as it is while the pair is locked. */
export interface Standing {
  /** Either has blocked the other. */
  readonly blocked: boolean;
  readonly conversation: ConversationStatus | null;
  /** The conversation waits for the sender's first message, which makes the match. */
  readonly awaited: boolean;
  /** The client named a conversation, and it is not the one of these two. */
  readonly elsewhere: boolean;
  /** The receiver is an active account that is not suspended. */
  readonly receiverKnown: boolean;
  /** Whose request waits for an answer. */
  readonly pending: "mine" | "theirs" | null;
  /** Whether the sender's premium counts now. */
  readonly premium: boolean;
}

/** What the message does. */
export type Deed =
  /** Goes into the open conversation. */
  | "append"
  /** Goes into the open conversation and, as the awaited reply, makes the match. */
  | "answer"
  /** Accepts the receiver's request. */
  | "reply"
  /** Opens a direct conversation. */
  | "open"
  /** Opens a direct conversation whose first message is the sender's own request, which ends. */
  | "supersede";

/** Why nothing happens. */
export type Refusal = "blocked" | "archived" | "elsewhere" | "unknown" | "none" | "waiting";

/**
 * Judges a message. A block hides everything else; a person who cannot be reached is unknown, unless there is a
 * conversation with them already.
 */
export function judgeSend(standing: Standing): { readonly deed: Deed } | { readonly refused: Refusal } {
  const { blocked, conversation, awaited, elsewhere, receiverKnown, pending, premium } = standing;
  if (blocked || conversation === "blocked") return { refused: "blocked" };
  if (conversation === null && !receiverKnown) return { refused: "unknown" };
  if (elsewhere) return { refused: "elsewhere" };
  if (conversation === "archived") return { refused: "archived" };
  if (conversation === "active") return { deed: awaited ? "answer" : "append" };
  if (pending === "theirs") return { deed: "reply" };
  if (premium) return { deed: pending === "mine" ? "supersede" : "open" };
  return { refused: pending === "mine" ? "waiting" : "none" };
}
