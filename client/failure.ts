/**
 * What a request of the client fails with.
 * @module
 */
import type { ErrorCode } from "../server/protocol/errors.ts";
import { RETRYABLE } from "./wire.ts";

/** Failures that are the client's own, beside the server's. */
export type ClientFailureCode =
  | "TIMEOUT"
  | "CLOSED"
  | "ABORTED"
  | "OVERLOADED"
  /** REST: no connection. */
  | "UNREACHABLE"
  /** REST: something that is not ours answered. */
  | "NOT_AN_ANSWER";

/** A request failed. Decide by the code. */
export class RequestFailure extends Error {
  /** A code of the server (one that is newer than this client is possible), or one of the client. */
  readonly code: ErrorCode | ClientFailureCode | (string & {});
  /** The server's machine-readable facts. */
  readonly details: unknown;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** HTTP status, for REST calls. */
  readonly status: number | undefined;

  constructor(
    message: string,
    options: { code: string; details?: unknown; retryable?: boolean; status?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "RequestFailure";
    this.code = options.code;
    this.details = options.details ?? [];
    this.retryable = options.retryable ?? RETRYABLE.has(options.code);
    this.status = options.status;
  }

  /** Milliseconds after which the server wants to hear of it again; undefined when it did not say. */
  get retryAfterMs(): number | undefined {
    return readRetryAfter(this.details);
  }
}

/** @returns The failure of an `error` frame's data. */
export function readFailure({ code, message, details, retryable }: Record<string, unknown>): RequestFailure {
  const own = typeof retryable === "boolean" ? { retryable } : {};
  return new RequestFailure(String(message), { code: String(code), details, ...own });
}

/** @returns `retry_after_ms` of an error's details or of a close reason, when it is a sane number. */
export function readRetryAfter(facts: unknown): number | undefined {
  const ms = (facts as { retry_after_ms?: unknown } | null | undefined)?.retry_after_ms;
  return typeof ms === "number" && ms >= 0 && ms <= 3_600_000 ? ms : undefined;
}
