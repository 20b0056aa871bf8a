/**
 * `POST` and `DELETE /users/{id}/block`, `GET /users/blocks`.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { optionalText } from "../../domain/text.ts";
import { created, Envelope, errors, type Http, ok, Paged, PageQuery, page } from "../../http/mod.ts";
import { Id } from "../../protocol/models.ts";
import type { BlockRow } from "./queries.ts";
import { type Block, BlockBody, Blocks, Done } from "./schema.ts";
import type { BlockService } from "./service.ts";

const params = Type.Object({ id: Id });

export function blockRoutes({ http, blocks }: { http: Http; blocks: BlockService }) {
  return new Elysia({ name: "blocks", prefix: "/api/v1/users", tags: ["Blocks"] })
    .use(http)
    .post(
      "/:id/block",
      async ({ viewer, params, body }) => {
        const direction = { blockerId: viewer.userId, blockedId: params.id };
        const block = await blocks.block(direction, optionalText(body?.reason));
        const answer = { message: "User blocked successfully" };
        return block.created ? created(answer) : ok(answer);
      },
      {
        auth: "user",
        limit: "DEFAULT",
        params,
        body: Type.Optional(BlockBody),
        response: {
          201: Envelope(Done, { description: "Blocked" }),
          200: Envelope(Done, { description: "Was blocked already" }),
          ...errors("USER_NOT_FOUND"),
        },
        detail: {
          summary: "Block somebody",
          description:
            "Ends the match, closes the conversation for both, cancels pending requests in both directions and " +
            "hides each from the other everywhere. From this answer on nothing of either reaches the other. " +
            "Blocking again changes nothing.",
        },
      },
    )
    .delete(
      "/:id/block",
      async ({ viewer, params }) => {
        await blocks.unblock({ blockerId: viewer.userId, blockedId: params.id });
        return ok({ message: "User unblocked successfully" });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        params,
        response: { 200: Envelope(Done), ...errors("USER_NOT_FOUND") },
        detail: {
          summary: "Unblock somebody",
          description:
            "The match stays ended; the conversation can be read again, unless the other one has blocked you too. " +
            "Unblocking again changes nothing.",
        },
      },
    )
    .get(
      "/blocks",
      async ({ viewer, query }) => {
        const { items, cursor } = await blocks.list(viewer.userId, query);
        return page({ blocks: items.map(toBlock) }, { cursor, hasMore: cursor !== null });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        query: PageQuery({ fallback: 20, max: 50 }),
        response: { 200: Paged(Blocks), ...errors() },
        detail: {
          summary: "List whom you have blocked",
          description: "Newest first, with the name and pictures that each had before the block.",
        },
      },
    );
}

function toBlock(row: BlockRow): Block {
  return {
    id: row.id,
    user: { id: row.userId, name: row.name, profile_photos: row.profilePhotos },
    reason: row.reason,
    created_at: row.createdAt.toISOString(),
  };
}
