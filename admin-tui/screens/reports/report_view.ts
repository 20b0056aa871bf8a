/**
 * Draws a report: who, why, since when, its evidence, the person's history, what staff said. Pure; every text of somebody
 * else is sanitised here.
 * @module
 */
import { wrap } from "../../cells.ts";
import {
  age,
  clockTime,
  counted,
  dateTime,
  duration,
  handle,
  outcomeWords,
  timeLeft,
  words,
} from "../../format.ts";
import type { DrawOptions } from "../../list_screen/spec.ts";
import { sanitise } from "../../sanitise.ts";
import {
  bold,
  EMPTY,
  folded,
  LABEL,
  type Line,
  label,
  line,
  type Span,
  section,
  toned,
} from "../../spans.ts";
import { REASONS, STATUSES } from "../../theme.ts";
import type { Note, ReportDetail, ReportRow, Sanction } from "../../wire.ts";
import { evidenceLines, textLines } from "./evidence_view.ts";
import { recordWords } from "./reporter_record.ts";
import { isOpen, type QueueRow } from "./rows.ts";

/** @returns The words in the pane's border: `R-8F31A2 harassment OPEN SLA 48m left`. */
export function reportTitle(row: ReportRow, now: number): string {
  const parts = [handle("R", row.id), words(row.reason), STATUSES[row.status].word];
  if (isOpen(row)) parts.push(`SLA ${timeLeft(row.due_at, now)}`);
  return parts.join(" ");
}

/** @returns What the row alone tells, and what its page says of the person's standing and of the reporter. */
export function reportHead(
  row: ReportRow,
  options: DrawOptions,
  page?: Pick<ReportDetail, "history" | "reporter_record">,
): Line[] {
  const { now, me, width } = options;
  return [
    ...personLines(row, options),
    ...folded(
      line(label("by"), sanitise(row.reporter.name), recordWords(page?.reporter_record)),
      line(
        row.reporter_count > 1 ? toned("warn", `  ${row.reporter_count} reporters`) : "",
        `  ${age(row.created_at, now)} ago`,
      ),
      { width, indent: LABEL - 2 },
    ),
    line(label("claimed"), ...claimWords(row, me)),
    ...standingLines(row, page?.history.sanctions ?? []),
    ...decisionLines(row, options),
  ];
}

/** @returns Who the reported person is. */
export function personLines({ reported, prior_reports }: QueueRow, { now, width }: DrawOptions): Line[] {
  return folded(
    line(label("reported"), bold(sanitise(reported.name)), `  joined ${age(reported.joined_at, now)}`),
    line(
      prior_reports > 0 ? toned("warn", `  ${prior_reports} decided before`) : "  no priors",
      ...(reported.role === "user" ? [] : [toned("accent", `  ${reported.role}`)]),
    ),
    { width, indent: LABEL - 2 },
  );
}

/** @returns How the reported person stands: the sanction in force, a ban that waits. */
export function standingLines({ reported }: QueueRow, sanctions: readonly Sanction[]): Line[] {
  const standing = standingOf(reported);
  const waits = sanctions.some(({ state }) => state === "awaiting_confirmation");
  return [
    ...(standing ? [line(label("standing"), toned("bad", standing))] : []),
    ...(waits ? [line(label(""), toned("warn", "a ban waits for a second person"))] : []),
  ];
}

/** @returns What was decided, and why. */
export function decisionLines({ status, resolution }: QueueRow, { now }: DrawOptions): Line[] {
  if (!resolution) return [];
  const { action, by, at, reason } = resolution;
  const who = by ? ` by ${sanitise(by.name)}` : "";
  return [
    line(
      label("decision"),
      bold(`${status}, ${action === "none" ? "no sanction" : action}`),
      `${who} ${age(at, now)} ago`,
    ),
    ...(reason ? [line(label("reason"), sanitise(reason))] : []),
  ];
}

/** @returns Everything about the report. */
export function reportLines(detail: ReportDetail, options: DrawOptions): Line[] {
  return [
    ...reportHead(detail, options, detail),
    EMPTY,
    ...evidenceLines(detail, options),
    ...otherLines(detail, options),
    ...historyLines(detail, options),
    ...noteLines(detail, options),
    ...timelineLines(detail),
  ];
}

/** @returns Who holds it, until when. */
export function claimWords({ claim, status }: QueueRow, me: string | undefined): (string | Span)[] {
  if (claim) {
    const until = ` until ${clockTime(claim.until)}`;
    return claim.by.id === me
      ? [toned("good", "you"), until]
      : [toned("warn", `@${sanitise(claim.by.name)}`), until];
  }
  return isOpen({ status }) ? ["nobody              ", bold("[c]"), " claim"] : ["nobody"];
}

function standingOf({ banned, suspended_until, muted_until }: ReportRow["reported"]): string | undefined {
  if (banned) return "banned for good";
  if (suspended_until) return `suspended until ${dateTime(suspended_until)}`;
  return muted_until ? `muted until ${dateTime(muted_until)}` : undefined;
}

function otherLines({ others }: ReportDetail, { now }: DrawOptions): Line[] {
  if (others.length === 0) return [];
  return [
    section("ALSO OPEN", `${counted(others.length, "report")} about the same person`),
    ...others.map((other) => {
      const holder = other.claim ? `  @${sanitise(other.claim.by.name)}` : "";
      const { sign, tone } = REASONS[other.reason];
      return line(
        "   ",
        toned(tone, sign),
        ` ${handle("R", other.id)}  ${words(other.reason)}  by ${sanitise(other.reporter.name)}`,
        recordWords(other.reporter_record),
        `  ${age(other.created_at, now)}${holder}`,
      );
    }),
    EMPTY,
  ];
}

/** @param shown Open reports that are shown themselves. @returns What is known of the reported person. */
export function historyLines(
  { history, reported }: ReportDetail,
  options: DrawOptions,
  shown?: ReadonlySet<string>,
): Line[] {
  const { now, width } = options;
  const { sanctions, reports, blocks_against, unmatch_reasons } = history;
  const open = shown ? "" : `${reports.open} open, `;
  const total = shown ? reports.total - reports.open : reports.total;
  const sums = `${shown ? "earlier" : "other"} reports ${total}: ${open}${reports.resolved} upheld, ${reports.dismissed} dismissed`;
  return [
    section("HISTORY", `of ${sanitise(reported.name)}`),
    ...wrap(sums, width - 3).map((part) => line("   ", part)),
    line("   ", `blocked by ${blocks_against} now`),
    ...unmatch_reasons
      .slice(0, 5)
      .map(({ reason, at }) => line("   ", `unmatched ${age(at, now)} ago: ${sanitise(reason)}`)),
    ...sanctions.slice(0, 5).flatMap((sanction) => sanctionLines(sanction, options)),
    ...reports.latest
      .filter(({ id }) => !shown?.has(id))
      .slice(0, 5)
      .map((report) => line("   ", toned("muted", `${handle("R", report.id)}  `), outcomeWords(report, now))),
    EMPTY,
  ];
}

/** @returns A sanction on a line, with its reason below. */
export function sanctionLines(sanction: Sanction, { now, width }: DrawOptions): Line[] {
  const { kind, state, created_by, created_at, until, permanent, reason } = sanction;
  const inForce = state === "in_force" || state === "awaiting_confirmation";
  const end = permanent ? "for good" : until ? `until ${dateTime(until)}` : "";
  const by = created_by ? ` by ${sanitise(created_by.name)}` : "";
  return [
    ...folded(
      line("   ", toned(inForce ? "bad" : "muted", `${kind} ${words(state)}`), `  ${end}`),
      line(`${by} ${age(created_at, now)} ago`),
      { width, indent: 4 },
    ),
    ...wrap(sanitise(reason), Math.max(10, width - 5)).map((part) => line(toned("muted", `     ${part}`))),
  ];
}

function noteLines({ notes }: ReportDetail, options: DrawOptions): Line[] {
  const lines: Line[] = [
    line(...section("NOTES", notes.length === 0 ? "none" : ""), "  ", bold("[e]"), " add"),
  ];
  return [...lines, ...notes.flatMap((note) => noteLine(note, options)), EMPTY];
}

/** @returns A note of staff. */
export function noteLine({ author, text, created_at }: Note, { width, now }: DrawOptions): Line[] {
  const head = line(
    "   ",
    bold(author ? sanitise(author.name) : "somebody"),
    toned("muted", ` ${duration(now - Date.parse(created_at))} ago  `),
  );
  return textLines(head, { text, masked: null, width });
}

function timelineLines({ timeline }: ReportDetail): Line[] {
  return [
    section("TIMELINE"),
    ...timeline.map(({ at, what, actor, reason }) =>
      line(
        "   ",
        toned("muted", `${dateTime(at)} `),
        words(what.replace(/^report\./, "")),
        actor ? ` by ${sanitise(actor.name)}` : "",
        reason ? toned("muted", `  ${sanitise(reason)}`) : "",
      ),
    ),
  ];
}
