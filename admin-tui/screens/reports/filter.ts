/**
 * Parses the filter line of the queue: `cat:scam owner:me age>30m mia` becomes a query for the server, a test for the
 * rows that are here, and words to search for. Pure.
 * @module
 */
import { REPORT_REASONS, type ReportReason } from "../../../server/protocol/models.ts";
import { handle, isId } from "../../format.ts";
import type { Filter, FilterProblem } from "../../list_screen/state.ts";
import { sanitise } from "../../sanitise.ts";
import { REASONS } from "../../theme.ts";
import type { ReportedRow, ReportRow, ReportsQuery } from "../../wire.ts";
import type { QueueRow } from "./rows.ts";

/** What a filter judges of a row. */
type Judged = Pick<QueueRow, "reported" | "claim" | "resolution">;

export type ReportFilter = Filter<ReportRow> & { readonly query: Partial<ReportsQuery> };

/** For the prompt. */
export const FILTER_HINT =
  "cat:scam user:mia age>30m owner:me|none|@ana status:closed overdue · other words search, n/N";

/** For the prompt of the queue by person. */
export const PEOPLE_FILTER_HINT =
  "cat:scam user:mia age>30m owner:me|none|@ana overdue · other words search, n/N";

const STATUSES = ["open", "closed", "all", "pending", "reviewed", "resolved", "dismissed"] as const;
const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };

/** @returns The filter, or what is wrong with the line. */
export function parseFilter(text: string): ReportFilter | FilterProblem {
  return parse(text);
}

/** @returns The filter of the queue by person, which has open reports only, or what is wrong with the line. */
export function parsePeopleFilter(
  text: string,
): (Filter<ReportedRow> & { readonly query: Partial<ReportsQuery> }) | FilterProblem {
  const filter = parse(text);
  if ("problem" in filter) return filter;
  const { status = "open" } = filter.query;
  return status === "open" || status === "pending" || status === "reviewed"
    ? filter
    : { problem: `status:${status} is for single reports: p shows those` };
}

function parse(text: string): (Filter<Judged> & { readonly query: Partial<ReportsQuery> }) | FilterProblem {
  const query: { -readonly [K in keyof ReportsQuery]?: ReportsQuery[K] } = {};
  const tests: ((row: Judged) => boolean)[] = [];
  const search: string[] = [];
  for (const token of text.split(/\s+/).filter(Boolean)) {
    const problem = readToken(token, { query, tests, search });
    if (problem) return { problem };
  }
  return { text: text.trim(), query, search, lets: (row) => tests.every((test) => test(row)) };
}

interface Parts {
  readonly query: { -readonly [K in keyof ReportsQuery]?: ReportsQuery[K] };
  readonly tests: ((row: Judged) => boolean)[];
  readonly search: string[];
}

function readToken(token: string, parts: Parts): string | undefined {
  const [, key, value = ""] = /^([a-z]+)(?::|(?=[<>]))(.*)$/i.exec(token) ?? [];
  switch (key?.toLowerCase()) {
    case undefined:
      if (token.toLowerCase() === "overdue") parts.query.overdue = "true";
      else parts.search.push(token.toLowerCase());
      return undefined;
    case "cat":
      return readReason(value, parts);
    case "user":
      return readUser(value, parts);
    case "owner":
      return readOwner(value, parts);
    case "age":
      return readAge(value, parts);
    case "status": {
      const status = STATUSES.find((known) => known === value);
      if (!status) return `status: is one of ${STATUSES.join(", ")}`;
      parts.query.status = status;
      return undefined;
    }
    case "is":
      if (value !== "overdue") return "is: knows overdue only";
      parts.query.overdue = "true";
      return undefined;
    default:
      return `there is no ${key}: (cat, user, age, owner, status, overdue)`;
  }
}

function readReason(value: string, { query }: Parts): string | undefined {
  const reason = value === "" ? undefined : findReason(value);
  if (!reason) return `cat: is one of ${REPORT_REASONS.map((each) => REASONS[each].short).join(", ")}`;
  query.reason = reason;
  return undefined;
}

/** As the column spells it, or as the server does; its beginning is enough. */
function findReason(value: string): ReportReason | undefined {
  const wanted = value.toLowerCase();
  return (
    REPORT_REASONS.find((reason) => REASONS[reason].short.startsWith(wanted)) ??
    REPORT_REASONS.find((reason) => reason.startsWith(wanted))
  );
}

function readUser(value: string, { query, tests }: Parts): string | undefined {
  if (value === "") return "user: takes a name or an id";
  if (isId(value)) {
    query.reported_id = value;
    return undefined;
  }
  const wanted = value.toLowerCase();
  tests.push(
    ({ reported }) =>
      sanitise(reported.name).toLowerCase().includes(wanted) ||
      handle("U", reported.id).toLowerCase() === wanted,
  );
  return undefined;
}

function readOwner(value: string, { query, tests }: Parts): string | undefined {
  if (value === "me" || value === "none") {
    query.assignee = value;
    return undefined;
  }
  const wanted = value.replace(/^@/, "").toLowerCase();
  if (wanted === "") return "owner: takes me, none or a name";
  tests.push(({ claim, resolution }) => {
    const owner = claim?.by ?? resolution?.by;
    return owner ? sanitise(owner.name).toLowerCase().includes(wanted) : false;
  });
  return undefined;
}

function readAge(value: string, { query }: Parts): string | undefined {
  const [, sign, amount, unit = "m"] = /^([<>])(\d{1,5})([mhd])?$/.exec(value) ?? [];
  if (sign === undefined) return "age is written age>30m, age<2h, age>3d";
  const minutes = Number(amount) * (MINUTES[unit] ?? 1);
  if (sign === ">") query.older_than_minutes = minutes;
  else query.newer_than_minutes = minutes;
  return undefined;
}

/** @returns What the words of a search are looked for in. */
export function searchedText({ id, reported, reason }: ReportRow): string {
  return `${handle("R", id)} ${id} ${sanitise(reported.name)} ${reason} ${REASONS[reason].short}`.toLowerCase();
}

/** @returns The same for a person. */
export function searchedPersonText({ id, ids, reported, reasons }: ReportedRow): string {
  const handles = ids.map((one) => handle("R", one)).join(" ");
  const categories = reasons.map((reason) => `${reason} ${REASONS[reason].short}`).join(" ");
  return `${handle("U", id)} ${id} ${handles} ${sanitise(reported.name)} ${categories}`.toLowerCase();
}
