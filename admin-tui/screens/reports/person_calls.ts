/**
 * The calls for all open reports on somebody, on the screen and in plain mode: reading them, claiming them, deciding
 * those that were shown.
 * @module
 */
import { AppError } from "../../../server/protocol/errors.ts";
import type { Api } from "../../api.ts";
import { failureOf } from "../../desk/failure.ts";
import type { ReportAnswer, ReportedRow, ResolveAnswer, ResolveBody } from "../../wire.ts";

/** Reports that one request can name to be left alone. */
const MAX_EXCEPT = 100;

/** @returns Somebody as the queue has them now; undefined without an open report. */
export async function readPerson(people: Api["people"], id: string): Promise<ReportedRow | undefined> {
  const { rows } = await people.list({ reported_id: id, limit: 1 });
  return rows[0];
}

/** Claims the reports that nobody else holds. @throws CONFLICT when that is none of them. */
export async function claimReports(people: Api["people"], ids: readonly string[]): Promise<ReportAnswer> {
  let refusal: unknown;
  for (const id of ids) {
    try {
      return await people.claim(id);
    } catch (error) {
      if (failureOf(error).kind !== "conflict") throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

/** A decision about somebody. */
interface PersonDecision {
  /** As it was shown. */
  readonly row: ReportedRow;
  /** Those that are ours. */
  readonly claimed: readonly string[];
  readonly leftOut: readonly string[];
  readonly body: ResolveBody;
}

/** What became of it. */
interface PersonDecided {
  readonly report: ResolveAnswer["report"];
  /** The one that names the decision in calls first. */
  readonly decided: readonly [named: string, ...also: string[]];
  /** How many open reports were left. */
  readonly left: number;
}

/**
 * Decides the claimed reports that were shown and not left out; not one that has come since. Those that were left out
 * are released.
 * @throws FORBIDDEN when somebody else holds all of them.
 */
export async function decideReports(
  { people, reports }: Pick<Api, "people" | "reports">,
  { row, claimed, leftOut, body }: PersonDecision,
): Promise<PersonDecided> {
  const named = claimed.find((id) => !leftOut.includes(id) && row.ids.includes(id));
  if (named === undefined)
    throw new AppError("FORBIDDEN", "Cannot decide these reports: somebody else holds them", []);
  const open = (await readPerson(people, row.id))?.ids ?? row.ids;
  const unseen = open.filter((id) => !row.ids.includes(id));
  const except = [...leftOut, ...unseen].slice(0, MAX_EXCEPT);
  const { report, also } = await reports.resolve(named, { ...body, scope: "person", except });
  const kept = claimed.find((id) => leftOut.includes(id));
  // They were claimed with the others, and are not looked at any more.
  if (kept !== undefined) await people.release(kept).catch(() => {});
  const decided = [named, ...also] as const;
  return { report, decided: [...decided], left: open.filter((id) => !decided.includes(id)).length };
}
