/**
 * The list of a person's matches, and ending one. It makes none.
 * @module
 */
import type { Database, Sql } from "../../db/client.ts";
import { lockPair } from "../../db/pair.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { type PageOptions, readPage } from "../../lib/page.ts";
import { AppError } from "../../protocol/errors.ts";
import { setConversationStatus } from "../conversations/mod.ts";
import { endMatch } from "./changes.ts";
import {
  insertUnmatchReason,
  type MatchView,
  selectMatchById,
  selectMatches,
  selectMatchView,
} from "./queries.ts";
import type { MatchItem } from "./schema.ts";

/** See {@link createMatchService}. */
export interface MatchService {
  /**
   * @returns One page of the viewer's active matches, the newest first; cursor null at the end.
   * @throws VALIDATION_ERROR for a broken cursor.
   */
  listMatches(
    order: PageOptions & { viewerId: string },
  ): Promise<{ matches: MatchItem[]; cursor: string | null }>;
  /**
   * Ends a match for good: its conversation is archived, both are told. Repeating it changes nothing.
   * @param order.reason Cleaned; for moderators, never for the other person.
   * @throws MATCH_NOT_FOUND, also to strangers and across a block.
   */
  unmatch(order: { viewerId: string; matchId: string; reason?: string | null }): Promise<void>;
}

/** What the service needs. */
export interface MatchDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
}

/**
 * @example
 * ```ts
 * const matches = createMatchService({ database, write });
 * await matches.unmatch({ viewerId, matchId });
 * ```
 */
export function createMatchService({ database, write }: MatchDeps): MatchService {
  return {
    async listMatches({ viewerId, ...page }) {
      const { items, cursor } = await readPage(
        page,
        (range) => selectMatches(database.sql, { viewerId, ...range }),
        ({ id, position }) => ({ id, createdAt: position }),
      );
      return { matches: items.map(toItem), cursor };
    },

    unmatch: ({ viewerId, matchId, reason = null }) =>
      write(async (work) => {
        const seen = await selectMatchById(work.sql, matchId);
        if (!seen || (seen.user1Id !== viewerId && seen.user2Id !== viewerId)) {
          throw new AppError("MATCH_NOT_FOUND");
        }
        const people = { a: seen.user1Id, b: seen.user2Id };
        await lockPair(work.sql, people.a, people.b);
        const match = await selectMatchById(work.sql, matchId);
        // Blocked: hidden from both. Unmatched already: nothing to do.
        if (!match || match.status === "blocked") throw new AppError("MATCH_NOT_FOUND");
        if (match.status === "unmatched") return;
        await setConversationStatus(work, { ...people, status: "archived" });
        await endMatch(work, { ...people, status: "unmatched" });
        const aboutId = people.a === viewerId ? people.b : people.a;
        if (reason !== null) await insertUnmatchReason(work.sql, { aboutId, byId: viewerId, reason });
      }),
  };
}

/**
 * One match as the viewer sees it, for answers that tell of a new one.
 *
 * @example
 * ```ts
 * const match = await findMatch(sql, { viewerId, matchId });
 * ```
 */
export async function findMatch(
  sql: Sql,
  { viewerId, matchId }: { viewerId: string; matchId: string },
): Promise<MatchItem | undefined> {
  const view = await selectMatchView(sql, { viewerId, matchId });
  return view && toItem(view);
}

function toItem({ id, user, matchType, matchedAt, conversationId }: MatchView): MatchItem {
  return {
    id,
    user,
    match_type: matchType,
    matched_at: matchedAt.toISOString(),
    ...(conversationId === null ? {} : { conversation_id: conversationId }),
  };
}
