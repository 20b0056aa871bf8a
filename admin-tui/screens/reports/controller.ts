/**
 * The reports screen: its keys, and its share of the connection.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import { failureOf } from "../../desk/failure.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { handle } from "../../format.ts";
import { drawListScreen, listFacts } from "../../list_screen/draw.ts";
import { toggleMark } from "../../list_screen/rows.ts";
import type { Handlers, Screen } from "../screen.ts";
import { decide, undo, yieldTo } from "./decide.ts";
import { reportsCommand, turnSort } from "./find.ts";
import { ReportsList } from "./reports_list.ts";
import { reportsSpec } from "./spec.ts";
import { ReportUpdates } from "./updates.ts";

/** The reports screen. */
export interface ReportsScreen extends Screen {
  readonly list: ReportsList;
}

/** A claim whose report is on a screen that is not in front is renewed for so long, ms. */
const AWAY_MS = 10 * 60_000;
const SORT_NAMES = { sla: "priority, due", age: "oldest", newest: "newest" } as const;

/** @param showPerson Opens a person's dossier. @returns The screen. */
export function createReports(desk: Desk, showPerson: (id: string) => void): ReportsScreen {
  const reports = new ReportsList(desk);
  const updates = new ReportUpdates(reports);
  const keys: Handlers<"reports"> = {
    dismiss: () => decide(reports, "dismiss"),
    done: () => decide(reports, "done"),
    warn: () => decide(reports, "warn"),
    mute: () => decide(reports, "mute"),
    suspend: () => decide(reports, "suspend"),
    ban: () => decide(reports, "ban"),
    undo: () => undo(reports),
    claim: () => toggleClaim(reports),
    note: () => addNote(reports),
    reveal: () => reveal(reports),
    mark: () => mark(reports),
    sort: () => turnSort(reports),
    person: () => reports.selected && showPerson(reports.selected.reported.id),
  };
  let seenAt = desk.now();
  return {
    list: reports,
    keys: { reports: keys, list: reports.keys },
    draw: (state) => drawListScreen(state, reportsSpec),
    facts: (state) => [...listFacts(state, reportsSpec), `sort: ${SORT_NAMES[state.sort]}`],
    enter: () => reports.enter(),
    refresh: () => void reports.refresh(),
    onLive: (event) => updates.hear(event),
    onReconnect: () => void reports.claims.retry(),
    poll: () => updates.poll(),
    command: (name, rest) => reportsCommand(reports, name, rest),
    tick() {
      if (desk.state.screen === "reports") seenAt = desk.now();
      const isAway = desk.now() - seenAt > AWAY_MS;
      const { opened, rows } = reports.state;
      reports.claims.tick((id) => !isAway && (id === opened?.id || id === rows.selected));
    },
    async close() {
      const { claims } = reports;
      await Promise.all([claims.retry(), ...claims.ids().map((id) => claims.release(id))]);
    },
  };
}

async function toggleClaim(reports: ReportsList): Promise<void> {
  const { desk, claims, selected: row } = reports;
  if (!row || !desk.mayAct()) return;
  const name = handle("R", row.id);
  if (claims.has(row.id)) {
    await claims.release(row.id);
    return desk.say("ok", `${name} released`);
  }
  try {
    await claims.take(row.id);
    desk.say("ok", `${name} is yours for 10 minutes, and while you look at it`);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === "conflict") yieldTo(reports, row.id, failure);
    else desk.tell("Cannot claim", error);
  }
}

async function addNote(reports: ReportsList): Promise<void> {
  const { desk, selected: row } = reports;
  if (!row || !desk.mayAct()) return;
  const name = handle("R", row.id);
  const outcome = await submitForm(desk, {
    draft: `note ${row.id}`,
    form: {
      title: `Note on ${name}`,
      lines: ["For staff only. It stays with the report for good."],
      fields: [
        {
          id: "text",
          label: "Note",
          limit: 2000,
          check: (text) => (text === "" ? "is required" : undefined),
        },
      ],
      confirm: "Add",
      isHarmless: true,
    },
    send: ({ text = "" }) => desk.api.reports.note(row.id, text),
  });
  if (outcome === "cancelled") return;
  if (outcome !== "done") return tellRefusal(desk, "The note was not added", outcome);
  desk.say("ok", `Note added to ${name}`);
  reports.reload(row.id);
}

async function reveal(reports: ReportsList): Promise<void> {
  const row = await reports.reveal();
  if (row) reports.desk.say("info", `Evidence of ${handle("R", row.id)} shown: the audit log has it`);
}

function mark(reports: ReportsList): void {
  const { selected: row } = reports;
  if (!row) return;
  reports.changeRows((rows) => toggleMark(rows, row.id));
  if (!reports.isInDetail) reports.moveToIndex(reports.state.rows.index + 1);
}
