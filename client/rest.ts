/**
 * Calls of the REST API by the standard fetch: the token, the envelope, a deadline. It knows no route.
 * @module
 */
import { restAddress } from "./address.ts";
import { RequestFailure } from "./failure.ts";
import type { GetToken } from "./types.ts";

/** What calls need. */
export interface RestOptions {
  /** The server, as `https://host` or `http://host:3000`. */
  readonly url: string;
  /**
   * An access token, or what gives one; absent: anonymous. What gives one is asked again, with "rejected", when the
   * server answers 401, once for all calls that are under way, and each of them is then repeated once.
   */
  readonly token?: string | GetToken;
  /** Sent with every call, such as the app's version. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for one call. @default 10_000 */
  readonly timeoutMs?: number;
  /** @default globalThis.fetch */
  readonly fetch?: (input: string, init: RequestInit) => Promise<Response>;
}

/** One call. */
export interface RestCall {
  /** @default "GET" */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Absent values are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** For this call alone, such as `Idempotency-Key`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer's data, and where its list goes on. */
export interface RestAnswer<T> {
  readonly data: T;
  /** Null at the end of a list, and where there is no list. */
  readonly cursor: string | null;
  readonly status: number;
  readonly headers: Headers;
}

/** Calls a path below the server, such as `/api/v1/conversations`. @throws RequestFailure */
export type Rest = <T = unknown>(path: string, call?: RestCall) => Promise<RestAnswer<T>>;

/**
 * @returns What calls the API.
 * @throws TypeError when the address cannot be used.
 *
 * @example
 * ```ts
 * const rest = createRest({ url, token });
 * const { data } = await rest<{ matches: Match[] }>("/api/v1/matches");
 * ```
 */
export function createRest(options: RestOptions): Rest {
  const { token } = options;
  const base = restAddress(options.url);
  /** The last token that was asked for because another was refused. */
  let renewed: string | undefined;
  let renewing: Promise<string> | undefined;
  const renew = async (getToken: GetToken, refused: string | undefined) => {
    // Somebody else's call has met the same refusal before.
    if (!renewing && renewed !== undefined && renewed !== refused) return renewed;
    renewing ??= Promise.resolve(getToken("rejected")).finally(() => {
      renewing = undefined;
    });
    renewed = await renewing;
    return renewed;
  };
  return async <T>(path: string, call: RestCall = {}) => {
    const first = typeof token === "function" ? await (renewing ?? token("connect")) : token;
    try {
      return await callOnce<T>(options, `${base}${path}`, { path, call, bearer: first });
    } catch (error) {
      const isRejected = error instanceof RequestFailure && error.status === 401;
      if (!isRejected || typeof token !== "function") throw error;
      const bearer = await renew(token, first);
      return await callOnce<T>(options, `${base}${path}`, { path, call, bearer });
    }
  };
}

interface Attempt {
  readonly path: string;
  readonly call: RestCall;
  readonly bearer: string | undefined;
}

async function callOnce<T>(
  { headers: always, timeoutMs = 10_000, fetch = globalThis.fetch }: RestOptions,
  address: string,
  { path, call, bearer }: Attempt,
): Promise<RestAnswer<T>> {
  const { method = "GET", body, query = {}, signal } = call;
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = pairs.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join("&");
  const headers: Record<string, string> = { accept: "application/json", ...always, ...call.headers };
  if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), timeoutMs);
  const onAbort = () => ending.abort();
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) ending.abort();
  try {
    const response = await fetch(`${address}${search === "" ? "" : `?${search}`}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: ending.signal,
    });
    return readAnswer<T>(response, await response.text());
  } catch (error) {
    if (error instanceof RequestFailure) throw error;
    const [code, state] = signal?.aborted
      ? ["ABORTED", "it was aborted"]
      : ending.signal.aborted
        ? ["TIMEOUT", "it was not answered in time"]
        : ["UNREACHABLE", "the server cannot be reached"];
    const message = `Cannot call ${method} ${path}: ${state}`;
    throw new RequestFailure(message, { code, retryable: code !== "ABORTED", cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

interface Envelope<T> {
  readonly success: boolean;
  readonly data: T;
  readonly meta?: { readonly pagination?: { readonly cursor: string | null } };
  readonly error: { readonly code: string; readonly message: string; readonly details: unknown };
}

function readAnswer<T>(response: Response, text: string): RestAnswer<T> {
  const { status, headers } = response;
  let envelope: Partial<Envelope<T>> | undefined;
  try {
    envelope = JSON.parse(text);
  } catch {
    // Judged below.
  }
  if (envelope?.success === true) {
    const { data, meta } = envelope as Envelope<T>;
    return { data, cursor: meta?.pagination?.cursor ?? null, status, headers };
  }
  const { code, message, details } = envelope?.error ?? {};
  if (code === undefined) {
    const failure = `Cannot read the answer: status ${status}, no envelope`;
    throw new RequestFailure(failure, { code: "NOT_AN_ANSWER", retryable: status >= 500, status });
  }
  throw new RequestFailure(message ?? code, { code, details: withRetryAfter(details, headers), status });
}

/** The header says it in seconds where the details do not. */
function withRetryAfter(details: unknown, headers: Headers): unknown {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const isObject = typeof details === "object" && details !== null && !Array.isArray(details);
  if (Number.isNaN(seconds) || (isObject && "retry_after_ms" in details)) return details;
  return { ...(isObject ? details : {}), retry_after_ms: seconds * 1000 };
}
