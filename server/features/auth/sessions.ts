/**
 * Sessions: opened after a one-time code, kept alive by rotating refresh tokens, ended by their owner, by the reuse of
 * a refresh token, or by staff. It stores the tokens; codes are otp.ts's.
 * @module
 */
import type { Database, Sql } from "../../db/client.ts";
import type { Work, Write } from "../../db/unit_of_work.ts";
import { type LoadViewer, suspended } from "../../domain/viewer.ts";
import type { Emitter } from "../../lib/emitter.ts";
import { newId } from "../../lib/ids.ts";
import { ACCESS_TOKEN_SECONDS, type Tokens } from "../../lib/tokens.ts";
import { AppError } from "../../protocol/errors.ts";
import { createSuccession, hashRefreshToken, judgeRefresh, newRefreshToken } from "./refresh_tokens.ts";
import type { TokenPair } from "./schema.ts";
import {
  deleteEmptySessions,
  deleteExpiredTokens,
  insertSession,
  lockRefreshToken,
  type RevokeReason,
  revokeSession,
  revokeSessionsOf,
  rotateRefreshToken,
  selectViewer,
  touchLastActive,
} from "./session_queries.ts";

/** One session has ended, or all of a person's. */
export interface SessionsRevoked {
  readonly userId: string;
  /** Null: every session of the person. */
  readonly sessionId: string | null;
  readonly reason: RevokeReason;
}

/** Published when sessions end, so that their sockets are closed. */
export type SessionEvents = Emitter<SessionsRevoked>;

/** Deletes at most `batch` rows. @returns How many. */
export type Purge = (sql: Sql, batch: number) => Promise<number>;

/** See {@link createSessionService}. */
export interface SessionService {
  /** Opens a session inside the caller's transaction; the access token is worth nothing before its commit. */
  open(sql: Sql, userId: string): Promise<TokenPair>;
  /**
   * Exchanges a refresh token for its successor and a new access token.
   * @throws UNAUTHORIZED; a second use beyond the grace also ends the session. FORBIDDEN while suspended.
   */
  refresh(refreshToken: string): Promise<TokenPair>;
  /** Ends one session. Nothing happens if it has ended. */
  logout(session: { userId: string; sessionId: string }): Promise<void>;
  /** Ends every session of a person. */
  logoutAll(userId: string): Promise<void>;
  /** Ends every session of a person inside the caller's unit of work, and tells the listeners after its commit. */
  revokeAll(work: Pick<Work, "sql" | "after">, of: { userId: string; reason: RevokeReason }): Promise<void>;
  readonly loadViewer: LoadViewer;
  /** One batch of each kind of what has expired, for {@link AuthService.purge}. */
  readonly purges: readonly Purge[];
}

interface SessionDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
  readonly tokens: Pick<Tokens, "signAccess">;
  readonly events: Pick<SessionEvents, "publish">;
  /** The server's signing secret. */
  readonly secret: string;
  /** Called for what happens to tokens, for metrics; without whose they are. */
  readonly onEvent?: ((event: TokenEvent) => void) | undefined;
}

/** What happens to refresh tokens. A repetition is a refresh whose first answer was lost. */
export type TokenEvent = "token_refreshed" | "token_repeated" | "token_refused" | "token_reused";

/** @returns The service of sessions. */
export function createSessionService(deps: SessionDeps): SessionService {
  const { database, write, tokens, events, secret, onEvent = () => {} } = deps;
  const successorOf = createSuccession(secret);

  async function tokenPair(of: {
    userId: string;
    sessionId: string;
    refreshToken: string;
  }): Promise<TokenPair> {
    return {
      access_token: await tokens.signAccess(of),
      refresh_token: of.refreshToken,
      expires_in: ACCESS_TOKEN_SECONDS,
    };
  }

  const revokeAll: SessionService["revokeAll"] = async ({ sql, after }, { userId, reason }) => {
    const count = await revokeSessionsOf(sql, { userId, reason });
    if (count > 0) after(() => events.publish({ userId, sessionId: null, reason }));
  };

  return {
    async open(sql, userId) {
      const [sessionId, refreshToken] = [newId(), newRefreshToken()];
      await insertSession(sql, { id: sessionId, userId, tokenHash: hashRefreshToken(refreshToken) });
      return await tokenPair({ userId, sessionId, refreshToken });
    },

    async refresh(presented) {
      const successor = successorOf(presented);
      const [hash, successorHash] = [hashRefreshToken(presented), hashRefreshToken(successor)];
      // A refusal is an outcome, not an exception: throwing inside would roll the revocation back.
      const session = await write(async ({ sql, after }) => {
        const token = await lockRefreshToken(sql, { hash, successorHash });
        if (token === undefined) {
          after(() => onEvent("token_refused"));
          return undefined;
        }
        const { userId, sessionId } = token;
        switch (judgeRefresh(token)) {
          case "rotate":
            await rotateRefreshToken(sql, { hash, successorHash, sessionId });
            after(() => onEvent("token_refreshed"));
            return token;
          case "repeat":
            after(() => onEvent("token_repeated"));
            return token;
          case "suspended":
            onEvent("token_refused");
            throw suspended(token.suspendedUntil ?? "infinity");
          case "revoke":
            await revokeSession(sql, { sessionId, reason: "token_reuse" });
            after(() => events.publish({ userId, sessionId, reason: "token_reuse" }));
            after(() => onEvent("token_reused"));
            return undefined;
          case "refuse":
            after(() => onEvent("token_refused"));
            return undefined;
        }
      });
      if (session === undefined)
        throw new AppError("UNAUTHORIZED", "The refresh token is not valid: sign in again");
      return await tokenPair({ ...session, refreshToken: successor });
    },

    async logout({ userId, sessionId }) {
      await write(async ({ sql, after }) => {
        const ended = await revokeSession(sql, { sessionId, reason: "logout" });
        if (ended) after(() => events.publish({ userId, sessionId, reason: "logout" }));
      });
    },

    async logoutAll(userId) {
      await write((work) => revokeAll(work, { userId, reason: "logout_all" }));
    },

    revokeAll,

    async loadViewer(sessionId, userId) {
      const row = await selectViewer(database.sql, { sessionId, userId });
      if (row === undefined) return null;
      const { stale, ...viewer } = row;
      if (stale && viewer.suspendedUntil === null) await touchLastActive(database.sql, userId);
      return viewer;
    },

    purges: [deleteExpiredTokens, deleteEmptySessions],
  };
}
