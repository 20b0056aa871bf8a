/**
 * The face of the HTTP layer: what a feature needs to declare routes. It owns no business rule and no table.
 *
 * A feature's `routes.ts`:
 *
 * ```ts
 * import { Type } from "@sinclair/typebox";
 * import { Elysia } from "elysia";
 * import { created, Envelope, errors, type Http, ok, page, Paged, PageQuery } from "../../http/mod.ts";
 * import { Id } from "../../protocol/models.ts";
 * import { Answer, NewThing, Things } from "./schema.ts";
 * import type { ThingService } from "./service.ts";
 *
 * export function thingRoutes({ http, things }: { http: Http; things: ThingService }) {
 *   return new Elysia({ name: "things", prefix: "/api/v1/things", tags: ["Things"] })
 *     .use(http)
 *     .post("", async ({ viewer, body }) => created(await things.make(viewer, body)), {
 *       auth: "user",                    // "user" | "staff" | "admin": gives `viewer`; judged before the body is read
 *       limit: "DEFAULT",                // a name of domain/limits.ts: per user, counted after validation
 *       body: NewThing,                  // undeclared keys never reach the handler
 *       response: { 201: Envelope(Answer), ...errors("USER_BLOCKED", "CONFLICT") },
 *       detail: { summary: "Make a thing", description: "What it does, who may, what follows" },
 *     })
 *     .get("", async ({ viewer, query }) => {
 *       const { items, cursor } = await things.list(viewer, query);
 *       return page({ things: items }, { cursor, hasMore: cursor !== null });
 *     }, {
 *       auth: "user",
 *       limit: "DEFAULT",
 *       query: PageQuery({ fallback: 20, max: 50 }),
 *       response: { 200: Paged(Things), ...errors() },
 *       detail: { summary: "List my things" },
 *     })
 *     .delete("/:id", async ({ viewer, params }) => ok(await things.remove(viewer, params.id)), {
 *       auth: "user",
 *       limit: "DEFAULT",
 *       params: Type.Object({ id: Id }),
 *       response: { 200: Envelope(Answer), ...errors("NOT_FOUND") },
 *       detail: { summary: "Remove a thing" },
 *     });
 * }
 * ```
 *
 * Rules that the plugins hold, so a feature does not have to:
 * - Every route declares exactly one of `auth`, `signup: true` (Bearer sign-up token: gives `signup.email`),
 *   `appeal: true` (access or appeal token: gives `appellant`) or `public: true` (`"raw"`: the handler reads the body
 *   itself), and (under /api) a `limit`; createApp refuses to start otherwise. On a public route `limit` counts per
 *   address: use `AUTH_ADDRESS`.
 * - Fail by `throw new AppError("CODE", message?, details?)`; return only successes.
 * - `errors(...)` / `publicErrors(...)` already hold what every route may answer (400, 401, 403 FORBIDDEN, 413,
 *   429, 500, 503); name only the route's own codes.
 * - Answers are checked against their schema and lose every key that it does not declare. A mismatch is a 500.
 * - Numbers in a query: `QueryInteger({ minimum: 1, maximum: 50, default: 20 })`, never `Type.Integer`.
 * - Declare `headers: IdempotencyHeaders` and call `idempotencyKey({ headers, body })` on every send and request.
 * - A second limit, counted by hand in the handler: `await countCall(limits, { name, key, set })`.
 * - `tags`: one of docs/info.ts, or add yours there. `examples` on a schema show in the docs; the rest is made up.
 * - An empty path is `""`, not `"/"`.
 * @module
 */
import { Elysia } from "elysia";
import type { RateLimits } from "../backplane/limits.ts";
import type { LoadViewer } from "../domain/viewer.ts";
import type { Tokens } from "../lib/tokens.ts";
import { createAuth } from "./auth.ts";
import { createRateLimit } from "./rate_limit.ts";

export {
  created,
  Envelope,
  errors,
  type Failure,
  type Ok,
  ok,
  type Page,
  Paged,
  page,
  publicErrors,
} from "./envelope.ts";
export { isKnownTag } from "./etag.ts";
export { ClientMessageId, IdempotencyHeaders, idempotencyKey } from "./idempotency.ts";
export { PageQuery, QueryInteger } from "./query.ts";
export { countCall } from "./rate_limit.ts";
export { serveObject } from "./serve_object.ts";

/** What the route macros need. */
export interface HttpDeps {
  readonly tokens: Pick<Tokens, "verifyAccess" | "verifySignup" | "verifyAppeal">;
  readonly loadViewer: LoadViewer;
  readonly limits: RateLimits;
}

/** The macros that every feature's routes use: `auth`, `signup`, `public` and `limit`. */
export type Http = ReturnType<typeof createHttp>;

/** @returns The plugin that features `.use()`. */
export function createHttp({ tokens, loadViewer, limits }: HttpDeps) {
  return new Elysia({ name: "http" })
    .use(createAuth({ tokens, loadViewer }))
    .use(createRateLimit({ limits }));
}
