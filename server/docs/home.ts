/**
 * `GET /`: where everything is, as a page for developers and as JSON in production.
 * @module
 */
import { Elysia } from "elysia";
import { type Http, ok } from "../http/mod.ts";
import { pageOf } from "./page.ts";

interface HomeOptions {
  readonly http: Http;
  readonly home?: string | undefined;
}

const DOCUMENTS = {
  guide: "/docs/guide",
  api: "/docs",
  events: "/docs/events",
  openapi: "/docs/openapi.json",
  asyncapi: "/docs/asyncapi.json",
};

/** See the module. */
export function homeRoutes({ http, home = "production" }: HomeOptions) {
  return new Elysia({ name: "home" }).use(http).get(
    "/",
    ({ set }): string | ReturnType<typeof ok<typeof DOCUMENTS>> => {
      if (home !== "development" && home !== "demo") return ok(DOCUMENTS);
      return pageOf({
        title: "VibesMatch messaging",
        headers: set.headers,
        body: `<h1>VibesMatch messaging</h1>
<ul>
${home === "demo" ? '<li><a href="/demo">Demo</a>: two people side by side, live</li>' : ""}
<li><a href="/docs/guide">Guide</a>: from signing in to a chat, with limits, errors and close codes</li>
<li><a href="/docs">REST API</a>, <a href="/docs/openapi.json">as OpenAPI</a></li>
<li><a href="/docs/events">Events of the socket</a>, <a href="/docs/asyncapi.json">as AsyncAPI</a></li>
</ul>`,
      });
    },
    { public: true, detail: { hide: true } },
  );
}
