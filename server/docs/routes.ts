/**
 * The documents and the page that shows them. Everything the page loads is served from here: it works without a
 * network, and its policy forbids it to ask elsewhere.
 * @module
 */
import { dirname, join } from "node:path";
import { Elysia } from "elysia";
import type { Http } from "../http/mod.ts";
import type { ListedRoute } from "../http/route_rules.ts";
import { Cached } from "../lib/cached.ts";
import { AppError } from "../protocol/errors.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { eventsPage } from "./events_page.ts";
import { guidePage } from "./guide/mod.ts";
import { API_VERSION } from "./info.ts";
import { createOpenApi } from "./openapi.ts";
import { pageOf } from "./page.ts";

interface DocsOptions {
  readonly http: Http;
  /** Read at the first request, when every feature has been added. */
  readonly routes: () => readonly ListedRoute[];
}

/** The page's own styles are set by its script, hence 'unsafe-inline' for styles alone. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>VibesMatch messaging API</title>
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
    <link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>The document itself is at /docs/openapi.json, the socket's events at <a href="/docs/events">/docs/events</a>, a guide at <a href="/docs/guide">/docs/guide</a>.</noscript>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/assets/start.js"></script>
  </body>
</html>
`;

/** `validatorUrl: null`: the badge would send the document's address to a service of others. */
const START = `window.ui = SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/** Files of a pinned package: for an hour, so that an upgrade shows the same day. */
const CACHED = "public, max-age=3600";
const SCRIPT = "text/javascript; charset=utf-8";

const FOLDER = dirname(Bun.fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
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
      new Cached(async () => Bun.gzipSync(await Bun.file(join(FOLDER, name)).bytes())),
    ]),
  );

  const hidden = { public: true, detail: { hide: true } } as const;
  return new Elysia({ name: "docs", prefix: "/docs" })
    .use(http)
    .get(
      "",
      ({ set }) => {
        set.headers["content-type"] = "text/html; charset=utf-8";
        set.headers["content-security-policy"] = PAGE_POLICY;
        return PAGE;
      },
      hidden,
    )
    .get(
      "/assets/:name",
      async ({ params: { name }, request, set }) => {
        const type = name === "start.js" ? SCRIPT : Object.hasOwn(FILES, name) ? FILES[name] : undefined;
        if (!type) throw new AppError("NOT_FOUND");
        set.headers["content-type"] = type;
        set.headers["cache-control"] = CACHED;
        if (name === "start.js") return START;
        set.headers.vary = "accept-encoding";
        if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) {
          return new Response(Bun.file(join(FOLDER, name)));
        }
        set.headers["content-encoding"] = "gzip";
        return new Response(await compressed.get(name)!.read());
      },
      hidden,
    )
    .get("/openapi.json", () => document.read(), hidden)
    .get(
      "/asyncapi.json",
      ({ request, set }) => {
        return asyncApiDocument({ version: API_VERSION, url: originOf(request, set.headers) });
      },
      hidden,
    )
    .get(
      "/events",
      async ({ set }) => {
        const title = "VibesMatch messaging: events of the socket";
        return pageOf({ title, body: await events.read(), headers: set.headers });
      },
      hidden,
    )
    .get(
      "/guide",
      async ({ request, set }) => {
        const title = "VibesMatch messaging: guide for app developers";
        const body = await guidePage(originOf(request, set.headers));
        return pageOf({ title, body, headers: set.headers });
      },
      hidden,
    );
}

/** @returns Where the caller has found this server; the shell has judged how they came here. */
function originOf({ url }: Request, headers: object): string {
  const scheme = "strict-transport-security" in headers ? "https" : "http";
  return `${scheme}://${new URL(url).host}`;
}
