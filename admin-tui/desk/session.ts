/**
 * The moderator's session: signing in, tokens that renew themselves, and its end. It owns the tokens; nothing else
 * sees a refresh token.
 * @module
 */
import type { Rest } from "../../client/mod.ts";
import { AppError } from "../../server/protocol/errors.ts";
import type { CodeSent, Profile, TokenPair, Verified } from "../wire.ts";
import { failureOf } from "./failure.ts";
import { expiryOf, noStore, type TokenStore, type Tokens } from "./tokens.ts";

/** Who is signed in. */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

/** Where the session stands. `expired`: it was there, and what was on the screen stays. */
export type SessionPhase = "signed_out" | "signed_in" | "expired";

interface SessionOptions {
  /** Calls without a token. */
  readonly rest: Rest;
  readonly store?: TokenStore;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly onPhase?: (phase: SessionPhase) => void;
}

/** A token that has less than this left is renewed first, ms. */
const RENEW_BEFORE_MS = 60_000;

/** See {@link createSession}. */
export type Session = ReturnType<typeof createSession>;

/** @param initial From the environment; otherwise the store's. */
export function createSession(options: SessionOptions, initial: Tokens | null = null) {
  const { rest, store = noStore, now = Date.now, onPhase = () => {} } = options;
  let tokens = initial ?? store.load();
  let phase: SessionPhase = tokens ? "signed_in" : "signed_out";
  let renewal: Promise<string> | undefined;

  function become(next: SessionPhase): void {
    if (phase === next) return;
    phase = next;
    onPhase(next);
  }

  function expire(): never {
    tokens = null;
    become(phase === "signed_out" ? "signed_out" : "expired");
    throw new AppError("UNAUTHORIZED", "The session has ended: sign in again");
  }

  function accept(fresh: Tokens): void {
    tokens = fresh;
    store.save(fresh);
  }

  /** Another dashboard on the same file may have renewed already: a refresh token used twice ends the session. */
  function adopt(used: Tokens): Tokens | null {
    const stored = safely(() => store.load());
    return stored && stored.access !== used.access && expiryOf(stored) > now() + RENEW_BEFORE_MS
      ? stored
      : null;
  }

  async function renew(used: Tokens): Promise<string> {
    const other = adopt(used);
    if (other) {
      tokens = other;
      return other.access;
    }
    if (used.refresh === null) return expire();
    try {
      const { data } = await rest<TokenPair>("/api/v1/auth/refresh", {
        method: "POST",
        body: { refresh_token: used.refresh },
      });
      accept({ access: data.access_token, refresh: data.refresh_token });
      return data.access_token;
    } catch (error) {
      const { kind } = failureOf(error);
      if (kind === "expired" || kind === "refused") return expire();
      throw error;
    }
  }

  return {
    get phase() {
      return phase;
    },

    /**
     * An access token that is good now.
     * @param reason `rejected`: the server did not take the one in use.
     * @throws AppError UNAUTHORIZED when the session is over.
     */
    async token(reason: "connect" | "expiring" | "rejected" = "connect"): Promise<string> {
      if (!tokens) return expire();
      const expiry = expiryOf(tokens);
      if (reason === "connect" && (expiry === 0 || expiry > now() + RENEW_BEFORE_MS)) return tokens.access;
      // A token from the environment cannot be renewed: it is used to its last second.
      if (tokens.refresh === null && reason !== "rejected" && expiry > now()) return tokens.access;
      renewal ??= renew(tokens).finally(() => {
        renewal = undefined;
      });
      return await renewal;
    },

    /** Sends a code by mail. @returns Seconds it is good for. */
    async sendCode(email: string): Promise<number> {
      const { data } = await rest<CodeSent>("/api/v1/auth/send-otp", { method: "POST", body: { email } });
      return data.expires_in;
    },

    /**
     * Signs in with the code.
     * @throws RequestFailure; AppError FORBIDDEN when the address is nobody of the staff.
     */
    async signIn(email: string, code: string): Promise<Me> {
      const { data } = await rest<Verified>("/api/v1/auth/verify-otp", {
        method: "POST",
        body: { email, code },
      });
      if (!data.user_exists) throw new AppError("FORBIDDEN", "This address has no account");
      if ("sanction" in data) {
        const isBanned = data.sanction.kind === "ban";
        throw new AppError("FORBIDDEN", `This account is ${isBanned ? "banned" : "suspended"}`);
      }
      const me = requireStaff(data.user);
      accept({ access: data.access_token, refresh: data.refresh_token });
      become("signed_in");
      return me;
    },

    /** Marks the session as over. */
    end(): void {
      tokens = null;
      become("expired");
    },
  };
}

/** @throws AppError FORBIDDEN */
export function requireStaff({ id, name, role }: Profile): Me {
  if (role === "user") throw new AppError("FORBIDDEN", "This account is not of the staff");
  return { id, name, role };
}

function safely<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
