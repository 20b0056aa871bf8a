/**
 * What a failure of PostgreSQL or of the way to it means to a client: a violated named constraint becomes the
 * code of the rule it holds, an unreachable or overloaded database becomes SERVICE_UNAVAILABLE. It owns no
 * retry and logs nothing; a feature adds one row to CONSTRAINTS for each constraint it created.
 * @module
 */

import { AppError, type ErrorCode } from "../protocol/errors.ts";
import { constraintOfShard } from "./citus.ts";

interface ConstraintMeaning {
  readonly code: ErrorCode;
  /** For people; the catalogue's text when absent. */
  readonly message?: string;
}

/** Named constraints and the error a client gets for breaking them. */
export const CONSTRAINTS: Readonly<Record<string, ConstraintMeaning>> = {
  message_requests_one_pending: { code: "MESSAGE_REQUEST_EXISTS" },
  message_requests_pair_key: { code: "MESSAGE_REQUEST_EXISTS" },
  message_requests_receiver_fkey: { code: "USER_NOT_FOUND" },
  messages_idempotency_key: { code: "CONFLICT", message: "Cannot send: the key was used for something else" },
  user_actions_target_fkey: { code: "USER_NOT_FOUND" },
  user_blocks_blocked_fkey: { code: "USER_NOT_FOUND" },
  user_reports_one_open: { code: "CONFLICT", message: "Cannot open the report: another one is open" },
  user_reports_reported_fkey: { code: "USER_NOT_FOUND" },
  users_email_key: {
    code: "CONFLICT",
    message: "Cannot make the account: there is one with this e-mail address",
  },
};

/** How long a client should wait before it tries again, milliseconds. */
const RETRY_AFTER_MS = 1_000;

const UNAVAILABLE_MESSAGE = "The database is temporarily unavailable: retry later";

/** SQLSTATE classes: connection exception, invalid authorization, insufficient resources, operator intervention, system error. */
const UNAVAILABLE_CLASS = /^(?:08|28|53|57|58)...$/;

/** Lock timeout, idle-in-transaction timeout, failed over to a standby, database dropped or not there yet. */
const UNAVAILABLE_STATES = new Set(["55P03", "25P03", "25006", "3D000"]);

/** Codes of postgres.js itself and of sockets. */
const UNAVAILABLE_CODE =
  /^(?:CONNECTION_(?:CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|FailedToOpenSocket|ConnectionRefused|ConnectionClosed|E(?:CONN(?:REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|HOSTDOWN))$/;

interface PgErrorFields {
  readonly code?: unknown;
  readonly constraint_name?: unknown;
  readonly cause?: unknown;
}

function fields(error: unknown): PgErrorFields {
  if (typeof error !== "object" || error === null) return {};
  const { code, cause, constraint_name = constraintOfShard(error) } = error as PgErrorFields;
  return { code, cause, constraint_name };
}

/**
 * The constraint that an error names, as the migrations name it: where a table is in parts, each part's own has a number
 * behind it (`messages_idempotency_key_7`).
 */
function constraintOf(error: unknown): string | undefined {
  const { constraint_name: name } = fields(error);
  return typeof name === "string" ? name.replace(/_\d+$/, "") : undefined;
}

/** The AppError that stands for a database that cannot answer now; the reason stays inside as its cause. */
export function unavailable(cause?: unknown): AppError {
  const error = new AppError("SERVICE_UNAVAILABLE", UNAVAILABLE_MESSAGE, { retry_after_ms: RETRY_AFTER_MS });
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** Whether the same transaction may succeed when run again: a serialization failure or a deadlock. */
export function isRetryable(error: unknown): boolean {
  const { code } = fields(error);
  return code === "40001" || code === "40P01";
}

/** Whether the database, or the way to it, is down, overloaded or too slow. */
export function isUnavailable(error: unknown): boolean {
  const { code } = fields(error);
  if (typeof code !== "string") return false;
  return UNAVAILABLE_CLASS.test(code) || UNAVAILABLE_STATES.has(code) || UNAVAILABLE_CODE.test(code);
}

/**
 * @returns Whether the error, or the error it was mapped from, is the violation of that constraint.
 *
 * @example
 * ```ts
 * if (violates(error, "messages_idempotency_key")) return await selectOriginal();
 * ```
 */
export function violates(error: unknown, constraint: string): boolean {
  const { cause } = fields(error);
  return constraintOf(error) === constraint || (cause !== undefined && violates(cause, constraint));
}

/**
 * The error a client should see for a failure of a query. Whatever has no row here comes back as it is (and
 * becomes INTERNAL_SERVER_ERROR); so do serialization failures, which the unit of work retries first.
 */
export function mapPgError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  hideValues(error);
  if (isUnavailable(error)) return unavailable(error);
  const constraint = constraintOf(error);
  if (constraint === undefined || !Object.hasOwn(CONSTRAINTS, constraint)) return error;
  const meaning = CONSTRAINTS[constraint] as ConstraintMeaning;
  const mapped = new AppError(meaning.code, meaning.message);
  mapped.cause = error;
  return mapped;
}

/** `detail` and `where` quote the row ("Key (email)=(…) already exists"): keep them out of logs and JSON. */
function hideValues(error: unknown): void {
  if (typeof error !== "object" || error === null) return;
  for (const key of ["detail", "where", "internal_query"]) {
    if (key in error) Object.defineProperty(error, key, { enumerable: false });
  }
}
