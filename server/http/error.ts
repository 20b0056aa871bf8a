/**
 * Renders failures: whatever is thrown anywhere becomes the envelope, without internal details. It decides no business
 * rule.
 * @module
 */
import { Elysia, NotFoundError, ParseError, ValidationError } from "elysia";
import { describeRefusals, type Refusal, refuse } from "../domain/validation.ts";
import { AppError, invalid } from "../protocol/errors.ts";
import type { Failure } from "./envelope.ts";
import { reportError } from "./error_report.ts";
import { factsOf } from "./request_facts.ts";

/** Seconds after which a client may come back when we are not available. */
const UNAVAILABLE_RETRY_SECONDS = 2;

/** The part of the logger that this layer uses. */
export interface HttpLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

interface ErrorOptions {
  readonly log: HttpLog;
  /** Turns a failure of the layers below (the database) into one that clients know, an AppError. */
  readonly mapError?: (error: unknown) => unknown;
}

/** A plugin that renders every failure of the instance it is used in, unknown routes included. */
export function createErrorPlugin({ log, mapError }: ErrorOptions) {
  return new Elysia({ name: "http/error" }).onError({ as: "global" }, ({ error, request, set, params }) => {
    const facts = factsOf(request);
    const refused = inputOf(rootOf(error), request, params);
    const failure = refused ?? toAppError(error, mapError);
    // The client disconnected while its body was read: not an error of the server.
    if (failure.code === "INTERNAL_SERVER_ERROR" && !request.signal.aborted) {
      log.error({ request_id: facts.id, err: reportError(rootOf(error)) }, "Request failed");
    } else if (failure.code === "SERVICE_UNAVAILABLE") {
      log.warn({ request_id: facts.id, err: reportError(failure.cause ?? failure) }, "Request refused");
    }
    set.status = failure.status;
    Object.assign(set.headers, failureHeaders(failure));
    return toFailure(failure, facts.id);
  });
}

/** @returns The failure as clients see it; anything unknown is INTERNAL_SERVER_ERROR without its message. */
export function toAppError(error: unknown, mapError?: ErrorOptions["mapError"]): AppError {
  const root = rootOf(error);
  if (root instanceof AppError) return root;
  if (root instanceof NotFoundError) return new AppError("NOT_FOUND");
  if (root instanceof ParseError) {
    return invalid({ path: "body", code: "format", message: "is not well-formed JSON in UTF-8" });
  }
  const mapped = mapError?.(root);
  return mapped instanceof AppError ? mapped : new AppError("INTERNAL_SERVER_ERROR");
}

/**
 * What reads an input stops at the first part that does not fit; the caller is told about all of them.
 *
 * @returns Undefined when the error is about something else. A response that does not fit is our mistake.
 */
function inputOf(error: unknown, request: Request, params: unknown): AppError | undefined {
  const { body, schemas = {}, problems } = factsOf(request);
  const refusedBySchema = error instanceof ValidationError && error.type !== "response";
  if (!refusedBySchema && problems.length === 0) return undefined;
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const headers = Object.fromEntries(request.headers);
  const values = { params, query, headers, body };
  const parts = Object.entries(values).flatMap(([at, value]) => {
    const schema = schemas[at as keyof typeof values];
    return schema ? [{ schema, value, at }] : [];
  });
  const refused = refuse(parts, problems);
  if (refused || !refusedBySchema) return refused;
  return invalid(...describeRefusals(error.all as unknown as Refusal[], error.type));
}

/** Elysia wraps what a parse hook throws, and that is where authentication runs. */
function rootOf(error: unknown): unknown {
  return error instanceof ParseError && error.cause !== undefined ? error.cause : error;
}

/** @returns The failure's envelope. */
export function toFailure({ code, message, details }: AppError, requestId: string): Failure {
  const given = details as Failure["error"]["details"];
  return { success: false, error: { code, message, details: given, request_id: requestId } };
}

/** @returns The headers that tell what to do next. */
function failureHeaders({ status, details }: AppError): Record<string, string> {
  if (status === 401) return { "www-authenticate": 'Bearer realm="vibesmatch"' };
  const waitMs = "retry_after_ms" in details ? Number(details.retry_after_ms) : Number.NaN;
  if (!Number.isNaN(waitMs)) return { "retry-after": String(Math.max(1, Math.ceil(waitMs / 1000))) };
  return status === 503 ? { "retry-after": String(UNAVAILABLE_RETRY_SECONDS) } : {};
}
