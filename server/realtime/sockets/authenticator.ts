/**
 * Authenticates a socket, in an order of steps that misses no revocation and no event. It writes no frame.
 * @module
 */
import type { RateLimits } from "../../backplane/mod.ts";
import { admitted, type LoadViewer, type Viewer } from "../../domain/viewer.ts";
import type { AccessClaims, Tokens } from "../../lib/tokens.ts";
import { AppError } from "../../protocol/errors.ts";
import { Phase } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Connection } from "./connection.ts";

interface AuthenticatorDeps {
  readonly limits: Pick<RateLimits, "consume">;
  readonly tokens: Pick<Tokens, "verifyAccess">;
  readonly loadViewer: LoadViewer;
  readonly members: Members;
  /** @returns The head of a person's log. */
  readonly readHead: (userId: string) => Promise<number>;
  readonly now: () => number;
}

/** Whose a socket has become. */
export interface Entered {
  readonly viewer: Viewer;
  /** Head of the person's log, read after this node subscribed to what follows. */
  readonly head: number;
}

/** A subscription that the bus has not confirmed within this (ms) is not waited for: gaps are filled from the log. */
const SUBSCRIBE_WITHIN_MS = 1_000;

/** See the module. */
export interface Authenticator {
  /**
   * Authenticates a new socket. It joins its person first, so that a revocation finds it; then the node subscribes to
   * the person's topic; then session and log are read. What happens after these reads arrives over the bus.
   *
   * @returns Undefined when the socket closed meanwhile.
   * @throws UNAUTHORIZED; FORBIDDEN while suspended; RATE_LIMIT_EXCEEDED; SERVICE_UNAVAILABLE.
   */
  enter(connection: Connection, token: string): Promise<Entered | undefined>;
  /**
   * Takes a fresh token of the same person on a live socket.
   *
   * @returns Undefined when the socket closed meanwhile.
   * @throws As `enter`. The socket stays as it was.
   */
  renew(connection: Connection, token: string): Promise<Entered | undefined>;
}

/** @returns The authenticator of one node. */
export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { limits, loadViewer, members, readHead, tokens, now } = deps;

  /** Counted before anything is read from the database. */
  async function verify(token: string): Promise<AccessClaims> {
    const claims = await tokens.verifyAccess(token);
    await limits.consume("WS_AUTHENTICATE", claims.userId);
    return claims;
  }

  return {
    async enter(connection, token) {
      const claims = await verify(token);
      if (connection.closed) return undefined;
      connection.phase = Phase.Joining;
      connection.sessionId = claims.sessionId;
      const member = members.join(connection, claims.userId);
      try {
        await within(SUBSCRIBE_WITHIN_MS, member.subscribed);
        const viewer = admitted(await loadViewer(claims.sessionId, claims.userId));
        const head = await readHead(claims.userId);
        if (connection.closed) return undefined;
        connection.role = viewer.role;
        connection.expiresAt = claims.expiresAt;
        return { viewer, head };
      } catch (error) {
        if (connection.closed) return undefined;
        members.leave(connection, now());
        connection.member = null;
        connection.phase = Phase.New;
        throw error;
      }
    },

    async renew(connection, token) {
      const claims = await verify(token);
      const { member } = connection;
      if (!member || connection.closed) return undefined;
      if (claims.userId !== member.userId) {
        throw new AppError("UNAUTHORIZED", "Cannot authenticate again: the token is another person's");
      }
      const before = connection.sessionId;
      connection.sessionId = claims.sessionId;
      try {
        const viewer = admitted(await loadViewer(claims.sessionId, claims.userId));
        connection.expiresAt = claims.expiresAt;
        connection.warned = false;
        return { viewer, head: connection.seq };
      } catch (error) {
        connection.sessionId = before;
        throw error;
      }
    },
  };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
