/**
 * The documents and the page that shows them. Everything the page loads is served from here: it works without a
 * network, and its policy forbids it to ask elsewhere.
 * @module
 */
import { Elysia } from "elysia";
import type { Http } from "../http/mod.ts";
import type { ListedRoute } from "../http/route_rules.ts";
import { Cached } from "../lib/cached.ts";
import { resource } from "../lib/resources.ts";
import { AppError } from "../protocol/errors.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { eventsPage } from "./events_page.ts";
import { guidePage } from "./guide/mod.ts";
import { API_VERSION } from "./info.ts";
import { createOpenApi, locate } from "./openapi.ts";
import { pageOf } from "./page.ts";
import { originOf, REVALIDATED, START_SCRIPTS, swaggerPage } from "./swagger_page.ts";

interface DocsOptions {
  readonly http: Http;
  /** Read at the first request, when every feature has been added. */
  readonly routes: () => readonly ListedRoute[];
}

/** Files of a pinned package: for an hour, so that an upgrade shows the same day. */
const CACHED = "public, max-age=3600";
const SCRIPT = "text/javascript; charset=utf-8";

const FILES: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": SCRIPT,
  "favicon-32x32.png": "image/png",
};

/** `GET /docs` and what belongs to it, open to anybody. */
export function docsRoutes({ http, routes }: DocsOptions) {
  const document = new Cached(async () => await createOpenApi(routes()));
  const events = new Cached(async () => eventsPage());
  // The script alone is 1.7 MB, 0.5 MB compressed: each file is compressed once, at its first request.
  const compressed = new Map(
    Object.keys(FILES).map((name) => [
      name,
      new Cached(async () => Bun.gzipSync(await Bun.file(resource("swagger", name)).bytes())),
    ]),
  );

  const hidden = { public: true, detail: { hide: true } } as const;
  return new Elysia({ name: "docs", prefix: "/docs" })
    .use(http)
    .get("", ({ set }) => swaggerPage("apps", set.headers), hidden)
    .get(
      "/assets/:name",
      async ({ params: { name }, request, set }) => {
        const start = Object.hasOwn(START_SCRIPTS, name) ? START_SCRIPTS[name] : undefined;
        const type = start ? SCRIPT : Object.hasOwn(FILES, name) ? FILES[name] : undefined;
        if (!type) throw new AppError("NOT_FOUND");
        set.headers["content-type"] = type;
        set.headers["cache-control"] = CACHED;
        if (start) return start;
        set.headers.vary = "accept-encoding";
        if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) {
          return new Response(Bun.file(resource("swagger", name)));
        }
        set.headers["content-encoding"] = "gzip";
        return new Response(await compressed.get(name)!.read());
      },
      hidden,
    )
    .get(
      "/openapi.json",
      async ({ request, set }) => {
        set.headers["cache-control"] = REVALIDATED;
        return locate(await document.read(), originOf(request, set.headers));
      },
      hidden,
    )
    .get(
      "/asyncapi.json",
      ({ request, set }) => {
        set.headers["cache-control"] = REVALIDATED;
        return asyncApiDocument({ version: API_VERSION, url: originOf(request, set.headers) });
      },
      hidden,
    )
    .get(
      "/events",
      async ({ set }) => {
        set.headers["cache-control"] = REVALIDATED;
        const title = "VibesMatch messaging: events of the socket";
        return pageOf({ title, body: await events.read(), headers: set.headers });
      },
      hidden,
    )
    .get(
      "/guide",
      async ({ request, set }) => {
        set.headers["cache-control"] = REVALIDATED;
        const title = "VibesMatch messaging: guide for app developers";
        const body = await guidePage(originOf(request, set.headers));
        return pageOf({ title, body, headers: set.headers });
      },
      hidden,
    );
}
