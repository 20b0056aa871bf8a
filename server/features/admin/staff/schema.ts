/**
 * Wire shapes that several rooms share.
 * @module
 */

import { type Static, type TProperties, Type } from "@sinclair/typebox";
import { PageQuery } from "../../../http/mod.ts";
import { TextField } from "../../../protocol/fields.ts";
import { Nullable, Timestamp, Uuid } from "../../../protocol/models.ts";

/** Longest reason of a decision, in code points. */
export const REASON_MAX = 1000;

/** `{id, name}`: whom something names. */
export const PersonRef = Type.Object({ id: Uuid, name: Type.String() });
export type PersonRef = Static<typeof PersonRef>;

/** The sanctions in force on a person. */
export const inForceFields = {
  muted_until: Nullable(Timestamp),
  suspended_until: Nullable(Timestamp),
  banned: Type.Boolean({ description: "For good: a confirmed ban" }),
  ban_waits: Type.Boolean({
    description:
      "Suspended, and a ban waits for a second person: until it is confirmed, lifted, or its trial is over",
  }),
};

const reasonRules = { min: 1, max: REASON_MAX };

/** Why, for the audit log. */
export const Reason = TextField({
  ...reasonRules,
  description: "1–1,000 characters, for the audit log",
  examples: ["Checked again with the context of the earlier messages"],
});

/** Why, in words that the person concerned reads. */
export const PublicReason = TextField({
  ...reasonRules,
  description:
    "1–1,000 characters. With an action it is sent to the person: it must not name who reported them. " +
    "Remarks among staff belong in a note",
  examples: ["Repeated insults after being asked to stop"],
});

export const ReasonBody = Type.Object({ reason: Reason });
export const OptionalReasonBody = Type.Optional(Type.Object({ reason: Type.Optional(Reason) }));

/** The query of a list with its filters. */
export function ListQuery<Filters extends TProperties>(filters: Filters) {
  return Type.Object({ ...PageQuery({ fallback: 50, max: 200 }).properties, ...filters });
}
