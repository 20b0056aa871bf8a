/**
 * `/admin/users/{id}/sanctions` and `/admin/sanctions`.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { created, Envelope, errors, type Http, ok, Paged, page } from "../../../http/mod.ts";
import { Id } from "../../../protocol/models.ts";
import type { Admin } from "../service.ts";
import { actorOf } from "../staff/actor.ts";
import { OptionalReasonBody, REASON_MAX } from "../staff/schema.ts";
import { requireWords } from "../staff/words.ts";
import { SanctionAnswer, SanctionBody, SanctionPage, SanctionsQuery } from "./schema.ts";

const staff = { auth: "staff", limit: "DEFAULT" } as const;
const ofUser = Type.Object({ id: Id });
const ofSanction = Type.Object({ id: Id, sanction_id: Id });

export function sanctionsRoutes({ http, admin }: { http: Http; admin: Admin }) {
  return new Elysia({ name: "admin/sanctions", tags: ["Moderation"] })
    .use(http)
    .get(
      "/sanctions",
      async ({ query }) => {
        const { user_id: userId, kind, state } = query;
        const { items, cursor } = await admin.sanctions.list({ userId, kind, state }, query);
        return page({ sanctions: items }, { cursor, hasMore: cursor !== null });
      },
      {
        ...staff,
        query: SanctionsQuery,
        response: { 200: Paged(SanctionPage), ...errors() },
        detail: {
          summary: "List sanctions",
          description:
            "Newest first. `state=awaiting_confirmation` are the bans that wait for a second person.",
        },
      },
    )
    .post(
      "/users/:id/sanctions",
      async ({ viewer, params, body }) => {
        const reason = requireWords(body.reason, { field: "reason", max: REASON_MAX });
        const actor = actorOf(viewer);
        return created({
          sanction: await admin.sanctions.impose(actor, params.id, { ...body, reason }),
        });
      },
      {
        ...staff,
        params: ofUser,
        body: SanctionBody,
        response: { 201: Envelope(SanctionAnswer), ...errors("USER_NOT_FOUND", "CONFLICT") },
        detail: {
          summary: "Sanction somebody",
          description:
            "Without a report. `mute` takes `hours`, `suspend` takes `until`; a ban acts as a suspension of seven days " +
            "until somebody else confirms it. Staff are sanctioned by admins only, nobody sanctions themselves.",
        },
      },
    )
    .delete(
      "/users/:id/sanctions/:sanction_id",
      async ({ viewer, params, body }) =>
        ok({ sanction: await admin.sanctions.lift(actorOf(viewer), toRef({ params, body }, "Lifted")) }),
      {
        ...staff,
        params: ofSanction,
        body: OptionalReasonBody,
        response: {
          200: Envelope(SanctionAnswer),
          ...errors("USER_NOT_FOUND", "SANCTION_NOT_FOUND", "CONFLICT"),
        },
        detail: {
          summary: "Lift a sanction",
          description: "Before its time; the person is told. CONFLICT when it has ended.",
        },
      },
    )
    .post(
      "/users/:id/sanctions/:sanction_id/confirm",
      async ({ viewer, params, body }) =>
        ok({
          sanction: await admin.sanctions.confirm(actorOf(viewer), toRef({ params, body }, "Confirmed")),
        }),
      {
        ...staff,
        params: ofSanction,
        body: OptionalReasonBody,
        response: {
          200: Envelope(SanctionAnswer),
          ...errors("USER_NOT_FOUND", "SANCTION_NOT_FOUND", "CONFLICT"),
        },
        detail: {
          summary: "Confirm a ban",
          description:
            "The second person's word makes it permanent. FORBIDDEN for whoever imposed it, CONFLICT when it does not " +
            "wait for that.",
        },
      },
    );
}

interface Asked {
  readonly params: { readonly id: string; readonly sanction_id: string };
  /** Null when the call had no body. */
  readonly body: { readonly reason?: string } | null;
}

function toRef({ params, body }: Asked, fallback: string) {
  const reason = body?.reason;
  return {
    userId: params.id,
    sanctionId: params.sanction_id,
    reason: reason === undefined ? fallback : requireWords(reason, { field: "reason", max: REASON_MAX }),
  };
}
