/**
 * What a person's action toward another becomes when there is one already: a pure table. It knows no match and
 * no limit.
 * @module
 */
import type { ActionType } from "../../protocol/models.ts";

/** What a client may do; `message_request` comes from sending one. */
export const CLIENT_ACTIONS = ["like", "dislike", "super_like"] as const;
export type ClientAction = (typeof CLIENT_ACTIONS)[number];

/** `refuse`: the present action cannot be lowered. */
export type ActionVerdict = "insert" | "repeat" | "change" | "refuse";

/** The action that a premium request stores only hides the target: any like or dislike replaces it. */
const WEIGHT: Readonly<Record<ActionType, number>> = {
  message_request: 0,
  dislike: 1,
  like: 2,
  super_like: 3,
};

/**
 * Judges an action by the one that stands. An action may grow (dislike to like to super_like), never shrink: a
 * like that could be taken back would let a free account try everybody for who likes them, at no cost.
 *
 * @param standing The actor's present action toward the target; null when there is none.
 */
export function judgeAction(standing: ActionType | null, asked: ClientAction): ActionVerdict {
  if (standing === null) return "insert";
  if (standing === asked) return "repeat";
  return WEIGHT[standing] < WEIGHT[asked] ? "change" : "refuse";
}

/** @returns Whether the action is a like: two of them make a match, and free accounts have a limited number. */
export function isLike(action: ActionType | null): boolean {
  return action === "like" || action === "super_like";
}
