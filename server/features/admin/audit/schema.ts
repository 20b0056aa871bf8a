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
  seq: Type.Integer({ description: "1, 2, 3 … without a gap" }),
  id: Uuid,
  action: literals(AUDIT_ACTIONS),
  actor: Type.Object({ id: Uuid, name: Nullable(Type.String()) }),
  target: Type.Object({ type: literals(AUDIT_TARGETS), id: Uuid }),
  reason: Nullable(Type.String()),
  before: Nullable(Facts),
  after: Nullable(Facts),
  created_at: Timestamp,
  hash: Type.String({ description: "SHA-256, hexadecimal, over this entry and the hash before it" }),
});
export type AuditRow = Static<typeof AuditRow>;

export const AuditPage = Type.Object({ entries: Type.Array(AuditRow) });

export const AuditQuery = ListQuery({
  actor_id: Type.Optional(Id),
  action: Type.Optional(literals(AUDIT_ACTIONS, { description: "What was done" })),
  target_type: Type.Optional(literals(AUDIT_TARGETS, { description: "To what kind of thing" })),
  target_id: Type.Optional(Id),
});
