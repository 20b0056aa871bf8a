/**
 * Who is calling: the signed-in person of one request, as the database knows them at its start.
 * @module
 */
import { AppError, invalid } from "../protocol/errors.ts";
import type { Role } from "../protocol/models.ts";

/** The signed-in person of a request or of a socket. */
export interface Viewer {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
  /** Whether premium counts now (not expired). */
  readonly isPremium: boolean;
  /** RFC 3339, or `infinity`; null when no mute is in force by the database's clock. */
  readonly mutedUntil: string | null;
  /** RFC 3339, or `infinity`; null when no suspension is in force by the database's clock. */
  readonly suspendedUntil: string | null;
}

/**
 * Looks up the person behind a live session.
 *
 * @returns null when the session is revoked or unknown, or the account is gone; a suspended person is returned.
 */
export type LoadViewer = (sessionId: string, userId: string) => Promise<Viewer | null>;

/** @returns Whether the role is a moderator's or an admin's. */
export function isStaff(role: Role): boolean {
  return role === "moderator" || role === "admin";
}

/** @throws UNAUTHORIZED without a live session, FORBIDDEN while suspended. */
export function admitted(viewer: Viewer | null): Viewer {
  if (!viewer) throw new AppError("UNAUTHORIZED");
  if (viewer.suspendedUntil !== null) throw suspended(viewer.suspendedUntil);
  return viewer;
}

/** @returns The refusal of whoever is suspended. @param until RFC 3339, or `infinity`. */
export function suspended(until: string): AppError {
  const message = until === "infinity" ? "This account is banned" : "This account is suspended";
  return new AppError("FORBIDDEN", message, untilDetails("suspended_until", until));
}

/**
 * @param action What is refused: `send the message`.
 * @param until RFC 3339, or `infinity`.
 * @returns The refusal of whoever is muted.
 */
export function muted(action: string, until: string): AppError {
  const details = untilDetails("muted_until", until);
  return new AppError("FORBIDDEN", `Cannot ${action}: this account is muted`, details);
}

/** @returns The refusal of what somebody would do to themselves. @param path Of the field that names them: `params.id`. */
export function toOneself(path: string): AppError {
  return invalid({ path, code: "not_allowed", message: "must be somebody else" });
}

/** A permanent sanction has no time. */
function untilDetails(key: "muted_until" | "suspended_until", until: string): Record<string, unknown> {
  return until === "infinity" ? { [key]: null, permanent: true } : { [key]: until, permanent: false };
}
