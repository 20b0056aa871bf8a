/**
 * Which web origins may call: the one rule of CORS and of socket upgrades.
 * @module
 */

/** See {@link allowsOrigin}. */
export interface OriginRules {
  /** As a browser sends them, such as `https://app.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** Whether pages served by this machine may call from any port: for development. @default false */
  readonly loopbackOrigins?: boolean | undefined;
}

const LOOPBACK =
  /^https?:\/\/(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;

/** @returns Whether a page of the origin may call. */
export function allowsOrigin(
  origin: string,
  { allowedOrigins, loopbackOrigins = false }: OriginRules,
): boolean {
  return allowedOrigins.includes(origin) || (loopbackOrigins && LOOPBACK.test(origin));
}
