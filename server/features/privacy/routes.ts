/**
 * The routes of one's own data: the export, and deleting the account.
 * @module
 */
import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok } from "../../http/mod.ts";
import { DeleteBody, Deleted, Export } from "./schema.ts";
import type { Privacy } from "./service.ts";

/** @returns The routes under `/api/v1/users/me`. */
export function privacyRoutes({
  http,
  privacy: { erasure, exports },
}: {
  http: Http;
  privacy: Pick<Privacy, "erasure" | "exports">;
}) {
  return new Elysia({ name: "privacy", prefix: "/api/v1/users/me", tags: ["My data"] })
    .use(http)
    .get(
      "/export",
      async ({ viewer, set }) => {
        const stream = await exports.exportOf(viewer.userId);
        set.headers["content-type"] = "application/json; charset=utf-8";
        set.headers["content-disposition"] = 'attachment; filename="vibesmatch-export.json"';
        return new Response(stream) as never;
      },
      {
        auth: "user",
        limit: "EXPORT",
        response: { 200: Envelope(Export), ...errors("NOT_FOUND") },
        detail: {
          summary: "Export my data",
          description:
            "Everything that is stored about the caller, as one JSON file, written while it is read. What the app " +
            "would not show is not in it: messages of conversations that a block has closed, and read receipts " +
            "without premium. `complete` is its last key: a file without it was cut off.",
        },
      },
    )
    .delete(
      "",
      async ({ viewer, body }) => {
        await erasure.deleteAccount(viewer, body.code);
        return ok({ message: "Account deleted" });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        body: DeleteBody,
        response: { 200: Envelope(Deleted), ...errors("UNAUTHORIZED_ACTION") },
        detail: {
          summary: "Delete my account",
          description:
            "For good. It takes a fresh code, mailed to the account's own address by POST /auth/send-otp: a token " +
            "alone is not enough. Every session ends; profile, photos and address are removed, and the address may " +
            "sign up anew. Matches end and pending requests are cancelled. Messages stay for those who received " +
            'them, as from "Deleted account". Evidence that was sealed for a report stays until its term. ' +
            "UNAUTHORIZED_ACTION for a wrong code, and for members of staff.",
        },
      },
    );
}
