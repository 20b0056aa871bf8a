/**
 * What tests look at in a running dashboard: its rows, its selection, its claims, its dialog, the calls that it made.
 * @module
 */
import type { ListScreens } from "../../admin-tui/desk/state.ts";
import { selectedRow } from "../../admin-tui/list_screen/rows.ts";
import type { Claims } from "../../admin-tui/screens/reports/claims.ts";
import type { ReportRow } from "../../admin-tui/wire.ts";
import { AppError } from "../../server/protocol/errors.ts";
import type { RunningDashboard } from "./dashboard_harness.ts";
import { queue } from "./fixtures.ts";

/** Six reports of the morning. */
export const REPORTS = queue(6);
export const [KIT, MIA, LEO, SAM] = REPORTS as [ReportRow, ReportRow, ReportRow, ReportRow];

export function reports({ dashboard }: RunningDashboard): ListScreens["reports"] {
  return dashboard.desk.state.lists.reports;
}

export function claims({ dashboard }: RunningDashboard): Claims<ReportRow> {
  return dashboard.screens.reports.list.claims;
}

export function row(run: RunningDashboard, id: string): ReportRow {
  return reports(run).rows.all.find((each) => each.id === id)!;
}

/** The name of whom the selected report is about. */
export function selected(run: RunningDashboard): string | undefined {
  return selectedRow(reports(run).rows)?.reported.name;
}

/** The arguments of every call of that name. */
export function bodies({ server }: RunningDashboard, name: string): (readonly unknown[])[] {
  return server.calls.filter((call) => call.name === name).map(({ args }) => args);
}

/** The lines of the dialog in front. */
export function facts({ dashboard }: RunningDashboard): readonly string[] {
  const { overlay } = dashboard.desk.state;
  return overlay?.kind === "dialog" ? overlay.dialog.spec.lines : [];
}

/** What is typed into a field of the dialog in front. */
export function typed({ dashboard }: RunningDashboard, field: string): string | undefined {
  const { overlay } = dashboard.desk.state;
  if (overlay?.kind !== "dialog") return undefined;
  return overlay.dialog.fields.find(({ spec }) => spec.id === field)?.line.text;
}

export function conflict(details: object): AppError {
  return new AppError("CONFLICT", "Somebody was faster", details as never);
}

/** Resolves when what is under way in microtasks is over. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
