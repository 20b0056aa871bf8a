/**
 * Blocks on the moderators' wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { ConversationStatus, Id, literals, Nullable, Timestamp, Uuid } from "../../../protocol/models.ts";
import { PastReport } from "../reports/detail_schema.ts";
import { ListQuery, PersonRef } from "../staff/schema.ts";

const rowFields = {
  id: Uuid,
  reason: Nullable(Type.String()),
  created_at: Timestamp,
  blocker: PersonRef,
  blocked: PersonRef,
  blocks_against: Type.Integer({ description: "People who block the blocked one now" }),
  open_reports: Type.Integer({ description: "Open reports about the blocked one" }),
  upheld: Nullable(Type.Object({ by: Nullable(PersonRef), at: Timestamp })),
};

export const BlockRow = Type.Object(rowFields);
export type BlockRow = Static<typeof BlockRow>;

export const BlockPage = Type.Object({ blocks: Type.Array(BlockRow) });

export const BlockDetail = Type.Object({
  ...rowFields,
  mutual: Type.Boolean({ description: "The blocked one blocks the blocker too" }),
  conversation: Nullable(
    Type.Object({
      id: Uuid,
      status: ConversationStatus,
      messages: Type.Integer(),
      last_activity: Timestamp,
    }),
  ),
  reports: Type.Array(PastReport, { description: "Of the blocker about the blocked one, newest first" }),
});
export type BlockDetail = Static<typeof BlockDetail>;

export const BlockAnswer = Type.Object({ block: BlockDetail });
export const BlockLifted = Type.Object({
  message: Type.String({ examples: ["Block lifted"] }),
  block_id: Uuid,
});

export const BlocksQuery = ListQuery({
  blocker_id: Type.Optional(Id),
  blocked_id: Type.Optional(Id),
  user_id: Type.Optional(Id),
  upheld: Type.Optional(literals(["true", "false"], { description: "Looked at by staff and left in force" })),
});
