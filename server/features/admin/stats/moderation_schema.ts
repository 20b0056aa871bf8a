/**
 * The numbers of moderation over a time on the wire: the answer of GET /admin/stats/moderation.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { isTimestamp, parseDate } from "../../../lib/time.ts";
import { TextField } from "../../../protocol/fields.ts";
import { Nullable, ReportReason, Timestamp, Uuid } from "../../../protocol/models.ts";

/** Longest time that is counted, in days. */
export const PERIOD_MAX_DAYS = 1_100;
/** The time that is counted when nothing is asked for, in days. */
export const PERIOD_DAYS = 30;
/** A decision that its own moderator takes back within this time was a slip and does not count, in seconds. */
export const SLIP_SECONDS = 60;

const seconds = "From the filing of a report to its decision";
const share = (of: string) => Nullable(Type.Number({ description: `0 to 1, of ${of}; null without any` }));

const counts = {
  decisions: Type.Integer({ description: "Reports decided in this time" }),
  overturned: Type.Integer({
    description: "Of them, those taken back since: undone, or their sanction lifted",
  }),
  overturn_rate: share("the decisions"),
};

export const ModerationStats = Type.Object({
  from: Timestamp,
  to: Timestamp,
  open: Type.Integer({ description: "Open reports now" }),
  oldest_open_at: Nullable(Timestamp, { description: "When the oldest of them was filed" }),
  filed: Type.Integer({ description: "Reports filed in this time" }),
  ...counts,
  handling_seconds: Nullable(Type.Object({ p50: Type.Number(), p95: Type.Number() }), {
    description: `${seconds}; null without decisions`,
  }),
  sla_hit_rate: share("the decisions: made before `due_at`"),
  conversations: Type.Integer({ description: "Conversations that began in this time" }),
  reports_per_1000_conversations: Nullable(Type.Number()),
  by_moderator: Type.Array(
    Type.Object({
      id: Uuid,
      name: Nullable(Type.String(), { description: "Null when the account is gone" }),
      ...counts,
    }),
    { description: "For admins everybody, most decisions first; for moderators only themselves" },
  ),
  by_reason: Type.Array(Type.Object({ reason: ReportReason, filed: Type.Integer(), ...counts })),
  by_month: Type.Array(
    Type.Object({
      month: Type.String({ description: "In UTC", examples: ["2026-01"] }),
      reason: ReportReason,
      filed: Type.Integer(),
      dismissed: Type.Integer(),
      no_action: Type.Integer({ description: "Upheld without a sanction" }),
      warn: Type.Integer(),
      mute: Type.Integer(),
      suspend: Type.Integer(),
      ban: Type.Integer(),
      overturned: Type.Integer(),
    }),
    {
      description:
        "For a transparency report: what was filed and what was decided in each month, without anybody's name",
    },
  ),
});
export type ModerationStats = Static<typeof ModerationStats>;

const when = (description: string, example: string) =>
  Type.Optional(
    TextField({
      min: 1,
      max: 40,
      verbatim: true,
      description,
      examples: [example],
      check: (text) =>
        isTimestamp(text) || parseDate(text)
          ? undefined
          : { code: "format", message: "must be a day such as 2026-01-31, or a time in RFC 3339" },
    }),
  );

export const ModerationStatsQuery = Type.Object({
  from: when(
    `A day (from its start, UTC) or a time; ${PERIOD_DAYS} days before \`to\` when absent`,
    "2026-01-01",
  ),
  to: when("Likewise, not included; now when absent", "2026-02-01"),
});
