/**
 * Notices on the wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { literals, NOTICE_KINDS, Nullable, SanctionKind, Timestamp, Uuid } from "../../protocol/models.ts";

export const Notice = Type.Object({
  id: Uuid,
  notice: literals(NOTICE_KINDS),
  kind: Nullable(SanctionKind),
  text: Type.String({ description: "What was decided, why, until when, and how to appeal" }),
  until: Nullable(Timestamp),
  sanction_id: Nullable(Uuid),
  report_id: Nullable(Uuid),
  created_at: Timestamp,
  appealable: Type.Boolean({
    description:
      "POST /appeals is still open: once a decision, within six months, by `sanction_id` or `report_id`",
  }),
});
export type Notice = Static<typeof Notice>;

export const NoticePage = Type.Object({ notices: Type.Array(Notice) });
