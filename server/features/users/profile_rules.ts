/**
 * What a profile may hold: each field's rule, and the form in which it is stored. Pure; every broken rule is
 * reported at once.
 * @module
 */
import { refuseName } from "../../domain/names.ts";
import { cleanText, countCodePoints, isInvisible } from "../../domain/text.ts";
import { ADULT_AGE, isAdult, parseDate } from "../../lib/time.ts";
import { GENDERS } from "../../protocol/models.ts";
import { isFarTooLong, textProblem } from "../../protocol/text.ts";
import { isCountry } from "./countries.ts";
import type { ProfileChanges, ProfileFields } from "./schema.ts";

/** Code points of a name: at least and at most. */
export const NAME_LENGTH = { min: 2, max: 50 } as const;
/** Code points of a bio, at most. */
export const BIO_MAX = 500;
/** Code points of a city or state, at most. */
export const PLACE_MAX = 100;
/** Photos of one person, at most. */
export const PHOTOS_MAX = 9;
/** Characters of a photo's URL, at most. */
export const PHOTO_URL_MAX = 2048;
/** Interests of one person, at most. */
export const INTERESTS_MAX = 30;
/** Code points of an interest, at most. */
export const INTEREST_LENGTH_MAX = 50;
/** Characters of an e-mail address, at most (RFC 5321). */
export const EMAIL_MAX = 254;

/** One field that breaks a rule. */
export interface FieldProblem {
  /** Name of the field on the wire; an item of a list as `interests.3`. */
  readonly field: string;
  /** What would be accepted; never what was given. */
  readonly message: string;
}

/** Host names with a dot, an optional port, then printable ASCII without spaces and backslashes. */
const PHOTO_URL =
  /^https:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}(?::\d{1,5})?(?:[/?#][\x21-\x5b\x5d-\x7e]*)?$/i;

/** The cleaned value, or undefined after a problem was reported. */
type Rule<T> = (value: T, report: (message: string, index?: number) => void) => T | undefined;

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

/**
 * Applies the rules to the fields that are given.
 *
 * @param now The moment at which the age counts.
 * @returns The fields as they are stored, and what is wrong with the others.
 */
export function checkProfile<T extends Partial<ProfileFields> | ProfileChanges>(
  given: T,
  now: Date,
): { readonly fields: T; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const fields: Record<string, unknown> = {};
  for (const [field, rule] of Object.entries(rulesAt(now)) as [string, Rule<unknown>][]) {
    const value = (given as Record<string, unknown>)[field];
    if (value === undefined) continue;
    const stored = rule(value, (message, index) =>
      problems.push({ field: index === undefined ? field : `${field}.${index}`, message }),
    );
    if (stored !== undefined) fields[field] = stored;
  }
  return { fields: fields as T, problems };
}

function rulesAt(now: Date): { readonly [F in keyof ProfileFields]-?: Rule<Required<ProfileFields>[F]> } {
  return {
    name: (given, report) => {
      const name = line(NAME_LENGTH)(given, report);
      const refusal = name === undefined ? null : refuseName(name);
      return refusal === null ? name : void report(refusal);
    },
    date_of_birth: (value, report) => {
      if (parseDate(value) === undefined) return void report("must be a date such as 1995-05-15");
      if (!isAdult(value, now)) return void report(`must be at least ${ADULT_AGE} years ago, and real`);
      return value;
    },
    gender: (value, report) =>
      GENDERS.includes(value) ? value : void report(`must be one of ${GENDERS.join(", ")}`),
    country: (value, report) => {
      const code = value.trim().toUpperCase();
      return isCountry(code) ? code : void report("must be an ISO 3166-1 alpha-2 code such as DE");
    },
    state: clearable(line({ min: 1, max: PLACE_MAX })),
    city: clearable(line({ min: 1, max: PLACE_MAX })),
    bio: clearable(text(BIO_MAX)),
    profile_photos: (urls, report) => {
      const unique = [...new Set(urls.map((url) => url.trim()))];
      if (unique.length > PHOTOS_MAX) return void report(`must be at most ${PHOTOS_MAX}`);
      const bad = unique.findIndex((url) => !isPhotoUrl(url));
      return bad < 0 ? unique : void report("must be an https URL", bad);
    },
    interests: (items, report) => {
      const cleaned = items.map((item) =>
        fitting(item, { min: 1, max: INTEREST_LENGTH_MAX, clean: squeeze }),
      );
      const bad = cleaned.indexOf(undefined);
      if (bad >= 0) return void report(`must be 1 to ${INTEREST_LENGTH_MAX} characters`, bad);
      const unique = [...new Set(cleaned as string[])];
      return unique.length <= INTERESTS_MAX ? unique : void report(`must be at most ${INTERESTS_MAX}`);
    },
    preferred_genders: (values, report) => {
      const bad = values.findIndex((value) => !GENDERS.includes(value));
      return bad < 0 ? [...new Set(values)] : void report(`must be one of ${GENDERS.join(", ")}`, bad);
    },
    show_activity_status: (value) => value,
  };
}

/** Text on one line. */
function line(range: Range): Rule<string> {
  return (given, report) => {
    const value = fitting(given, { ...range, clean: squeeze });
    return value ?? void report(`must be ${range.min} to ${range.max} characters`);
  };
}

/** Text that may have several lines; nothing at all is allowed. */
function text(max: number): Rule<string> {
  return (given, report) => {
    const value = fitting(given, { min: 0, max, clean: cleanText });
    return value ?? void report(`must be at most ${max} characters`);
  };
}

/** Null and blank text clear the field. */
function clearable(rule: Rule<string>): Rule<string | null> {
  return (given, report) => (given === null || isInvisible(given) ? null : rule(given, report));
}

function squeeze(value: string): string {
  return cleanText(value).replace(/\s+/g, " ");
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** @returns The cleaned text, or undefined when it may not be stored or is outside the range. */
function fitting(given: string, { min, max, clean }: Range & { clean(text: string): string }) {
  if (isFarTooLong(given, max) || textProblem(given)) return undefined;
  const value = clean(given);
  const seen = countCodePoints(value.replace(/\p{Default_Ignorable_Code_Point}/gu, ""));
  return seen >= min && countCodePoints(value) <= max ? value : undefined;
}

/** Compared as written: a URL parser would repair what another program then reads differently. */
function isPhotoUrl(url: string): boolean {
  return url.length <= PHOTO_URL_MAX && PHOTO_URL.test(url) && URL.canParse(url);
}
