/**
 * The queue by person: a row is somebody with all of their open reports. One claim, one decision and one undo are about
 * all of them.
 * @module
 */
import { AppError } from "../../../server/protocol/errors.ts";
import { type Decision, doneText } from "../../desk/decisions.ts";
import type { Desk, Values } from "../../desk/desk.ts";
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { leftOutIn } from "../../desk/form.ts";
import { counted } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { ReportedRow, ResolveBody, UndoAnswer } from "../../wire.ts";
import { type Case, hiddenCase, isHidden, keepRevealedCase, readCase } from "./case.ts";
import { peopleSpec } from "./people_screen.ts";
import { claimReports, decideReports, readPerson } from "./person_calls.ts";
import { personBulkForm, personForm } from "./person_forms.ts";
import { type Done, QueueList, type ReportEvent } from "./queue_list.ts";
import type { Reporter } from "./reporter_record.ts";
import { isMeantBy } from "./rows.ts";

export class PeopleList extends QueueList<ReportedRow, Case> {
  override readonly noun = "person";
  /** The reports of a claim, by person; the first one names it in calls. */
  readonly #taken = new Map<string, readonly string[]>();
  /** A report of the last decision, by person. */
  readonly #decided = new Map<string, string>();

  constructor(desk: Desk) {
    super(desk, peopleSpec);
  }

  override nameOf({ reported }: ReportedRow): string {
    return sanitise(reported.name);
  }

  override counted(rows: number): string {
    return rows === 1 ? "1 person" : `${rows} people`;
  }

  override isMeant({ id, ids }: ReportedRow, word: string): boolean {
    return id.startsWith(word.toLowerCase()) || ids.some((one) => isMeantBy(one, word));
  }

  override reportsOf({ ids }: ReportedRow): readonly string[] {
    return ids;
  }

  override reportersOf({ id }: ReportedRow): readonly Reporter[] {
    const pages = this.#caseOf(id)?.reports ?? [];
    return pages.map(({ reporter, reporter_record: record }) => ({ ...reporter, record }));
  }

  override formFor(decision: Decision, row: ReportedRow): DialogSpec {
    return personForm(decision, {
      row,
      shown: this.#caseOf(row.id),
      me: this.desk.state.me?.id,
      now: this.desk.serverNow(),
    });
  }

  override bulkFormFor(
    decision: Decision,
    rows: { rows: readonly ReportedRow[]; open: readonly ReportedRow[] },
  ): DialogSpec {
    return personBulkForm(decision, { ...rows, me: this.desk.state.me?.id });
  }

  override doneWords(decision: Decision, done: readonly Done<ReportedRow>[]): string {
    const reports = done.reduce((sum, each) => sum + each.reports, 0);
    const left = done.reduce((sum, each) => sum + each.left, 0);
    const [only] = done;
    const who = done.length === 1 && only ? this.nameOf(only.row) : this.counted(done.length);
    const stay = left === 0 ? "" : `; ${counted(left, "report")} left open`;
    return decision === "dismiss" || decision === "done"
      ? `${counted(reports, "report")} about ${who} ${doneText(decision)}${stay}`
      : `${who} ${doneText(decision)}; ${counted(reports, "report")} resolved${stay}`;
  }

  override async claimRow(id: string): Promise<ReportedRow> {
    const row = this.#row(id);
    const ids = this.#taken.get(id)?.slice(0, 1) ?? row.ids;
    const { report, also } = await claimReports(this.desk.api.people, ids);
    this.#taken.set(id, [report.id, ...also]);
    return { ...this.#row(id), claim: report.claim, reported: report.reported };
  }

  override async releaseRow(id: string): Promise<ReportedRow> {
    const row = this.#row(id);
    const named = this.#taken.get(id)?.[0] ?? row.ids[0] ?? id;
    await this.desk.api.people.release(named);
    this.#taken.delete(id);
    return { ...this.#row(id), claim: null };
  }

  override async resolve(row: ReportedRow, body: ResolveBody, values: Values): Promise<Done<ReportedRow>> {
    const claimed = this.#taken.get(row.id) ?? row.ids;
    const { report, decided, left } = await decideReports(this.desk.api, {
      row,
      claimed,
      leftOut: leftOutIn(values),
      body,
    });
    const [undoId] = decided;
    this.#decided.set(row.id, undoId);
    this.#taken.delete(row.id);
    const { reported, status, resolution } = report;
    const closed = { ...this.#row(row.id), reported, status, resolution, claim: null };
    const fresh = left === 0 ? closed : ((await this.#read(row.id)) ?? closed);
    return { row: fresh, undoId, reports: decided.length, left };
  }

  override decidedBy({ id }: ReportedRow): string | undefined {
    return this.#decided.get(id);
  }

  override async undone({ report, also }: UndoAnswer): Promise<ReportedRow> {
    const { id } = report.reported;
    this.#decided.delete(id);
    this.#taken.set(id, [report.id, ...also]);
    return await this.readRow(id);
  }

  /** Somebody without an open report is shown as decided. */
  override async readRow(id: string): Promise<ReportedRow> {
    const fresh = await this.#read(id);
    return fresh ?? { ...this.#row(id), status: "resolved", claim: null, overdue: false };
  }

  override rowWith(reportId: string): ReportedRow | undefined {
    return this.state.rows.all.find(({ ids }) => ids.includes(reportId));
  }

  override rowGaining({ reported_id }: ReportEvent<"report_created">): ReportedRow | undefined {
    return this.state.rows.all.find(({ id }) => id === reported_id);
  }

  override heard(row: ReportedRow): ReportedRow {
    return row;
  }

  protected override readRevealed({ ids }: ReportedRow): Promise<Case> {
    return readCase(this.desk.api.reports, ids, { reveal: true });
  }

  protected override isHidden(shown: Case): boolean {
    return isHidden(shown);
  }

  protected override hidden(shown: Case): Case {
    return hiddenCase(shown);
  }

  protected override personOf({ reports }: Case): string | undefined {
    return reports[0]?.reported.id;
  }

  /** The pages tell more recent facts of the person than the row. */
  protected override keep(before: Case | null, fresh: Case): Case {
    const [first] = fresh.reports;
    if (first) this.patch(first.reported.id, (row) => ({ ...row, reported: first.reported }));
    return keepRevealedCase(before, fresh);
  }

  #row(id: string): ReportedRow {
    const row = this.state.rows.all.find((one) => one.id === id);
    if (!row) throw new AppError("REPORT_NOT_FOUND", "The person is not in this list any more: press R", []);
    return row;
  }

  #caseOf(id: string): Case | null {
    const { opened } = this.state;
    return opened?.id === id ? opened.detail : null;
  }

  #read(id: string): Promise<ReportedRow | undefined> {
    return readPerson(this.desk.api.people, id);
  }
}
