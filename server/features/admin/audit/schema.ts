/**
 * The audit log on the wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { Id, literals, Nullable, Timestamp, Uuid } from "../../../protocol/models.ts";
import { ListQuery } from "../staff/schema.ts";
import { AUDIT_ACTIONS, AUDIT_TARGETS } from "./chain.ts";

const Facts = Type.Record(Type.String(), Type.Unknown());

export const AuditRow = Type.Object({
  seq: Type.Integer({ description: "1, 2, 3 … A gap is an entry that the caller may not see" }),
  id: Uuid,
  action: literals(AUDIT_ACTIONS),
  actor: Type.Object(
    { id: Uuid, name: Nullable(Type.String()) },
    { description: "All zeros: an operator at the command line without `--by`" },
  ),
  target: Type.Object({ type: literals(AUDIT_TARGETS), id: Uuid }),
  reason: Nullable(Type.String()),
  before: Nullable(Facts),
  after: Nullable(Facts),
  created_at: { ...Timestamp, description: "RFC 3339, UTC, to the microsecond: exactly what is hashed" },
  prev_hash: Type.String({
    description: "`hash` of the entry before; 64 zeros for the first",
    examples: ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
  }),
  hash: Type.String({
    description:
      "SHA-256, hexadecimal, over the 32 bytes of `prev_hash` and then the UTF-8 of the JSON array [seq as a string, id, " +
      "actor.id, action, target.type, target.id, reason, before, after, created_at], without white space and with the " +
      "keys of objects sorted",
  }),
});
export type AuditRow = Static<typeof AuditRow>;

export const AuditPage = Type.Object({ entries: Type.Array(AuditRow) });

export const AuditQuery = ListQuery({
  actor_id: Type.Optional(Id),
  action: Type.Optional(literals(AUDIT_ACTIONS, { description: "What was done" })),
  target_type: Type.Optional(literals(AUDIT_TARGETS, { description: "To what kind of thing" })),
  target_id: Type.Optional(Id),
});
