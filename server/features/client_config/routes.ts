/**
 * `GET /config`: the same for everybody, kept by caches for a minute and asked for again by its ETag.
 * @module
 */
import { createHash } from "node:crypto";
import { Elysia } from "elysia";
import type { Config } from "../../config/mod.ts";
import type { RateName } from "../../domain/limits.ts";
import { Envelope, type Http, isKnownTag, ok, publicErrors } from "../../http/mod.ts";
import { MESSAGE_MAX, REQUEST_MAX } from "../../protocol/models.ts";
import type { MediaService } from "../media/mod.ts";
import type { Push } from "../push/mod.ts";
import { INTERESTS_MAX, PHOTOS_MAX } from "../users/mod.ts";
import { ClientConfig, type StableConfig } from "./schema.ts";

const MAX_AGE_SECONDS = 60;
/** The limits per person that an app may want to show. */
const TOLD = [
  "MESSAGE_REQUEST",
  "MESSAGE_SEND",
  "WS_SEND_MESSAGE",
  "WS_TYPING",
  "LIKES",
  "REPORT",
  "EXPORT",
] as const satisfies RateName[];

interface Deps {
  readonly http: Http;
  readonly config: Pick<Config, "limits" | "limitsEnabled" | "mediaHosts" | "minClientVersion">;
  readonly push: Pick<Push, "offered">;
  readonly media: Pick<MediaService, "offered">;
}

/** @returns The route `/api/v1/config`. */
export function clientConfigRoutes({ http, ...deps }: Deps) {
  const { stable, etag } = describe(deps);
  return new Elysia({ name: "client_config", prefix: "/api/v1/config", tags: ["Config"] }).use(http).get(
    "",
    ({ request, set }) => {
      set.headers["cache-control"] = `public, max-age=${MAX_AGE_SECONDS}`;
      set.headers.etag = etag;
      if (isKnownTag(request, etag)) {
        set.status = 304;
        return new Response(null, { status: 304 }) as never;
      }
      return ok({ ...stable, server_time: new Date().toISOString() });
    },
    {
      public: true,
      limit: "ADDRESS",
      response: { 200: Envelope(ClientConfig), ...publicErrors() },
      detail: {
        summary: "Read the configuration for apps",
        description:
          "Limits, hosts of pictures, push, the minimum version of apps. Needs no token; caches may keep it for a " +
          "minute. With `If-None-Match` the answer is 304 while nothing but `server_time` has changed.",
      },
    },
  );
}

function describe(deps: Omit<Deps, "http">) {
  const stable = stableOf(deps);
  const hash = createHash("sha256").update(JSON.stringify(stable)).digest("base64url").slice(0, 22);
  // Weak: `server_time` differs from answer to answer.
  return { stable, etag: `W/"${hash}"` };
}

function stableOf({ config, push, media }: Omit<Deps, "http">): StableConfig {
  const { limits, limitsEnabled, mediaHosts, minClientVersion } = config;
  const told = limitsEnabled ? TOLD : [];
  return {
    limits: {
      message_length: MESSAGE_MAX,
      request_length: REQUEST_MAX,
      photos: PHOTOS_MAX,
      interests: INTERESTS_MAX,
      rates: told.map((name) => {
        const { points: count, seconds } = limits[name];
        return { name: name.toLowerCase(), count, seconds };
      }),
    },
    media: { hosts: [...mediaHosts], upload: media.offered },
    push: { providers: [...push.offered.providers], vapid_public_key: push.offered.vapidPublicKey },
    min_client_version: minClientVersion,
  };
}
