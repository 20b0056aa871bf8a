/**
 * How two people stand to each other: what every message, request and action between them depends on. It is read under
 * the lock of their pair, and decides nothing.
 * @module
 */

import type { ConversationStatus } from "../protocol/models.ts";
import type { Sql } from "./client.ts";
import { blockExists, type Fragment, isPremiumNow, isSuspendedNow, untilInForce } from "./fragments.ts";
import { conversationIdOf, orderPair } from "./pair.ts";

/** What {@link standing} selects. */
export interface Standing {
  /** Of the actor: wire time, `infinity`, or null when no sanction is in force. */
  readonly mutedUntil: string | null;
  readonly suspendedUntil: string | null;
  readonly premium: boolean;
  /** Whether the other is an active account that is not suspended. */
  readonly otherKnown: boolean;
  /** Whether either has blocked the other. */
  readonly blocked: boolean;
  readonly conversationId: string | null;
  readonly conversationStatus: ConversationStatus | null;
  /** Whose first message makes the match, in a direct conversation without one. */
  readonly awaitingReplyFrom: string | null;
  readonly matchId: string | null;
  readonly matchStatus: "active" | "unmatched" | "blocked" | null;
}

/** Parts of a statement. */
interface StandingSql {
  readonly columns: Fragment;
  /** The tables, for further joins; none of the statement's rows exists without the actor's account. */
  readonly tables: Fragment;
  readonly where: Fragment;
}

/**
 * Every join is a look-up by a unique key, so that a feature adds its own joins to the one statement.
 *
 * @param people Two different ids in lower case; the actor is who wants to do something.
 *
 * @example
 * ```ts
 * const { columns, tables, where } = standing(sql, { actorId, otherId });
 * await sql<Standing[]>`select ${columns} from ${tables} where ${where}`;
 * ```
 */
export function standing(sql: Sql, people: { actorId: string; otherId: string }): StandingSql {
  const { actorId, otherId } = people;
  const { user1Id, user2Id } = orderPair(actorId, otherId);
  return {
    columns: sql`
      ${untilInForce(sql, sql`actor.muted_until`)} as muted_until,
      ${untilInForce(sql, sql`actor.suspended_until`)} as suspended_until,
      ${isPremiumNow(sql, "actor")} as premium,
      other.id is not null as other_known,
      ${blockExists(sql, actorId, otherId)} as blocked,
      c.id as conversation_id, c.status as conversation_status, c.awaiting_reply_from,
      m.id as match_id, m.status as match_status`,
    tables: sql`users actor
      left join users other on other.id = ${otherId} and other.is_active and not ${isSuspendedNow(sql, "other")}
      left join conversations c on c.id = ${conversationIdOf(user1Id, user2Id)}
      left join matches m on m.user1_id = ${user1Id} and m.user2_id = ${user2Id}`,
    where: sql`actor.id = ${actorId}`,
  };
}
