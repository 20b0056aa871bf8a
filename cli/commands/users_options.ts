/**
 * Parsers for the options of `vibes users`.
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Context } from "../../server/context/mod.ts";
import { parseDuration } from "../durations.ts";
import { CliError, EXIT } from "../output.ts";

type Accounts = Pick<Context["accounts"], "find">;

/**
 * @param by What `--by` named.
 * @returns The member of staff, or null when nobody was named.
 * @throws CliError for somebody who is not staff.
 */
export async function findStaff(accounts: Accounts, by: string | undefined) {
  if (by === undefined) return null;
  const account = await accounts.find(by);
  if (account.role === "user") throw usage(`${account.email} is not of the staff`);
  return account;
}

/** A command line that asks for what does not go together. */
export function usage(message: string): CliError {
  return new CliError(`Cannot do that: ${message}`, { code: "USAGE", exitCode: EXIT.usage });
}

/** @returns A page size. @throws InvalidArgumentError */
export function readLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 1000) throw new InvalidArgumentError("Give a whole number from 1 to 1000.");
  return limit;
}

/** @returns A moment to come. @throws InvalidArgumentError */
export function readTime(text: string): Date {
  const time = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/.test(text)
    ? new Date(text)
    : new Date(Number.NaN);
  if (Number.isNaN(time.getTime()) || time.getTime() <= Date.now()) {
    throw new InvalidArgumentError("Give a time to come, such as 2027-01-31 or 2027-01-31T12:00Z.");
  }
  return time;
}

/** @returns A moment to come: `7d` or `12h` from now, or a time. @throws InvalidArgumentError */
export function readEnd(text: string): Date {
  const ms = parseDuration(text);
  if (ms === undefined) return readTime(text);
  if (ms === 0) throw new InvalidArgumentError("Give a time to come, such as 7d.");
  return new Date(Date.now() + ms);
}
