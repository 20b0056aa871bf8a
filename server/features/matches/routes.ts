/**
 * The routes of matches.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { optionalText } from "../../domain/text.ts";
import { Envelope, errors, type Http, ok, Paged, PageQuery, page } from "../../http/mod.ts";
import { Id } from "../../protocol/models.ts";
import { Matches, UnmatchBody, Unmatched } from "./schema.ts";
import type { MatchService } from "./service.ts";

/** @returns The plugin with the routes of matches, for createApp. */
export function matchRoutes({ http, matches }: { http: Http; matches: MatchService }) {
  return new Elysia({ name: "matches", prefix: "/api/v1/matches", tags: ["Matches"] })
    .use(http)
    .get(
      "",
      async ({ viewer, query }) => {
        const { matches: items, cursor } = await matches.listMatches({ viewerId: viewer.userId, ...query });
        return page({ matches: items }, { cursor, hasMore: cursor !== null });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        query: PageQuery({ fallback: 20, max: 50 }),
        response: { 200: Paged(Matches), ...errors() },
        detail: { summary: "List matches", description: "The active ones, the newest first." },
      },
    )
    .delete(
      "/:id",
      async ({ viewer, params, body }) => {
        const reason = optionalText(body?.reason);
        await matches.unmatch({ viewerId: viewer.userId, matchId: params.id, reason });
        return ok({ message: "Unmatched successfully" });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        params: Type.Object({ id: Id }),
        body: UnmatchBody,
        response: { 200: Envelope(Unmatched), ...errors("MATCH_NOT_FOUND") },
        detail: {
          summary: "Unmatch",
          description: [
            "Either of the two may. The conversation is archived (readable, no more messages) and both leave each",
            "other's discovery for good. Repeating it, or doing what the other did first, answers the same and",
            "changes nothing. A reason is for moderators: the other person never sees it.",
          ].join(" "),
        },
      },
    );
}
