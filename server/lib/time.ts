/**
 * Calendar dates and timestamps as text: what is valid, and how old somebody is. It reads no clock.
 * @module
 */

/** The age from which people may use the service. */
export const ADULT_AGE = 18;
/** Nobody lived longer; above it a birth date is a mistake. */
const OLDEST = 122;

interface CalendarDate {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** RFC 3339, and what Postgres prints for timestamptz: a space for the T, an offset of hours only. */
const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})([Tt ])(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,6})?([Zz]|[+-]\d{2}(?::?\d{2})?)$/;

/** @returns The calendar date written `1995-05-15`, or undefined when there is no such day. */
export function parseDate(text: string): CalendarDate | undefined {
  const [, year = 0, month = 0, day = 0] = DATE.exec(text)?.map(Number) ?? [];
  // Year 0 exists for neither people nor Postgres.
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return { year, month, day };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** @returns Whether the text is a timestamp with offset, to at most a microsecond, that Postgres accepts. */
export function isTimestamp(text: string): boolean {
  const [, date = "", , hour, minute, second, offset = ""] = TIMESTAMP.exec(text) ?? [];
  if (parseDate(date) === undefined) return false;
  const [offsetHour = 0, offsetMinute = 0] = offset.slice(1).match(/\d{2}/g)?.map(Number) ?? [];
  return (
    Number(hour) <= 23 &&
    Number(minute) <= 59 &&
    Number(second) <= 59 &&
    offsetHour <= 14 &&
    offsetMinute <= 59
  );
}

/** @returns Whether the text is a timestamp in RFC 3339's own form. */
export function isRfc3339(text: string): boolean {
  return isTimestamp(text) && /[Tt].*([Zz]|[+-]\d{2}:\d{2})$/.test(text);
}

/**
 * Full years from birth to a day. Somebody born on 29 February is a year older on 1 March, as in Postgres' age().
 *
 * @param birthDate Written `1995-05-15`.
 * @param now The moment asked about; its UTC day counts.
 * @returns Undefined when the birth date is no date; negative when it is to come.
 */
export function ageOn(birthDate: string, now: Date): number | undefined {
  const birth = parseDate(birthDate);
  if (!birth) return undefined;
  const years = now.getUTCFullYear() - birth.year;
  const [month, day] = [now.getUTCMonth() + 1, now.getUTCDate()];
  const before = month < birth.month || (month === birth.month && day < birth.day);
  return before ? years - 1 : years;
}

/** @returns Whether somebody born on the day may use the service: a real date, at least 18 years ago. */
export function isAdult(birthDate: string, now: Date): boolean {
  const age = ageOn(birthDate, now);
  return age !== undefined && age >= ADULT_AGE && age <= OLDEST;
}
