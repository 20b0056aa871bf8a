/**
 * The appeals as a list-and-detail screen: who appeals, what was decided, and the evidence of its report. Pure.
 * @module
 */
import { fit } from "../../cells.ts";
import { age, clockTime, handle, timeLeft, words } from "../../format.ts";
import type { DrawOptions, ListSpec } from "../../list_screen/spec.ts";
import { NO_FILTER } from "../../list_screen/state.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, EMPTY, type Line, label, labelled, line, section, toned } from "../../spans.ts";
import type { AppealRow } from "../../wire.ts";
import { evidenceLines } from "../reports/evidence_view.ts";
import { sanctionLines } from "../reports/report_view.ts";
import { type AppealCase, readCase } from "./appeal_case.ts";
import { appealedWords } from "./forms.ts";

const STATUSES = ["open", "upheld", "overturned", "all"] as const;

export const appealsSpec: ListSpec<AppealRow, AppealCase> = {
  name: "appeals",
  what: "the appeals",
  filterHint: "status:open|upheld|overturned|all owner:me|none overdue",
  parse(text) {
    const query: Record<string, string> = {};
    for (const token of text.split(/\s+/).filter(Boolean)) {
      const [key = "", value = ""] = token.toLowerCase().split(":");
      if (key === "status" && STATUSES.some((known) => known === value)) query.status = value;
      else if (key === "owner" && (value === "me" || value === "none")) query.assignee = value;
      else if (key === "overdue") query.overdue = "true";
      else
        return {
          problem: `${token} is not known: status:${STATUSES.join("|")}, owner:me, owner:none, overdue`,
        };
    }
    return { ...NO_FILTER, text, query };
  },
  read: (desk, query) => desk.api.appeals.list(query),
  readDetail: (desk, id) => {
    const row = desk.state.lists.appeals.rows.all.find((one) => one.id === id);
    return readCase(desk.api.reports, row, { reveal: false });
  },
  copied: ({ id }) => id,
  title: () => "Appeals",
  empty: (isFiltered) =>
    isFiltered
      ? ["No appeal fits the filter", "esc takes the filter away"]
      : ["No appeal is open", "/status:all lists decided ones"],
  heading,
  row: drawRow,
  detailTitle: (row, now) =>
    `${handle("A", row.id)}  ${row.status}${row.status === "open" ? `  SLA ${timeLeft(row.due_at, now)}` : ""}`,
  detail: (row, detail, options) => appealLines(row, detail, options),
  actions: [
    line(" ", bold("[h]"), " uphold  ", bold("[l]"), " overturn"),
    line(" ", bold("[c]"), " claim  ", bold("[v]"), " reveal  ", bold("[i]"), " dossier"),
  ],
};

/** Sign, id, what, SLA and owner with the blanks around them. */
const WHAT = 10;
const DUE = 10;
const FIXED = 12 + WHAT + 1 + DUE + 1;

function columnsOf(width: number): { name: number; owner: number } {
  const owner = width - FIXED >= 26 ? 10 : 5;
  return { name: Math.max(6, width - FIXED - owner - 1), owner };
}

function heading(width: number): Line {
  const { name, owner } = columnsOf(width);
  const parts = [fit("WHO", name), fit("APPEALS", WHAT), fit("SLA", DUE), fit("OWNER", owner)];
  return [toned("muted", `   ID       ${parts.join(" ")}`)];
}

function drawRow(row: AppealRow, { width, now, me }: DrawOptions): Line {
  const { name, owner } = columnsOf(width);
  const isOpen = row.status === "open";
  const what = row.sanction ? words(row.sanction.kind) : "no action";
  const due = isOpen ? timeLeft(row.due_at, now) : "";
  const holder = row.claim ? (row.claim.by.id === me ? "me" : `@${sanitise(row.claim.by.name)}`) : "-";
  return line(
    `   ${handle("A", row.id)} `,
    fit(sanitise(row.appellant.name), name),
    " ",
    fit(what, WHAT),
    " ",
    toned(isOpen && row.overdue ? "bad" : "plain", fit(due, DUE)),
    " ",
    toned(
      isOpen && row.involved ? "muted" : "plain",
      fit(isOpen ? (row.involved ? "other" : holder) : row.status, owner),
    ),
  );
}

/** @returns Everything about an appeal. */
export function appealLines(row: AppealRow, detail: AppealCase | null, options: DrawOptions): Line[] {
  const { now, me, width } = options;
  const { claim, decision, sanction, report } = row;
  const holder = claim
    ? `${claim.by.id === me ? "you" : `@${sanitise(claim.by.name)}`} until ${clockTime(claim.until)}`
    : "nobody";
  return [
    line(
      label("appeal"),
      bold(sanitise(row.appellant.name)),
      ` against ${appealedWords(row)}, ${age(row.created_at, now)} ago`,
    ),
    ...(row.of === "report" ? [line(label("about"), sanitise(row.about.name))] : []),
    line(label("claimed"), holder),
    ...(row.involved && row.status === "open"
      ? [line(toned("warn", "You had a part in it: somebody else decides."))]
      : []),
    ...(sanction?.lift_requested_by
      ? [
          line(
            toned(
              "warn",
              `${sanitise(sanction.lift_requested_by.name)} has overturned it: a second person is needed`,
            ),
          ),
        ]
      : []),
    ...labelled("says", row.text, width),
    ...(decision
      ? [
          line(
            label("decision"),
            bold(row.status),
            decision.by ? ` by ${sanitise(decision.by.name)}` : "",
            ` ${age(decision.at, now)} ago`,
          ),
          ...labelled("reason", decision.reason, width),
        ]
      : []),
    EMPTY,
    ...(sanction ? [section("SANCTION"), ...sanctionLines(sanction, options), EMPTY] : []),
    ...(report
      ? [
          section("REPORT", `${handle("R", report.id)}  ${words(report.reason)}  ${report.status}`),
          ...(report.resolution
            ? labelled(
                "  decided",
                `${report.resolution.action === "none" ? "no sanction" : report.resolution.action}${report.resolution.by ? ` by ${report.resolution.by.name}` : ""}: ${report.resolution.reason}`,
                width,
              )
            : []),
          EMPTY,
        ]
      : []),
    ...(detail?.report ? evidenceLines(detail.report, options) : []),
  ];
}
