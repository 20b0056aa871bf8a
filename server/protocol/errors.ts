/**
 * The error catalogue: every code a client can meet, with its HTTP status and whether a retry can help.
 * It owns no transport; http/error.ts and the socket dispatch render it.
 * @module
 */

interface ErrorEntry<Status extends number = number> {
  /** HTTP status of a REST answer. */
  readonly status: Status;
  /** Default text, for people; clients decide by the code. */
  readonly message: string;
  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean;
}

/** The status stays a literal type: the typed clients' errors are told apart by it. */
function entry<const S extends number>(status: S, message: string, retryable = false): ErrorEntry<S> {
  return { status, message, retryable };
}

/** Every error code of the API, REST and WebSocket alike. */
export const ERRORS = {
  VALIDATION_ERROR: entry(400, "The request is not valid: see details"),
  UNAUTHORIZED: entry(401, "Authentication is required: send a valid access token"),
  FORBIDDEN: entry(403, "This account may not do that"),
  UNAUTHORIZED_ACTION: entry(403, "This action is not allowed"),
  USER_BLOCKED: entry(403, "This conversation is not available: one of you has blocked the other"),
  NOT_FOUND: entry(404, "Not found"),
  USER_NOT_FOUND: entry(404, "User not found"),
  CONVERSATION_NOT_FOUND: entry(404, "Conversation not found"),
  MESSAGE_NOT_FOUND: entry(404, "Message not found"),
  REQUEST_NOT_FOUND: entry(404, "Message request not found"),
  MATCH_NOT_FOUND: entry(404, "Match not found"),
  REPORT_NOT_FOUND: entry(404, "Report not found"),
  MEDIA_NOT_FOUND: entry(404, "Picture not found"),
  BLOCK_NOT_FOUND: entry(404, "Block not found"),
  SANCTION_NOT_FOUND: entry(404, "Sanction not found"),
  APPEAL_NOT_FOUND: entry(404, "Appeal not found"),
  CONFLICT: entry(409, "The request conflicts with what is already there"),
  MESSAGE_REQUEST_EXISTS: entry(409, "A message request to this person is already pending"),
  PAYLOAD_TOO_LARGE: entry(413, "The body is too large: at most 64 KiB"),
  CONTENT_TOO_LONG: entry(422, "The content is too long"),
  INVALID_MESSAGE_TYPE: entry(422, "The content does not fit its message type"),
  UNUSABLE_PICTURE: entry(422, "The picture cannot be used: see details"),
  RATE_LIMIT_EXCEEDED: entry(429, "Too many requests: retry later", true),
  LIKE_LIMIT_EXCEEDED: entry(429, "The like limit is reached: retry later", true),
  INTERNAL_SERVER_ERROR: entry(500, "Something went wrong on our side", true),
  SERVICE_UNAVAILABLE: entry(503, "The service is temporarily unavailable: retry later", true),
} as const satisfies Record<string, ErrorEntry>;

/** One of the codes of {@link ERRORS}. */
export type ErrorCode = keyof typeof ERRORS;

/** What can be wrong with one field, for apps that translate it. */
export const PROBLEM_CODES = {
  required: "The field is missing",
  type: "The value is of another type, such as a number where a text is needed",
  too_long: "The text has more than `limit` characters (Unicode code points, after trimming)",
  too_short: "The text has fewer than `limit` characters that can be seen; with limit 1 it is empty",
  too_many: "The list has more than `limit` items",
  format: "The text is not of the form that is needed: an id, a date, an address, a cursor",
  unknown_value: "The value is none of those that are known",
  not_allowed:
    "The value is of the right form, but not allowed here; `limit` is the bound it is beyond, if any",
} as const;

/** One of {@link PROBLEM_CODES}. */
export type ProblemCode = keyof typeof PROBLEM_CODES;

/** What is wrong with a value. */
export interface Flaw {
  readonly code: ProblemCode;
  /** What would be accepted, for people; never the value that was sent. */
  readonly message: string;
  /** The bound that the value is beyond. */
  readonly limit?: number;
}

/** One field that is wrong: an entry of a VALIDATION_ERROR's details. */
export interface Problem extends Flaw {
  /** Such as `body.content`, `query.limit`, `params.id`, `body.interests.3`; in a frame of a socket `data.content`. */
  readonly path: string;
}

/** Machine-readable facts about a failure: the fields that are wrong, or an object of facts. */
export type ErrorDetails = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * A failure that a client is told about. Anything else thrown becomes INTERNAL_SERVER_ERROR.
 *
 * @example
 * ```ts
 * throw new AppError("REQUEST_NOT_FOUND");
 * throw new AppError("CONFLICT", "Cannot accept the request: it was declined", { status: "declined" });
 * ```
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /**
   * @param code One of {@link ERRORS}.
   * @param message For people; the catalogue's text when absent.
   * @param details Facts for machines; never personal data of somebody else.
   */
  constructor(code: ErrorCode, message?: string, details: ErrorDetails = []) {
    super(message ?? ERRORS[code].message);
    this.name = "AppError";
    this.code = code;
    this.details = details;
  }

  /** HTTP status of this failure. */
  get status(): number {
    return ERRORS[this.code].status;
  }

  /** Whether the same call may succeed later. */
  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/**
 * @param problems Every field that is wrong, at least one.
 * @returns The VALIDATION_ERROR that names them. No other place makes one.
 *
 * @example
 * ```ts
 * throw invalid({ path: "body.target_id", code: "not_allowed", message: "must be somebody else" });
 * ```
 */
export function invalid(...problems: readonly Problem[]): AppError {
  const [only, another] = problems;
  const message = only && !another ? `Cannot accept ${only.path}: it ${only.message}` : undefined;
  return new AppError("VALIDATION_ERROR", message, problems);
}
