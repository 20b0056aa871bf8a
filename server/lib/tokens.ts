/**
 * The signed tokens of this API: access tokens (one hour), sign-up tokens (for the step between a verified code and the
 * new account) and appeal tokens (for people whom a sanction keeps out). One instance serves REST, sockets and the
 * command line. It knows no session: whoever verifies an access token then checks that its session is alive.
 * @module
 */
import { jwt } from "@elysiajs/jwt";
import { AppError } from "../protocol/errors.ts";
import { type Clock, systemClock } from "./clock.ts";
import { isUuid, newId, timeOf } from "./ids.ts";

/** Seconds an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 3600;
/** Seconds a sign-up token is good for. */
export const SIGNUP_TOKEN_SECONDS = 15 * 60;
/** Seconds by which the clocks of two machines may differ. */
export const CLOCK_LEEWAY_SECONDS = 30;

const ISSUER = "vibesmatch";
const AUDIENCE = "vibesmatch-api";
/** Longer than any token of ours; longer ones are refused without parsing. */
const MAX_TOKEN_LENGTH = 4096;

/** What an access token says. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  /** When it runs out, in milliseconds since the epoch, without the leeway. */
  readonly expiresAt: number;
}

/** What a sign-up token says. */
export interface SignupClaims {
  /** The address whose owner entered the code. */
  readonly email: string;
  /** When the address was proven, milliseconds since the epoch. */
  readonly issuedAt: number;
}

/** Seconds an appeal token is good for. */
export const APPEAL_TOKEN_SECONDS = 3600;

/** What an appeal token says: who proved their address while a sanction kept them out. */
export interface AppealClaims {
  readonly userId: string;
  readonly sanctionId: string;
}

/** Makes and checks tokens. */
export interface Tokens {
  /** @returns An access token for one session of one user. */
  signAccess(of: { userId: string; sessionId: string }): Promise<string>;
  /** @throws UNAUTHORIZED for an expired token, one of another kind, or one that this server did not sign. */
  verifyAccess(token: string): Promise<AccessClaims>;
  /** @returns A sign-up token for a proven e-mail address. */
  signSignup(of: { email: string }): Promise<string>;
  /** @throws UNAUTHORIZED for an expired token, one of another kind, or one that this server did not sign. */
  verifySignup(token: string): Promise<SignupClaims>;
  /** @returns A token that opens nothing but appeals. */
  signAppeal(of: AppealClaims): Promise<string>;
  /** @throws UNAUTHORIZED for an expired token, one of another kind, or one that this server did not sign. */
  verifyAppeal(token: string): Promise<AppealClaims>;
}

/**
 * Makes the token functions out of @elysiajs/jwt's decorator, which hands the verify options on to jose.
 *
 * The plugin by itself pins neither algorithm, type, issuer, audience nor expiry; every call here passes them.
 *
 * @param options.secret At least 32 bytes of UTF-8.
 * @throws TypeError when the secret is shorter than 256 bits.
 */
export function createTokens({ secret, clock = systemClock }: { secret: string; clock?: Clock }): Tokens {
  if (Buffer.byteLength(secret) < 32) {
    throw new TypeError("Cannot sign tokens: the secret is shorter than 32 bytes");
  }
  const access = createKind({ secret, clock, typ: "at+jwt", seconds: ACCESS_TOKEN_SECONDS });
  const signup = createKind({ secret, clock, typ: "signup+jwt", seconds: SIGNUP_TOKEN_SECONDS });
  const appeal = createKind({ secret, clock, typ: "appeal+jwt", seconds: APPEAL_TOKEN_SECONDS });
  return {
    signAccess: ({ userId, sessionId }) => access.sign({ sub: userId, sid: sessionId }),
    async verifyAccess(token) {
      const { sub, sid, exp } = await access.verify(token, ["sub", "sid"]);
      if (!isText(sub) || !isText(sid) || !isUuid(sub) || !isUuid(sid)) throw new AppError("UNAUTHORIZED");
      return { userId: sub, sessionId: sid, expiresAt: exp * 1000 };
    },
    signSignup: ({ email }) => signup.sign({ sub: email, jti: newId() }),
    async verifySignup(token) {
      const { sub, jti } = await signup.verify(token, ["sub", "jti"]);
      if (!isText(sub) || !isText(jti) || !isUuid(jti)) throw new AppError("UNAUTHORIZED");
      return { email: sub, issuedAt: timeOf(jti) };
    },
    signAppeal: ({ userId, sanctionId }) => appeal.sign({ sub: userId, sanction: sanctionId }),
    async verifyAppeal(token) {
      const { sub, sanction } = await appeal.verify(token, ["sub", "sanction"]);
      if (!isText(sub) || !isText(sanction) || !isUuid(sub) || !isUuid(sanction))
        throw new AppError("UNAUTHORIZED");
      return { userId: sub, sanctionId: sanction };
    },
  };
}

interface Kind {
  readonly secret: string;
  readonly clock: Clock;
  readonly typ: string;
  readonly seconds: number;
}

function createKind({ secret, clock, typ, seconds }: Kind) {
  const { token } = jwt({ name: "token", secret, alg: "HS256", typ, iss: ISSUER, aud: AUDIENCE }).decorator;
  return {
    sign(claims: Record<string, string>): Promise<string> {
      return token.sign({ ...claims, exp: Math.floor(clock.now() / 1000) + seconds });
    },
    async verify(text: string, required: string[]): Promise<Record<string, unknown> & { exp: number }> {
      const claims =
        text.length <= MAX_TOKEN_LENGTH &&
        (await token.verify(text, {
          algorithms: ["HS256"],
          typ,
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ["exp", "iat", ...required],
          clockTolerance: CLOCK_LEEWAY_SECONDS,
          currentDate: new Date(clock.now()),
        }));
      if (!claims || typeof claims.exp !== "number") throw new AppError("UNAUTHORIZED");
      return { ...claims, exp: claims.exp };
    },
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
