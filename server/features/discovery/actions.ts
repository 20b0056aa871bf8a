/**
 * A like or dislike, and the match that it may make. It runs under the lock of the pair, and of the actor where likes
 * are counted.
 * @module
 */
import { lockPair } from "../../db/pair.ts";
import type { Work } from "../../db/unit_of_work.ts";
import type { Rate } from "../../domain/limits.ts";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import { openConversation } from "../conversations/mod.ts";
import { createMatch, findMatch } from "../matches/mod.ts";
import { acceptPending, findPending } from "../requests/mod.ts";
import { lockActor, type Relation, selectLikeReset, selectRelation, upsertAction } from "./queries.ts";
import type { ActionAnswer } from "./schema.ts";
import { type ClientAction, isLike, judgeAction } from "./transitions.ts";

/** Two different people, ids in lower case, and what the first does. */
export interface Action {
  readonly actorId: string;
  readonly targetId: string;
  readonly type: ClientAction;
}

interface Match {
  readonly matchId: string;
  readonly created: boolean;
}

const SAID: Readonly<Record<ClientAction, string>> = {
  like: "Like recorded",
  dislike: "Dislike recorded",
  super_like: "Super like recorded",
};

/**
 * @param likeLimit For accounts without premium; null when likes are not limited.
 * @returns The answer, and whether the action or a match is new.
 */
export async function act(
  work: Work,
  action: Action,
  likeLimit: Rate | null,
): Promise<{ answer: ActionAnswer; created: boolean }> {
  const { actorId, targetId, type } = action;
  const { sql } = work;
  // The actor's row comes before the pair in the lock order.
  const counted = likeLimit !== null && isLike(type) && !(await lockActor(sql, actorId));
  await lockPair(sql, actorId, targetId);
  const relation = await selectRelation(sql, { actorId, targetId });
  if (!relation) throw new AppError("UNAUTHORIZED");
  const verdict = judge(action, relation);
  if (verdict !== "repeat" && counted) await checkLimit(work, { ...action, rate: likeLimit });
  const actionId =
    verdict === "repeat" ? relation.mineId! : await upsertAction(sql, { id: newId(), ...action });
  const match = isLike(type) ? await matchBy(work, { actorId, targetId, relation }) : null;
  return {
    answer: {
      message: match ? "It's a match!" : SAID[type],
      action_id: actionId,
      match_found: match !== null,
      ...(match && { match: await findMatch(sql, { viewerId: actorId, matchId: match.matchId }) }),
    },
    created: verdict === "insert" || (match?.created ?? false),
  };
}

/** @throws USER_NOT_FOUND, UNAUTHORIZED_ACTION, CONFLICT */
function judge({ type }: Action, relation: Relation) {
  const { otherKnown, blocked, matchStatus, conversationStatus, mine } = relation;
  if (!otherKnown || blocked) throw new AppError("USER_NOT_FOUND");
  const ended = matchStatus !== null && matchStatus !== "active";
  if (ended || (conversationStatus !== null && conversationStatus !== "active")) {
    throw new AppError("UNAUTHORIZED_ACTION", `Cannot ${type}: one of you ended this match`);
  }
  const verdict = judgeAction(mine, type);
  if (verdict === "refuse") {
    throw new AppError("CONFLICT", `Cannot ${type}: your ${mine} stands`, { action_type: mine });
  }
  if (type === "dislike" && matchStatus === "active") {
    const details = { match_id: relation.matchId };
    throw new AppError("CONFLICT", "Cannot dislike: you are matched, unmatch instead", details);
  }
  return verdict;
}

async function checkLimit({ sql }: Work, { rate, ...action }: Action & { rate: Rate }): Promise<void> {
  const reset = await selectLikeReset(sql, { ...action, rate });
  if (!reset) return;
  throw new AppError("LIKE_LIMIT_EXCEEDED", undefined, {
    limit: rate.points,
    window_ms: rate.seconds * 1000,
    reset_at: reset.resetAt,
    retry_after_ms: reset.retryAfterMs,
  });
}

/**
 * The match that a like makes: with a like of theirs (mutual), with a request or a direct message of theirs (like
 * back). A request between the two, whoever sent it, is accepted by it.
 */
async function matchBy(
  work: Work,
  { actorId, targetId, relation }: { actorId: string; targetId: string; relation: Relation },
): Promise<Match | null> {
  if (relation.matchStatus === "active") return { matchId: relation.matchId!, created: false };
  const mutual = isLike(relation.theirs);
  const pending = await findPending(work.sql, actorId, targetId);
  if (pending && (mutual || pending.receiverId === actorId)) {
    const { matchId, matchCreated } = await acceptPending(work, pending, "mutual_like");
    return { matchId, created: matchCreated };
  }
  if (!mutual && relation.awaitingReplyFrom !== actorId) return null;
  const people = { a: actorId, b: targetId };
  const { conversationId } = await openConversation(work, people);
  return await createMatch(work, { ...people, type: "mutual_like", conversationId });
}
