/**
 * The states of a message request and what each person may do in each: pure tables, so that every case can be
 * tested. It reads no database and throws nothing; the service turns a refusal into an error.
 * @module
 */
import type { ConversationStatus, RequestStatus } from "../../protocol/models.ts";

/** What happens to a request. */
export const REQUEST_ACTIONS = ["accept", "decline", "reply", "like", "cancel", "block"] as const;
export type RequestAction = (typeof REQUEST_ACTIONS)[number];

/** Which of its two people does it. */
export type Party = "sender" | "receiver";

/** Why an action is refused. */
export type Refusal = "not_yours" | "over";

const OUTCOMES: Readonly<Record<RequestAction, { by: readonly Party[]; to: RequestStatus }>> = {
  accept: { by: ["receiver"], to: "accepted" },
  decline: { by: ["receiver"], to: "declined" },
  // The receiver's own text answers it: a request the other way, or a message.
  reply: { by: ["receiver"], to: "accepted" },
  // Like back; or the sender likes somebody who liked them before, which makes a match while the request waits.
  like: { by: ["receiver", "sender"], to: "accepted" },
  cancel: { by: ["sender"], to: "cancelled" },
  block: { by: ["receiver", "sender"], to: "cancelled" },
};

/**
 * Judges an action on a request. Only a pending one can change, and it changes once.
 *
 * @returns The status it gets, or why nothing happens.
 */
export function judgeAction(
  status: RequestStatus,
  { action, by }: { action: RequestAction; by: Party },
): { readonly to: RequestStatus } | { readonly refused: Refusal } {
  const outcome = OUTCOMES[action];
  if (!outcome.by.includes(by)) return { refused: "not_yours" };
  return status === "pending" ? { to: outcome.to } : { refused: "over" };
}

/** How the last request of one direction stands; `declined` counts while it still forbids a new one. */
export type Standing = "none" | "pending" | "declined" | "free";

/** All that decides what a new request may do, as it is while the pair is locked. */
export interface Relation {
  /** Either has blocked the other. */
  readonly blocked: boolean;
  readonly conversation: ConversationStatus | null;
  /** A match of theirs was ended, by unmatching or by a block. */
  readonly matchEnded: boolean;
  /** The caller's last request to the other person. */
  readonly mine: Standing;
  /** The other person's last request to the caller. */
  readonly theirs: Standing;
}

/** What becomes of a new request. */
export type NewRequest = "create" | "reply" | "blocked" | "ended" | "talking" | "exists" | "declined";

/**
 * Judges a new request. The order matters: a block hides everything else, an ended relation stays ended, and
 * whoever is asked may always answer, whatever became of their own earlier request.
 */
export function judgeNewRequest(relation: Relation): NewRequest {
  if (relation.blocked || relation.conversation === "blocked") return "blocked";
  if (relation.conversation === "archived" || relation.matchEnded) return "ended";
  if (relation.conversation === "active") return "talking";
  if (relation.mine === "pending") return "exists";
  if (relation.theirs === "pending") return "reply";
  return relation.mine === "declined" ? "declined" : "create";
}
