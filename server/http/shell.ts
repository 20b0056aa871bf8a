/**
 * What surrounds every request whatever its route: id, address and its limit, security headers, CORS, the
 * failure envelope, the access log. It knows no route and no person.
 * @module
 */
import { Elysia } from "elysia";
import type { RateLimits } from "../backplane/limits.ts";
import { addressKey } from "../lib/addresses.ts";
import { isUuid } from "../lib/ids.ts";
import type { OriginRules } from "../lib/origins.ts";
import { createAddressReader } from "./address.ts";
import { createCors } from "./cors.ts";
import { createErrorPlugin, type HttpLog } from "./error.ts";
import { countCall } from "./rate_limit.ts";
import { factsOf } from "./request_facts.ts";

/** One answered request, without its contents. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern, never the path: a path holds ids. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** What the shell needs. */
export interface ShellOptions extends OriginRules {
  readonly log: HttpLog;
  readonly limits: RateLimits;
  /** CIDR ranges of our own proxies. */
  readonly trustedProxies: readonly string[];
  readonly mapError?: (error: unknown) => unknown;
  /** Called for every answer, for metrics. */
  readonly onAnswer?: (answered: AnsweredRequest) => void;
}

/** Answers are personal and are data, not documents; the docs page says otherwise for itself. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;
const HSTS = "max-age=31536000; includeSubDomains";
/** The form of a caller's own X-Request-Id, which goes into log lines. */
const REQUEST_ID = /^[\w.-]{8,64}$/;
/** Probes: not counted, logged or traced (their spans are never ended, so they are not exported). */
const QUIET = new Set(["/livez", "/readyz"]);

/** How the application's Elysia is made; tests of this layer make theirs the same way. */
export const ELYSIA_OPTIONS = {
  // A Host header shorter than three characters would hide the path from the router.
  handler: { standardHostname: false },
  // One router for sockets and for tests: Bun's own would decode paths its own way and only when listening.
  systemRouter: false,
  // Bun's error page shows sources; a port that is taken must be an error, not a second listener.
  serve: { development: false, reusePort: false },
} as const;

/** With an empty Host, or none in HTTP/1.0, Bun's `request.url` is a path only, which neither router nor URL can read. */
function withHost(handle: (request: Request, ...rest: unknown[]) => unknown) {
  return (request: Request, ...rest: unknown[]) => {
    const { url } = request;
    // The request itself stays: Bun knows the connection by it.
    if (url.startsWith("/")) Object.defineProperty(request, "url", { value: `http://localhost${url}` });
    return handle(request, ...rest);
  };
}

/** A plugin with everything that surrounds a request; used once, before any route. */
export function createShell(options: ShellOptions) {
  const { log, limits, trustedProxies, mapError, onAnswer } = options;
  const addresses = createAddressReader(trustedProxies);
  return new Elysia({ name: "http/shell" })
    .use(createErrorPlugin({ log, mapError }))
    .use(createCors(options))
    .wrap(withHost)
    .onRequest(async ({ request, set, server }) => {
      const facts = factsOf(request);
      const given = request.headers.get("x-request-id") ?? "";
      if (isUuid(given) || REQUEST_ID.test(given)) facts.id = given;
      Object.assign(set.headers, HEADERS, { "x-request-id": facts.id });
      const peer = server?.requestIP(request)?.address;
      facts.address = addresses.client(peer, request.headers);
      if (addresses.isSecure(peer, request.headers)) set.headers["strict-transport-security"] = HSTS;
      // No address means no socket: a call from inside the process.
      if (facts.address === "" || QUIET.has(pathOf(request.url))) return;
      await guardAddress(facts.address);
    })
    .onAfterResponse({ as: "global" }, ({ request, route, set, response }) => {
      if (QUIET.has(route)) return;
      const { id, startedAt, span, upgraded } = factsOf(request);
      const answer = response instanceof Response ? response.status : Number(set.status ?? 200);
      const status = upgraded ? 101 : answer;
      const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
      const answered = { method: request.method, route: route || "unmatched", status, durationMs };
      onAnswer?.({ requestId: id, ...answered });
      const { method } = answered;
      span?.end({
        name: `${method} ${answered.route}`,
        attributes: {
          "http.request.method": method,
          "http.route": answered.route,
          "http.response.status_code": status,
          "vibes.request_id": id,
        },
        failed: status >= 500,
      });
      log.info(
        { request_id: id, method, route: answered.route, status, duration_ms: durationMs },
        "Answered",
      );
    });

  /** Sets no RateLimit headers: those of the route's own limit are the ones to show. */
  async function guardAddress(address: string): Promise<void> {
    await countCall(limits, { name: "ADDRESS", key: addressKey(address), set: { headers: {} } });
  }
}

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const mark = url.indexOf("?", start);
  return url.slice(start, mark === -1 ? undefined : mark);
}
