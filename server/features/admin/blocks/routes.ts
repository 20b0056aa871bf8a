/**
 * `/admin/blocks`.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok, Paged, page } from "../../../http/mod.ts";
import { Id } from "../../../protocol/models.ts";
import { actorOf } from "../staff/judging.ts";
import { REASON_MAX, ReasonBody } from "../staff/schema.ts";
import { requireWords } from "../staff/words.ts";
import { BlockAnswer, BlockLifted, BlockPage, BlocksQuery } from "./schema.ts";
import type { StaffBlocks } from "./service.ts";

const staff = { auth: "staff", limit: "DEFAULT" } as const;
const params = Type.Object({ id: Id });

export function staffBlocksRoutes({ http, blocks }: { http: Http; blocks: StaffBlocks }) {
  return new Elysia({ name: "admin/blocks", prefix: "/blocks", tags: ["Moderation"] })
    .use(http)
    .get(
      "",
      async ({ viewer, query }) => {
        const { items, cursor } = await blocks.list(
          actorOf(viewer),
          {
            blockerId: query.blocker_id,
            blockedId: query.blocked_id,
            userId: query.user_id,
            upheld: query.upheld === undefined ? undefined : query.upheld === "true",
          },
          query,
        );
        return page({ blocks: items }, { cursor, hasMore: cursor !== null });
      },
      {
        ...staff,
        query: BlocksQuery,
        response: { 200: Paged(BlockPage), ...errors() },
        detail: {
          summary: "List blocks",
          description: "Newest first. Blocks against oneself are not in it.",
        },
      },
    )
    .get("/:id", async ({ viewer, params }) => ok({ block: await blocks.show(actorOf(viewer), params.id) }), {
      ...staff,
      params,
      response: { 200: Envelope(BlockAnswer), ...errors("BLOCK_NOT_FOUND") },
      detail: { summary: "Open a block", description: "With what is between the two people." },
    })
    .post(
      "/:id/lift",
      async ({ viewer, params, body }) => {
        const id = params.id;
        await blocks.lift(actorOf(viewer), id, requireWords(body.reason, "reason", REASON_MAX));
        return ok({ message: "Block lifted", block_id: id });
      },
      {
        ...staff,
        params,
        body: ReasonBody,
        response: { 200: Envelope(BlockLifted), ...errors("BLOCK_NOT_FOUND") },
        detail: {
          summary: "Lift a block",
          description:
            "As if its owner had taken it back; they are told, and may block again. FORBIDDEN for one's own block, when " +
            "either of the two is staff or an admin upheld it unless one is an admin, and while one's own report about " +
            "either is open.",
        },
      },
    )
    .post(
      "/:id/uphold",
      async ({ viewer, params, body }) => {
        const reason = requireWords(body.reason, "reason", REASON_MAX);
        return ok({ block: await blocks.uphold(actorOf(viewer), params.id, reason) });
      },
      {
        ...staff,
        params,
        body: ReasonBody,
        response: { 200: Envelope(BlockAnswer), ...errors("BLOCK_NOT_FOUND", "CONFLICT") },
        detail: {
          summary: "Uphold a block",
          description:
            "Looked at and left in force. CONFLICT when it was upheld before (`details.upheld_by`).",
        },
      },
    );
}
