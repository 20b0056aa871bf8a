/**
 * The routes of pictures: uploads under `/api/v1/media`, and the signed links under `/media` that bytes travel through.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import type { RateLimits } from "../../backplane/mod.ts";
import { created, Envelope, errors, type Http, ok, serveObject } from "../../http/mod.ts";
import { AppError } from "../../protocol/errors.ts";
import { Id } from "../../protocol/models.ts";
import type { Links, Variant } from "./links.ts";
import { Completed, SignedLink, Upload, UploadBody } from "./schema.ts";
import type { MediaService } from "./service.ts";

/** Seconds that an upload may take: 10 MB at 40 kB/s. */
const UPLOAD_TIMEOUT_SECONDS = 250;

interface Deps {
  readonly http: Http;
  readonly limits: RateLimits;
  readonly media: MediaService;
  readonly links: Pick<Links, "secondsLeft">;
}

/** @returns The routes under `/api/v1/media`. */
export function mediaRoutes({ http, limits, media }: Omit<Deps, "links">) {
  return new Elysia({ name: "media", prefix: "/api/v1/media", tags: ["Media"] })
    .use(http)
    .post(
      "",
      async ({ viewer, body }) => {
        await limits.consume("MEDIA_BYTES", viewer.userId, { points: body.size });
        return created(await media.begin(viewer.userId, body));
      },
      {
        auth: "user",
        limit: "MEDIA_UPLOADS",
        body: UploadBody,
        response: { 201: Envelope(Upload), ...errors() },
        detail: {
          summary: "Begin to upload a picture",
          description:
            "JPEG, PNG or WebP of at most 10 MB and 40 megapixels. `PUT` the file to `upload.url` with `upload.headers`, " +
            "within 15 minutes, then complete it. A picture that is not sent within 24 hours is deleted. Bytes count " +
            "against the limit `MEDIA_BYTES` as well. SERVICE_UNAVAILABLE where the store is away, or there is none.",
        },
      },
    )
    .post(
      "/:id/complete",
      async ({ viewer, params }) => ok({ media: await media.complete(viewer.userId, params.id) }),
      {
        auth: "user",
        limit: "DEFAULT",
        params: Type.Object({ id: Id }),
        response: {
          200: Envelope(Completed),
          ...errors("MEDIA_NOT_FOUND", "CONFLICT", "UNUSABLE_PICTURE"),
        },
        detail: {
          summary: "Complete an upload",
          description:
            "Decodes the file and stores it anew as WebP of at most 2048 pixels a side: upright, without EXIF, place, " +
            "comments and profiles. Send `media.url`, which stays the same, as the content of an image message. Again it " +
            "answers the same. CONFLICT while no file has arrived or the picture is being checked; PAYLOAD_TOO_LARGE " +
            "for more bytes than were declared; UNUSABLE_PICTURE with `details.reason`: `format`, `heic`, `animated`, " +
            "`truncated`, `too_large`, `undecodable` or `rejected`.",
        },
      },
    )
    .get(
      "/:id",
      async ({ viewer, params, set }) => {
        set.headers.location = await media.linkFor(viewer.userId, params.id);
        set.status = 302;
        return new Response(null, { status: 302 }) as never;
      },
      {
        auth: "user",
        limit: "DEFAULT",
        params: Type.Object({ id: Id }),
        response: {
          302: Type.Void({ description: "`Location` is a link that is good for 60–120 s" }),
          ...errors("MEDIA_NOT_FOUND"),
        },
        detail: {
          summary: "Open a picture",
          description:
            "One's own, or one that was sent to a conversation of the caller; MEDIA_NOT_FOUND for everybody else, and " +
            "across a block.",
        },
      },
    );
}

const LinkParams = Type.Object({
  id: Id,
  variant: Type.Union([Type.Literal("picture"), Type.Literal("thumb")]),
});

/**
 * @returns The routes under `/media`. They ask for no token: a signed link is given only to somebody who may see the
 *   picture, and expires soon.
 */
export function mediaLinkRoutes({ http, media, links }: Omit<Deps, "limits">) {
  function secondsLeft(id: string, variant: Variant, { expires, signature }: SignedLink): number {
    const seconds = links.secondsLeft({ id, variant, expires: Number(expires) }, signature);
    if (seconds === 0) throw new AppError("MEDIA_NOT_FOUND", "The link has ended, or is none of ours");
    return seconds;
  }

  return new Elysia({ name: "media links", prefix: "/media" })
    .use(http)
    .get(
      "/:id/:variant",
      async ({ params: { id, variant }, query, request, set }) => {
        const maxAge = secondsLeft(id, variant, query);
        const object = await media.open(id, variant);
        if (!object) throw new AppError("MEDIA_NOT_FOUND");
        const { status, headers, body } = serveObject(request, object, {
          tag: `"${id}-${variant}"`,
          maxAge,
        });
        Object.assign(set.headers, headers);
        set.status = status;
        return new Response(body, { status, headers }) as never;
      },
      { public: true, params: LinkParams, query: SignedLink, detail: { hide: true } },
    )
    .put(
      "/:id/upload",
      async ({ params: { id }, query, request, server }) => {
        secondsLeft(id, "upload", query);
        if (!request.body) throw new AppError("PAYLOAD_TOO_LARGE", "The file is empty");
        server?.timeout(request, UPLOAD_TIMEOUT_SECONDS);
        await media.receive(id, request.body as unknown as AsyncIterable<Uint8Array>);
        return ok({ media_id: id });
      },
      { public: "raw", params: Type.Object({ id: Id }), query: SignedLink, detail: { hide: true } },
    );
}
