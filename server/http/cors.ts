/**
 * Cross-origin calls: an explicit list of origins or none. Tokens travel in a header, so cookies never matter.
 * @module
 */
import { Elysia } from "elysia";

const METHODS = "GET, POST, PUT, DELETE";
const REQUEST_HEADERS = "authorization, content-type, idempotency-key, if-none-match, x-request-id";
const ANSWER_HEADERS = "date, etag, ratelimit, ratelimit-policy, retry-after, x-request-id";
/** Seconds a browser may remember a preflight's answer. */
const MAX_AGE = "600";

/** @param options.allowedOrigins As a browser sends them, such as `https://app.example.com`. */
export function createCors({ allowedOrigins }: { allowedOrigins: readonly string[] }) {
  const plugin = new Elysia({ name: "http/cors" });
  if (allowedOrigins.length === 0) return plugin;
  const allowed = new Set(allowedOrigins);
  return plugin.onRequest(({ request, set }) => {
    set.headers.vary = "origin";
    const origin = request.headers.get("origin");
    if (origin === null || !allowed.has(origin)) return undefined;
    set.headers["access-control-allow-origin"] = origin;
    set.headers["access-control-expose-headers"] = ANSWER_HEADERS;
    const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    if (!isPreflight) return undefined;
    set.headers["access-control-allow-methods"] = METHODS;
    set.headers["access-control-allow-headers"] = REQUEST_HEADERS;
    set.headers["access-control-max-age"] = MAX_AGE;
    set.status = 204;
    return new Response(null, { status: 204 });
  });
}
