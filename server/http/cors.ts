/**
 * Cross-origin calls: an explicit list of origins or none. Tokens travel in a header, so cookies never matter.
 * @module
 */
import { Elysia } from "elysia";
import { allowsOrigin, type OriginRules } from "../lib/origins.ts";

const METHODS = "GET, POST, PUT, DELETE";
const REQUEST_HEADERS = "authorization, content-type, idempotency-key, if-none-match, x-request-id";
const ANSWER_HEADERS = "date, etag, ratelimit, ratelimit-policy, retry-after, x-request-id";
/** Seconds a browser may remember a preflight's answer. */
const MAX_AGE = "600";

/** @returns The plugin; without any allowed origin it does nothing. */
export function createCors(rules: OriginRules) {
  const plugin = new Elysia({ name: "http/cors" });
  if (rules.allowedOrigins.length === 0 && !rules.loopbackOrigins) return plugin;
  return plugin.onRequest(({ request, set }) => {
    set.headers.vary = "origin";
    const origin = request.headers.get("origin");
    if (origin === null || !allowsOrigin(origin, rules)) return undefined;
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
