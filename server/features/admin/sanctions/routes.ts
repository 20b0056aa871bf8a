/**
 * `/admin/users/{id}/sanctions` and `/admin/sanctions`.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { created, Envelope, errors, type Http, ok, Paged, page } from "../../../http/mod.ts";
import { Id } from "../../../protocol/models.ts";
import { actorOf } from "../staff/judging.ts";
import { OptionalReasonBody, REASON_MAX } from "../staff/schema.ts";
import { requireWords } from "../staff/words.ts";
import { SanctionAnswer, SanctionBody, SanctionPage, SanctionsQuery } from "./schema.ts";
import type { SanctionService } from "./service.ts";

const staff = { auth: "staff", limit: "DEFAULT" } as const;
const ofUser = Type.Object({ id: Id });
const ofSanction = Type.Object({ id: Id, sanction_id: Id });

export function sanctionsRoutes({ http, sanctions }: { http: Http; sanctions: SanctionService }) {
  return new Elysia({ name: "admin/sanctions", tags: ["Moderation"] })
    .use(http)
    .get(
      "/sanctions",
      async ({ viewer, query }) => {
        const { user_id: userId, kind, state } = query;
        const { items, cursor } = await sanctions.list(actorOf(viewer), { userId, kind, state }, query);
        return page({ sanctions: items }, { cursor, hasMore: cursor !== null });
      },
      {
        ...staff,
        query: SanctionsQuery,
        response: { 200: Paged(SanctionPage), ...errors() },
        detail: {
          summary: "List sanctions",
          description:
            "Newest first, without one's own. `state=awaiting_confirmation` are the bans that wait for a second person.",
        },
      },
    )
    .post(
      "/users/:id/sanctions",
      async ({ viewer, params, body }) => {
        const reason = requireWords(body.reason, "reason", REASON_MAX);
        const actor = actorOf(viewer);
        return created({
          sanction: await sanctions.impose(actor, params.id, { ...body, reason }),
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
            "until somebody else confirms it. Suspended and banned people are signed out everywhere. FORBIDDEN for oneself, " +
            "for a member of staff unless one is an admin, and while one's own report about the person is open.",
        },
      },
    )
    .delete(
      "/users/:id/sanctions/:sanction_id",
      async ({ viewer, params, body }) =>
        ok({ sanction: await sanctions.lift(actorOf(viewer), toRef({ params, body }, "Lifted")) }),
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
          description:
            "Before its time; the person is told. A confirmed ban takes two: the first call sets `lift_requested_by`, " +
            "somebody else's within seven days lifts it. What an admin imposed or confirmed is lifted by admins. " +
            "CONFLICT when it has ended.",
        },
      },
    )
    .post(
      "/users/:id/sanctions/:sanction_id/confirm",
      async ({ viewer, params, body }) =>
        ok({
          sanction: await sanctions.confirm(actorOf(viewer), toRef({ params, body }, "Confirmed")),
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
            "A second person makes it permanent. FORBIDDEN for whoever imposed it and for whoever reported the person, " +
            "when the report is open or led to the ban; CONFLICT when it does not wait for that.",
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
    reason: reason === undefined ? fallback : requireWords(reason, "reason", REASON_MAX),
  };
}
