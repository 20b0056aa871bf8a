/**
 * What a profile may hold: each field's rule, and the form in which it is stored. Pure; every broken rule is
 * reported at once.
 * @module
 */
import { refuseName } from "../../domain/names.ts";
import { ADULT_AGE, isAdult, parseDate } from "../../lib/time.ts";
import type { Flaw, ProblemCode } from "../../protocol/errors.ts";
import type { FieldFlaw } from "../../protocol/fields.ts";
import { GENDERS } from "../../protocol/models.ts";
import { checkText, isBlank, type TextRules } from "../../protocol/text.ts";
import { isCountry } from "./countries.ts";
import {
  BIO_RULES,
  INTEREST_RULES,
  INTERESTS_MAX,
  NAME_RULES,
  PHOTO_URL_MAX,
  PHOTOS_MAX,
  PLACE_RULES,
  type ProfileChanges,
  type ProfileFields,
} from "./schema.ts";

/** Characters of an e-mail address, at most (RFC 5321). */
export const EMAIL_MAX = 254;

/** Host names with a dot, an optional port, then printable ASCII without spaces and backslashes. */
const PHOTO_URL =
  /^https:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}(?::\d{1,5})?(?:[/?#][\x21-\x5b\x5d-\x7e]*)?$/i;

/** Notes what is wrong with a field, or with one item of a list. */
type Report = (flaw: Flaw, index?: number) => void;
/** The cleaned value, or undefined after a flaw was reported. */
type Rule<T> = (value: T, report: Report) => T | undefined;

function flaw(code: ProblemCode, message: string, limit?: number): Flaw {
  return { code, message, ...(limit !== undefined && { limit }) };
}

const EMAIL =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The form in which an address is stored and compared: trimmed and in lower case.
 *
 * @returns Undefined when it is no address. ASCII only: two spellings that a mail server or Postgres' lower() would
 *   judge differently from us cannot then be two accounts.
 */
export function normalizeEmail(text: string): string | undefined {
  const email = text.trim().toLowerCase();
  const local = email.slice(0, email.lastIndexOf("@"));
  const dotted = local.startsWith(".") || local.endsWith(".") || local.includes("..");
  return email.length <= EMAIL_MAX && !dotted && EMAIL.test(email) ? email : undefined;
}

/** @returns What is wrong with an address. */
export function emailFlaw(text: string): Flaw | undefined {
  return normalizeEmail(text) === undefined ? flaw("format", "must be an e-mail address") : undefined;
}

/**
 * Applies the rules to the fields that are given.
 *
 * @param now The moment at which the age counts.
 * @returns The fields as they are stored, and what is wrong with the others.
 */
export function checkProfile<T extends Partial<ProfileFields> | ProfileChanges>(
  given: T,
  now: Date,
): { readonly fields: T; readonly problems: readonly FieldFlaw[] } {
  const problems: FieldFlaw[] = [];
  const fields: Record<string, unknown> = {};
  for (const [field, rule] of Object.entries(rulesAt(now)) as [string, Rule<unknown>][]) {
    const value = (given as Record<string, unknown>)[field];
    if (value === undefined) continue;
    const stored = rule(value, (found, index) =>
      problems.push({ field: index === undefined ? field : `${field}.${index}`, ...found }),
    );
    if (stored !== undefined) fields[field] = stored;
  }
  return { fields: fields as T, problems };
}

/** @returns What is wrong with fields that fit their schema: for naming every bad field of a body at once. */
export function profileFlaws(fields: Readonly<Record<string, unknown>>): readonly FieldFlaw[] {
  return checkProfile(fields, new Date()).problems;
}

function rulesAt(now: Date): { readonly [F in keyof ProfileFields]-?: Rule<Required<ProfileFields>[F]> } {
  return {
    name: (given, report) => {
      const name = text(NAME_RULES)(given, report);
      const refusal = name === undefined ? null : refuseName(name);
      return refusal === null ? name : void report(flaw("not_allowed", refusal));
    },
    date_of_birth: (value, report) => {
      if (parseDate(value) === undefined) {
        return void report(flaw("format", "must be a date such as 1995-05-15"));
      }
      if (isAdult(value, now)) return value;
      return void report(flaw("not_allowed", `must be at least ${ADULT_AGE} years ago, and real`, ADULT_AGE));
    },
    gender: (value, report) => (GENDERS.includes(value) ? value : void report(UNKNOWN_GENDER)),
    country: (value, report) => {
      const code = value.trim().toUpperCase();
      if (isCountry(code)) return code;
      return void report(flaw("unknown_value", "must be an ISO 3166-1 alpha-2 code such as DE"));
    },
    state: clearable(text(PLACE_RULES)),
    city: clearable(text(PLACE_RULES)),
    bio: clearable(text(BIO_RULES)),
    profile_photos: (urls, report) => {
      const unique = [...new Set(urls.map((url) => url.trim()))];
      if (unique.length > PHOTOS_MAX) return void report(tooMany(PHOTOS_MAX));
      const bad = unique.findIndex((url) => !isPhotoUrl(url));
      return bad < 0 ? unique : void report(flaw("format", "must be an https URL"), bad);
    },
    interests: (items, report) => {
      const cleaned = items.map((item, index) => text(INTEREST_RULES)(item, (found) => report(found, index)));
      if (cleaned.includes(undefined)) return undefined;
      const unique = [...new Set(cleaned as string[])];
      return unique.length <= INTERESTS_MAX ? unique : void report(tooMany(INTERESTS_MAX));
    },
    preferred_genders: (values, report) => {
      const bad = values.findIndex((value) => !GENDERS.includes(value));
      return bad < 0 ? [...new Set(values)] : void report(UNKNOWN_GENDER, bad);
    },
    show_activity_status: (value) => value,
  };
}

const UNKNOWN_GENDER = flaw("unknown_value", `must be one of ${GENDERS.join(", ")}`);

function tooMany(limit: number): Flaw {
  return flaw("too_many", `must be a list of at most ${limit} items`, limit);
}

function text(rules: TextRules): Rule<string> {
  return (given, report) => {
    const checked = checkText(given, rules);
    return checked.ok ? checked.value : void report(checked.flaw);
  };
}

/** Null and blank text clear the field. */
function clearable(rule: Rule<string>): Rule<string | null> {
  return (given, report) => (given === null || isBlank(given) ? null : rule(given, report));
}

/** Compared as written: a URL parser would repair what another program then reads differently. */
function isPhotoUrl(url: string): boolean {
  return url.length <= PHOTO_URL_MAX && PHOTO_URL.test(url) && URL.canParse(url);
}
