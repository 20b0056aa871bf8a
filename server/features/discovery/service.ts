/**
 * Discovery: the feed of profiles, and likes and dislikes. It knows no HTTP.
 * @module
 */
import type { Database } from "../../db/client.ts";
import type { Write } from "../../db/unit_of_work.ts";
import type { Rate } from "../../domain/limits.ts";
import { invalidFields } from "../../domain/validation.ts";
import { toOneself } from "../../domain/viewer.ts";
import { type PageOptions, toPage } from "../../lib/page.ts";
import { AppError } from "../../protocol/errors.ts";
import { act } from "./actions.ts";
import { createFeedCursors } from "./cursor.ts";
import { selectProfiles } from "./queries.ts";
import type { ActionAnswer, Profile } from "./schema.ts";
import { CLIENT_ACTIONS, type ClientAction } from "./transitions.ts";

/** See {@link createDiscoveryService}. */
export interface DiscoveryService {
  /**
   * One page of the viewer's feed. It is read as it is now: somebody who comes online between two pages moves up
   * and is seen when the feed is read again, somebody who goes offline may appear twice.
   */
  listProfiles(
    order: PageOptions & { viewerId: string },
  ): Promise<{ profiles: Profile[]; cursor: string | null }>;
  /**
   * Likes or dislikes somebody. Repeating it changes nothing.
   * @param order.actionType Of {@link CLIENT_ACTIONS}; anything else is a VALIDATION_ERROR.
   * @returns The answer, and whether the action or a match is new.
   * @throws USER_NOT_FOUND (also across a block), UNAUTHORIZED_ACTION, CONFLICT, LIKE_LIMIT_EXCEEDED
   */
  takeAction(order: {
    viewerId: string;
    targetId: string;
    actionType: string;
  }): Promise<{ answer: ActionAnswer; created: boolean }>;
}

/** What the service needs. */
export interface DiscoveryDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
  /** The server's: cursors are encrypted. */
  readonly secret: string;
  /** Likes of an account without premium; null: as many as they like. */
  readonly likeLimit: Rate | null;
  /** Called for each like beyond the limit. */
  readonly onRefused?: () => void;
}

/**
 * @example
 * ```ts
 * const discovery = createDiscoveryService({ database, write, secret, likeLimit: { points: 20, seconds: 43_200 } });
 * const { answer } = await discovery.takeAction({ viewerId, targetId, actionType: "like" });
 * ```
 */
export function createDiscoveryService(deps: DiscoveryDeps): DiscoveryService {
  const { database, write, likeLimit, onRefused } = deps;
  const cursors = createFeedCursors(deps.secret);
  return {
    async listProfiles({ viewerId, limit, cursor }) {
      const after = cursor === undefined ? null : cursors.decode(viewerId, cursor);
      const rows = await selectProfiles(database.sql, { viewerId, limit: limit + 1, after });
      const page = toPage(rows, limit, (last) => cursors.encode(viewerId, last));
      return { profiles: page.items.map(({ profile }) => profile), cursor: page.cursor };
    },

    async takeAction({ viewerId: actorId, targetId, actionType: type }) {
      if (targetId === actorId) throw toOneself("body.target_id");
      if (type === "message_request") {
        const message = "cannot be message_request: send one with POST /api/v1/messages/request";
        throw invalidFields([{ field: "action_type", code: "not_allowed", message }]);
      }
      if (!isClientAction(type)) {
        const message = `must be one of ${CLIENT_ACTIONS.join(", ")}`;
        throw invalidFields([{ field: "action_type", code: "unknown_value", message }]);
      }
      try {
        return await write((work) => act(work, { actorId, targetId, type }, likeLimit));
      } catch (error) {
        if (error instanceof AppError && error.code === "LIKE_LIMIT_EXCEEDED") onRefused?.();
        throw error;
      }
    },
  };
}

function isClientAction(type: string): type is ClientAction {
  return CLIENT_ACTIONS.some((action) => action === type);
}
