/**
 * Signing in and up with one-time codes. It knows no HTTP; sessions are sessions.ts's, the limits of sending codes are
 * the route's.
 * @module
 */
import type { Database, Sql } from "../../db/client.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { suspended } from "../../domain/viewer.ts";
import { deleteInBatches } from "../../lib/delete_in_batches.ts";
import {
  APPEAL_TOKEN_SECONDS,
  SIGNUP_TOKEN_SECONDS,
  type SignupClaims,
  type Tokens,
} from "../../lib/tokens.ts";
import { AppError } from "../../protocol/errors.ts";
import { type NewUser, requireEmail, type UserService } from "../users/mod.ts";
import { createOtp, deleteExpiredCodes, deleteForgotten, OTP_SECONDS, OTP_TRIES } from "./otp.ts";
import { selectAccount, selectKeepingOut } from "./queries.ts";
import type { CodeSent, SignedIn, SignupBody, Verified } from "./schema.ts";
import type { SessionService } from "./sessions.ts";

/** Sends one mail of plain text. @throws When the mail server did not take it. */
export type SendMail = (mail: { to: string; subject: string; text: string }) => Promise<void>;

/** See {@link createAuthService}. */
export interface AuthService {
  /** Sends a code, known address or not. @throws VALIDATION_ERROR, SERVICE_UNAVAILABLE when mail cannot be sent */
  sendOtp(email: string): Promise<CodeSent>;
  /**
   * Whoever is suspended or banned gets an appeal token instead of a session.
   * @throws UNAUTHORIZED whatever is wrong with the code, FORBIDDEN for a closed account.
   */
  verifyOtp(attempt: { email: string; code: string }): Promise<Verified>;
  /**
   * @throws VALIDATION_ERROR naming every bad field, CONFLICT when the address has an account, UNAUTHORIZED when an
   * account of the address was deleted since it was proven.
   */
  signup(proof: SignupClaims, profile: SignupBody): Promise<SignedIn>;
  /** Consumes a code for actions that a token alone must not authorise. @returns Whether it was right. */
  spendCode(attempt: { email: string; code: string }): Promise<boolean>;
  /** Invalidates codes and sign-up tokens of an address whose account is deleted in this transaction. */
  forgetAddress(sql: Sql, email: string): Promise<void>;
  /** Creates an account without verifying its address, and signs it in: for operators, seeds and tests. */
  enroll(user: NewUser): Promise<SignedIn>;
  /** Signs somebody in without a code: for operators. @throws NOT_FOUND when the account is closed. */
  signInAs(userId: string): Promise<SignedIn>;
  /** Deletes codes, tokens and sessions that can no longer be used, in bounded batches. @returns How many rows. */
  purge(): Promise<number>;
}

interface AuthDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
  readonly tokens: Pick<Tokens, "signSignup" | "signAppeal">;
  readonly sendMail: SendMail;
  readonly sessions: SessionService;
  readonly users: UserService;
  /** The server's signing secret. */
  readonly secret: string;
  /** Called for what happens to codes, for metrics; without whose they are. */
  readonly onEvent?: ((event: CodeEvent) => void) | undefined;
}

/** What happens to codes. */
export type CodeEvent = "otp_sent" | "otp_not_sent" | "otp_right" | "otp_wrong" | "signed_in" | "signed_up";

const PURGE_BATCH = 1_000;
/** Batches of one kind in one go: a long backlog is worked off in several. */

/** @returns The service of signing in and up. */
export function createAuthService(deps: AuthDeps): AuthService {
  const { database, write, tokens, sendMail, sessions, users, onEvent = () => {} } = deps;
  const otp = createOtp(deps.secret);

  async function signIn(sql: Sql, userId: string): Promise<SignedIn> {
    const user = await users.getOwnProfile(userId, sql);
    return { ...(await sessions.open(sql, userId)), user };
  }

  function enroll(user: NewUser): Promise<SignedIn> {
    return write(async ({ sql }) => signIn(sql, await users.createUser(sql, user)));
  }

  return {
    async sendOtp(address) {
      const email = requireEmail(address);
      const code = await otp.issue(database.sql, email);
      try {
        await sendMail(codeMail(email, code));
        onEvent("otp_sent");
      } catch (error) {
        onEvent("otp_not_sent");
        throw error;
      }
      // The same answer in the same time, whether or not the address has an account.
      return { message: "A code is on its way to this address", expires_in: OTP_SECONDS };
    },

    async verifyOtp({ email: address, code }) {
      const email = requireEmail(address);
      const proven = await otp.try(database.sql, { email, code });
      onEvent(proven === undefined ? "otp_wrong" : "otp_right");
      if (proven === undefined) throw wrongCode();
      const outcome = await write(async ({ sql }) => {
        if (!(await otp.redeem(sql, proven))) return wrongCode();
        const account = await selectAccount(sql, email);
        if (account?.state === "closed") return new AppError("FORBIDDEN", "This account is closed");
        if (account?.state === "suspended") {
          const sanction = await selectKeepingOut(sql, account.id);
          return sanction
            ? { userId: account.id, sanction }
            : suspended(account.suspendedUntil ?? "infinity");
        }
        if (account === undefined) return undefined;
        return await signIn(sql, account.id);
      });
      // Not thrown inside the transaction, which would give the code back.
      if (outcome instanceof AppError) throw outcome;
      if (outcome !== undefined && "sanction" in outcome) {
        const { userId, sanction } = outcome;
        const appeal_token = await tokens.signAppeal({ userId, sanctionId: sanction.id });
        return { user_exists: true, sanction, appeal_token, expires_in: APPEAL_TOKEN_SECONDS };
      }
      if (outcome !== undefined) {
        onEvent("signed_in");
        return { user_exists: true, ...outcome };
      }
      const message = "The address is confirmed: sign up with the temp_token";
      const token = await tokens.signSignup({ email });
      return { user_exists: false, temp_token: token, expires_in: SIGNUP_TOKEN_SECONDS, message };
    },

    async spendCode(attempt) {
      const proven = await otp.try(database.sql, attempt);
      onEvent(proven === undefined ? "otp_wrong" : "otp_right");
      return proven !== undefined && (await otp.redeem(database.sql, proven));
    },

    async signup({ email, issuedAt }, profile) {
      const signedIn = await write(async ({ sql }) => {
        const user = await users.createUser(sql, { email, profile });
        if (await otp.isForgotten(sql, email, issuedAt)) throw usedUp();
        return signIn(sql, user);
      });
      onEvent("signed_up");
      return signedIn;
    },
    forgetAddress: (sql, email) => otp.forget(sql, email),
    enroll,
    signInAs: (userId) => write(({ sql }) => signIn(sql, userId)),

    async purge() {
      let total = 0;
      for (const purge of [deleteExpiredCodes, deleteForgotten, ...sessions.purges]) {
        total += (await deleteInBatches(() => purge(database.sql, PURGE_BATCH))).count;
      }
      return total;
    },
  };
}

function wrongCode(): AppError {
  return new AppError("UNAUTHORIZED", "The code is wrong, used or expired: check it, or ask for a new one");
}

function usedUp(): AppError {
  return new AppError("UNAUTHORIZED", "The account of this address was deleted: ask for a new code");
}

function codeMail(to: string, code: string) {
  const text = [
    `Your code for VibesMatch is ${code}`,
    "",
    `It is good for ${OTP_SECONDS / 60} minutes, for one use and ${OTP_TRIES} tries.`,
    "If you did not ask for it, ignore this message: nobody gets in without it.",
  ].join("\n");
  return { to, subject: "Your VibesMatch code", text };
}
