/**
 * One-time codes: stored as hashes, tried at most three times, used once. It sends no mail and limits no sending.
 * @module
 */
import { createHmac, hkdfSync, randomInt } from "node:crypto";
import type { Sql } from "../../db/client.ts";
import { Cached } from "../../lib/cached.ts";
import { CLOCK_LEEWAY_SECONDS, SIGNUP_TOKEN_SECONDS } from "../../lib/tokens.ts";

/** Seconds a code is good for. */
export const OTP_SECONDS = 300;
/** How often a code may be tried. */
export const OTP_TRIES = 3;
/** What a code looks like. */
export const OTP_PATTERN = "^[0-9]{6}$";

/** OWASP's parameters for argon2id with 19 MiB. */
const ARGON2ID = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

/** See {@link createOtp}. */
export interface Otp {
  /** Makes a code and stores its hash, which replaces the address's earlier code. @returns The code. */
  issue(sql: Sql, email: string): Promise<string>;
  /**
   * Takes one of the code's tries, whatever comes of it, and compares. It takes as long for an address without a
   * code as for a wrong code.
   * @returns What {@link Otp.redeem} takes when the code is right, else undefined.
   */
  try(sql: Sql, attempt: { email: string; code: string }): Promise<ProvenCode | undefined>;
  /** Consumes the code. @returns Whether it was still there: of two calls at once only one gets true. */
  redeem(sql: Sql, proven: ProvenCode): Promise<boolean>;
  /** Records that the address's account was deleted: sign-up tokens from before it make no account any more. */
  forget(sql: Sql, email: string): Promise<void>;
  /** @returns Whether an account of the address was deleted after that moment (milliseconds since the epoch). */
  isForgotten(sql: Sql, email: string, since: number): Promise<boolean>;
}

/** A code that was right a moment ago. */
export interface ProvenCode {
  readonly email: string;
  readonly codeHash: string;
}

/**
 * @param secret The server's signing secret. The code is keyed with it before it is hashed: six digits are few
 *   enough to be tried out against a stolen table, argon2id or not.
 */
export function createOtp(secret: string): Otp {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", "vibesmatch otp v1", 32));
  /** What a code is compared with when there is none, so that both take the same time. */
  const decoy = new Cached(() => Bun.password.hash(keyed("", ""), ARGON2ID));

  function keyed(email: string, code: string): string {
    return createHmac("sha256", key).update(`${email}\n${code}`).digest("base64url");
  }

  return {
    async issue(sql, email) {
      const code = String(randomInt(1_000_000)).padStart(6, "0");
      const codeHash = await Bun.password.hash(keyed(email, code), ARGON2ID);
      await sql`
        insert into otp_codes (email, code_hash, expires_at)
        values (${email}, ${codeHash}, now() + make_interval(secs => ${OTP_SECONDS}))
        on conflict (email) do update
        set code_hash = excluded.code_hash, expires_at = excluded.expires_at, attempts = 0, created_at = now()
      `;
      return code;
    },

    async try(sql, { email, code }) {
      // The try is taken before the comparison: a thousand guesses at once are still three tries.
      const [row] = await sql<{ codeHash: string }[]>`
        update otp_codes set attempts = attempts + 1
        where email = ${email} and attempts < ${OTP_TRIES} and expires_at > now()
        returning code_hash
      `;
      const hash = row?.codeHash ?? (await decoy.read());
      const right = await Bun.password.verify(keyed(email, code), hash);
      return right && row !== undefined ? { email, codeHash: row.codeHash } : undefined;
    },

    async redeem(sql, { email, codeHash }) {
      const rows = await sql`
        delete from otp_codes where email = ${email} and code_hash = ${codeHash} returning 1
      `;
      return rows.length > 0;
    },

    async forget(sql, email) {
      await sql`
        insert into erased_addresses (address_hash, erased_at) values (${keyed(email, "erased")}, now())
        on conflict (address_hash) do update set erased_at = excluded.erased_at
      `;
    },

    async isForgotten(sql, email, since) {
      const rows = await sql`
        select 1 from erased_addresses
        where address_hash = ${keyed(email, "erased")} and erased_at > to_timestamp(${since / 1000})
      `;
      return rows.length > 0;
    },
  };
}

/** Deleted addresses from before any sign-up token that is still good, one batch. @returns How many went. */
export async function deleteForgotten(sql: Sql, batch: number): Promise<number> {
  const seconds = SIGNUP_TOKEN_SECONDS + 2 * CLOCK_LEEWAY_SECONDS;
  const rows = await sql`
    delete from erased_addresses where address_hash in (
      select address_hash from erased_addresses
      where erased_at < now() - make_interval(secs => ${seconds}) limit ${batch}
    ) and erased_at < now() - make_interval(secs => ${seconds}) returning 1
  `;
  return rows.length;
}

/** Codes that can no longer be used, one batch by otp_codes_expiry_idx. @returns How many went. */
export async function deleteExpiredCodes(sql: Sql, batch: number): Promise<number> {
  const rows = await sql`
    delete from otp_codes where email in (
      select email from otp_codes where expires_at < now() limit ${batch}
    ) and expires_at < now() returning 1
  `;
  return rows.length;
}
