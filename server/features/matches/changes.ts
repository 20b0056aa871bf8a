/**
 * How a match begins and ends, inside the transaction of whatever causes it. It opens and closes no conversation.
 * @module
 */
import { bothWays, orderPair } from "../../db/pair.ts";
import type { Work } from "../../db/unit_of_work.ts";
import { selectCardsOfPair } from "../../db/user_cards.ts";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import type { MatchType } from "../../protocol/models.ts";
import { findConversation } from "../conversations/mod.ts";
import { insertMatch, type MatchStatus, selectMatchOfPair, updateMatchEnded } from "./queries.ts";

/** Two people, in any order. */
interface People {
  readonly a: string;
  readonly b: string;
}

/**
 * Matches two people, once: a pair that is matched already stays as it is. Both are told.
 *
 * The pair is locked (`lockPair`) and the conversation open, waiting for nobody's first message any more
 * (`openConversation` sees to both).
 *
 * @param people.type What made the match; without effect when there is one.
 * @returns The match, and whether this call made it.
 * @throws UNAUTHORIZED_ACTION when the two were matched and one of them ended it.
 *
 * @example
 * ```ts
 * const { conversationId } = await openConversation(work, { a, b });
 * const { matchId, created } = await createMatch(work, { a, b, type: "mutual_like", conversationId });
 * ```
 */
export async function createMatch(
  { sql, emit, tellOperator }: Work,
  { a, b, type, conversationId }: People & { type: MatchType; conversationId: string },
): Promise<{ matchId: string; created: boolean }> {
  const pair = orderPair(a, b);
  const match = await insertMatch(sql, { id: newId(), ...pair, matchType: type });
  if (!match) {
    const known = await selectMatchOfPair(sql, pair);
    if (known?.status !== "active") {
      throw new AppError("UNAUTHORIZED_ACTION", "Cannot match: the two are not matched any more");
    }
    return { matchId: known.id, created: false };
  }
  const cards = await selectCardsOfPair(sql, a, b);
  for (const [userId, otherId] of bothWays(match)) {
    const matchedAt = match.matchedAt.toISOString();
    emit(
      userId,
      "match_created",
      {
        match_id: match.id,
        user_id: otherId,
        match_type: type,
        conversation_id: conversationId,
        matched_at: matchedAt,
        user: cards[userId]!,
      },
      { conversationId },
    );
  }
  tellOperator("match_created", { match_id: match.id, user_ids: [a, b], match_type: type });
  return { matchId: match.id, created: true };
}

/**
 * Ends the active match of two people, for good. Both are told.
 *
 * The pair is locked (`lockPair`) and, by the lock order, the conversation's status has been set before.
 *
 * @param people.status `unmatched` when one of them leaves, `blocked` when one blocks the other.
 * @returns The match's id, or null when they had no active match.
 *
 * @example
 * ```ts
 * await setConversationStatus(work, { a, b, status: "blocked" });
 * await endMatch(work, { a, b, status: "blocked" });
 * ```
 */
export async function endMatch(
  { sql, emit }: Work,
  { a, b, status }: People & { status: Exclude<MatchStatus, "active"> },
): Promise<string | null> {
  const pair = orderPair(a, b);
  const matchId = await updateMatchEnded(sql, { ...pair, status });
  if (matchId === undefined) return null;
  const conversationId = (await findConversation(sql, a, b))?.id ?? null;
  for (const [userId, otherId] of bothWays(pair)) {
    const data = { match_id: matchId, user_id: otherId, conversation_id: conversationId };
    emit(userId, "match_removed", data, { conversationId: conversationId ?? undefined });
  }
  return matchId;
}
