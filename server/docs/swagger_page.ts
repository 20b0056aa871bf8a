/**
 * The page that shows an OpenAPI document, and what belongs to it. Everything it loads is served from here: it works
 * without a network, and its policy forbids it to ask elsewhere.
 * @module
 */
import type { Audience } from "./openapi.ts";

/** Documents and pages may be kept, but are asked for again: an upgrade shows at once. */
export const REVALIDATED = "no-cache";

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

const DOCUMENTS: Readonly<Record<Audience, { title: string; path: string }>> = {
  apps: { title: "VibesMatch messaging API", path: "/docs/openapi.json" },
  staff: { title: "VibesMatch staff API", path: "/docs/staff.json" },
};

/** The page of one of the documents. @param headers Of the answer: type, policy and caching are written there. */
export function swaggerPage(audience: Audience, headers: Record<string, unknown>): string {
  const { title, path } = DOCUMENTS[audience];
  headers["content-type"] = "text/html; charset=utf-8";
  headers["content-security-policy"] = PAGE_POLICY;
  headers["cache-control"] = REVALIDATED;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
    <link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
    <style>
      .swagger-ui :is(.markdown, .renderedMarkdown) :is(th, td) { padding-right: 1em }
      .swagger-ui .renderedMarkdown table { display: block; overflow-x: auto }
    </style>
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>The document itself is at ${path}, the socket's events at <a href="/docs/events">/docs/events</a>, a guide at <a href="/docs/guide">/docs/guide</a>.</noscript>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/assets/start-${audience}.js"></script>
  </body>
</html>
`;
}

/** `validatorUrl: null`: the badge would send the document's address to a service of others. */
const startOf = (audience: Audience) => `window.ui = SwaggerUIBundle({
  url: "${DOCUMENTS[audience].path}",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/** The scripts that start the pages, by file name. */
export const START_SCRIPTS: Readonly<Record<string, string>> = {
  "start-apps.js": startOf("apps"),
  "start-staff.js": startOf("staff"),
};

/** @returns The origin that the caller used. The shell has set HSTS where that is over TLS, by a trusted proxy too. */
export function originOf({ url }: Request, headers: object): string {
  const scheme = "strict-transport-security" in headers ? "https" : "http";
  return `${scheme}://${new URL(url).host}`;
}
