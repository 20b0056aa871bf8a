/**
 * Classifies the failure of a call and words it for the screens. It decides by error codes, never by texts.
 * @module
 */
import { RequestFailure } from "../../client/mod.ts";
import { AppError } from "../../server/protocol/errors.ts";

/** What to do about it. */
export type FailureKind =
  /** The server cannot be reached, or is not well: try again. */
  | "unreachable"
  /** The session is over: sign in again. */
  | "expired"
  /** Somebody was faster. */
  | "conflict"
  /** A field of the form does not fit. */
  | "invalid"
  /** Not there, or not for us. */
  | "refused"
  /** Too much at once. */
  | "limited";

export interface Failure {
  readonly kind: FailureKind;
  readonly code: string;
  /** For people, from the server or from us: sanitise it before it is drawn. */
  readonly text: string;
  readonly details: unknown;
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  UNAUTHORIZED: "expired",
  CONFLICT: "conflict",
  VALIDATION_ERROR: "invalid",
  RATE_LIMIT_EXCEEDED: "limited",
  TIMEOUT: "unreachable",
  UNREACHABLE: "unreachable",
  ABORTED: "unreachable",
  CLOSED: "unreachable",
  NOT_AN_ANSWER: "unreachable",
  INTERNAL_SERVER_ERROR: "unreachable",
  SERVICE_UNAVAILABLE: "unreachable",
};

/** @returns The failure, whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestFailure || error instanceof AppError) {
    const { code, message: text, details } = error;
    return { kind: KINDS[code] ?? "refused", code, text, details };
  }
  return {
    kind: "unreachable",
    code: "UNEXPECTED",
    text: error instanceof Error ? error.message : String(error),
    details: [],
  };
}

/** @returns What the server said about each field of the body, by field. */
export function fieldErrors({ kind, details }: Failure): Readonly<Record<string, string>> {
  if (kind !== "invalid" || !Array.isArray(details)) return {};
  const errors: Record<string, string> = {};
  for (const detail of details as { path?: unknown; message?: unknown }[]) {
    const field = String(detail?.path ?? "").replace(/^body[./]/, "");
    errors[field] ??= String(detail?.message ?? "is not valid");
  }
  return errors;
}

/** Who was faster, and how: the details of a CONFLICT about a report. */
export interface Rival {
  readonly status: string | undefined;
  readonly holder: { readonly id: string; readonly name: string } | null;
  readonly until: string | null;
  readonly resolvedBy: { readonly id: string; readonly name: string } | null;
  readonly resolvedAt: string | null;
}

/** @returns The rival whom a refusal names. */
export function rivalOf({ details }: Failure): Rival {
  const facts = (typeof details === "object" && details !== null ? details : {}) as Record<string, unknown>;
  return {
    status: typeof facts.status === "string" ? facts.status : undefined,
    holder: personOf(facts.claimed_by),
    until: timeOf(facts.claimed_until),
    resolvedBy: personOf(facts.resolved_by),
    resolvedAt: timeOf(facts.resolved_at),
  };
}

function personOf(value: unknown): { id: string; name: string } | null {
  const { id, name } = (value ?? {}) as { id?: unknown; name?: unknown };
  return typeof id === "string" && typeof name === "string" ? { id, name } : null;
}

function timeOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
