/**
 * The profile routes: one's own, and how one sees somebody else.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok } from "../../http/mod.ts";
import { withRules } from "../../protocol/fields.ts";
import { Id } from "../../protocol/models.ts";
import { profileFlaws } from "./profile_rules.ts";
import { OwnProfile, ProfileChanges, PublicProfile } from "./schema.ts";
import type { UserService } from "./service.ts";

/** @returns The routes under `/api/v1/users` that are about profiles. */
export function userRoutes({ http, users }: { http: Http; users: UserService }) {
  return new Elysia({ name: "users", prefix: "/api/v1/users", tags: ["Profiles"] })
    .use(http)
    .get("/profile", async ({ viewer }) => ok(await users.getOwnProfile(viewer.userId)), {
      auth: "user",
      limit: "DEFAULT",
      response: { 200: Envelope(OwnProfile), ...errors("NOT_FOUND") },
      detail: {
        summary: "Read my profile",
        description: "Everything that is stored about the caller's profile.",
      },
    })
    .put("/profile", async ({ viewer, body }) => ok(await users.changeProfile(viewer.userId, body)), {
      auth: "user",
      limit: "DEFAULT",
      body: withRules(ProfileChanges, profileFlaws),
      response: { 200: Envelope(OwnProfile), ...errors("NOT_FOUND") },
      detail: {
        summary: "Change my profile",
        description:
          "Changes the fields that are given; the others stay. Texts are trimmed and normalised (NFC). " +
          "Every bad field is named at once, and then nothing is changed.",
      },
    })
    .get(
      "/:id/profile",
      async ({ viewer, params }) => ok(await users.getProfileFor(viewer.userId, params.id)),
      {
        auth: "user",
        limit: "DEFAULT",
        params: Type.Object({ id: Id }),
        response: { 200: Envelope(PublicProfile), ...errors("NOT_FOUND") },
        detail: {
          summary: "Look at somebody's profile",
          description:
            "The public view, with what the caller has to do with the person. NOT_FOUND also when the account is " +
            "closed or suspended, or when one of the two has blocked the other.",
        },
      },
    );
}
