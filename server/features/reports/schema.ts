/**
 * Reporting somebody, on the wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { TextField } from "../../protocol/fields.ts";
import { Id, ReportReason, Uuid } from "../../protocol/models.ts";

/** Longest description, in code points. */
export const DESCRIPTION_MAX = 1000;
/** Most messages that one report points at. */
export const MESSAGE_IDS_MAX = 20;

export const ReportBody = Type.Object(
  {
    reason: ReportReason,
    description: Type.Optional(
      TextField({
        max: DESCRIPTION_MAX,
        description: "At most 1,000 characters",
        examples: ["Profile photos appear to be stock images"],
      }),
    ),
    message_ids: Type.Optional(
      Type.Array(Id, {
        maxItems: MESSAGE_IDS_MAX,
        description: "Messages that the two of you exchanged; without them the last 50 are kept",
      }),
    ),
  },
  { examples: [{ reason: "fake_profile", description: "Profile photos appear to be stock images" }] },
);
export type ReportBody = Static<typeof ReportBody>;

export const ReportFiled = Type.Object({
  message: Type.String({ examples: ["Report submitted successfully"] }),
  report_id: Uuid,
});
export type ReportFiled = Static<typeof ReportFiled>;
