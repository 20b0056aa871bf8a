/**
 * The routes of discovery.
 * @module
 */
import { Elysia } from "elysia";
import { created, Envelope, errors, type Http, ok, Paged, PageQuery, page } from "../../http/mod.ts";
import { ActionAnswer, ActionBody, Profiles } from "./schema.ts";
import type { DiscoveryService } from "./service.ts";

/** @returns The plugin with the routes of discovery, for createApp. */
export function discoveryRoutes({ http, discovery }: { http: Http; discovery: DiscoveryService }) {
  return new Elysia({ name: "discovery", prefix: "/api/v1/discovery", tags: ["Discovery"] })
    .use(http)
    .get(
      "/profiles",
      async ({ viewer, query }) => {
        const { profiles, cursor } = await discovery.listProfiles({ viewerId: viewer.userId, ...query });
        return page({ profiles }, { cursor, hasMore: cursor !== null });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        query: PageQuery({ fallback: 10, max: 50 }),
        response: { 200: Paged(Profiles), ...errors() },
        detail: {
          summary: "People to meet",
          description: [
            "Online first, then the last active; who hides their activity stands among the offline, by the week",
            "of their last activity. Left out: oneself, people already acted on, matched or talked to (whatever",
            "became of it), blocks of either direction, inactive and suspended accounts, staff, and genders that",
            "either of the two does not prefer.",
          ].join(" "),
        },
      },
    )
    .post(
      "/action",
      async ({ viewer, body }) => {
        const { target_id: targetId, action_type: actionType } = body;
        const order = { viewerId: viewer.userId, targetId, actionType };
        const taken = await discovery.takeAction(order);
        return taken.created ? created(taken.answer) : ok(taken.answer);
      },
      {
        auth: "user",
        limit: "DEFAULT",
        body: ActionBody,
        response: {
          200: Envelope(ActionAnswer, { description: "The action stood already, or was changed" }),
          201: Envelope(ActionAnswer, { description: "The action is new, or it made a match" }),
          ...errors("USER_NOT_FOUND", "UNAUTHORIZED_ACTION", "CONFLICT", "LIKE_LIMIT_EXCEEDED"),
        },
        detail: {
          summary: "Like or dislike somebody",
          description: [
            "A like of somebody who likes you, or whose message request waits for you, is a match: `match` tells",
            "with whom and where to talk. Repeating an action changes nothing; a dislike may become a like, a like",
            "a super_like, never the other way (CONFLICT). Free accounts have 20 likes in any 12 hours",
            "(LIKE_LIMIT_EXCEEDED with `details.reset_at`). UNAUTHORIZED_ACTION when the two ended a match.",
          ].join(" "),
        },
      },
    );
}
