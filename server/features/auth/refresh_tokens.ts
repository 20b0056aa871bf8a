/**
 * Refresh tokens: how they are made, hashed, rotated and judged. Pure but for the random source.
 * @module
 */
import { createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";

/** Days a refresh token is good for. */
export const REFRESH_TOKEN_DAYS = 30;
/** Seconds after its first use in which a token may come again: its answer was lost, or calls ran in parallel. */
export const GRACE_SECONDS = 10;

/** @returns A first token: 256 random bits. */
export function newRefreshToken(): string {
  return randomBytes(32).toString("base64url");
}

/** @returns What is stored of a token. A plain hash is enough for 256 random bits. */
export function hashRefreshToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * The function from a token to its successor, an HMAC. A refresh that is repeated within the grace period gets the same
 * successor again although only hashes are stored; without the key nobody can compute it.
 *
 * @param secret The server's signing secret; the key is derived from it for this purpose alone.
 */
export function createSuccession(secret: string): (token: string) => string {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", "vibesmatch refresh succession v1", 32));
  return (token) => createHmac("sha256", key).update(token).digest("base64url");
}

/** What is known of a token that somebody presents. */
export interface PresentedToken {
  readonly sessionRevoked: boolean;
  readonly userActive: boolean;
  readonly userSuspended: boolean;
  readonly expired: boolean;
  readonly used: boolean;
  /** First used less than {@link GRACE_SECONDS} ago. */
  readonly inGrace: boolean;
  /** Its successor is there and was not used: the first answer may have been lost. */
  readonly successorUnused: boolean;
}

/** What is done about it. */
export type RefreshVerdict = "rotate" | "repeat" | "revoke" | "refuse" | "suspended";

/**
 * Judges a presented token. A successor that was used proves that the first answer arrived, so the grace period ends
 * with it: a later use means that the token was copied.
 */
export function judgeRefresh(token: PresentedToken): RefreshVerdict {
  if (token.sessionRevoked || !token.userActive) return "refuse";
  if (token.used && !(token.inGrace && token.successorUnused)) return "revoke";
  if (token.expired) return "refuse";
  if (token.userSuspended) return "suspended";
  return token.used ? "repeat" : "rotate";
}
