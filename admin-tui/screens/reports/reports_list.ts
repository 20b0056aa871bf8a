/**
 * The queue by report: a row is a report. What one answer says of a person counts for all of their rows.
 * @module
 */
import type { Decision } from "../../desk/decisions.ts";
import type { Desk } from "../../desk/desk.ts";
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { counted, handle } from "../../format.ts";
import type { ReportDetail, ReportRow, ResolveBody, UndoAnswer } from "../../wire.ts";
import { bulkForm, decisionForm } from "./decision_forms.ts";
import { keepRevealed, withoutTexts } from "./evidence.ts";
import { type Done, QueueList, type ReportEvent } from "./queue_list.ts";
import type { Reporter } from "./reporter_record.ts";
import { aboutSamePerson, doneWords, isMeantBy, rowOf, withEvent } from "./rows.ts";
import { reportsSpec } from "./spec.ts";

export class ReportsList extends QueueList<ReportRow, ReportDetail> {
  override readonly noun = "report";

  constructor(desk: Desk) {
    super(desk, reportsSpec);
  }

  override nameOf({ id }: ReportRow): string {
    return handle("R", id);
  }

  override counted(rows: number): string {
    return counted(rows, "report");
  }

  override isMeant({ id }: ReportRow, word: string): boolean {
    return isMeantBy(id, word);
  }

  override reportsOf({ id }: ReportRow): readonly string[] {
    return [id];
  }

  override reportersOf({ id, reporter }: ReportRow): readonly Reporter[] {
    return [{ ...reporter, record: this.#pageOf(id)?.reporter_record }];
  }

  override formFor(decision: Decision, row: ReportRow): DialogSpec {
    return decisionForm(decision, { row, devices: this.#pageOf(row.id)?.active_sessions });
  }

  override bulkFormFor(
    decision: Decision,
    rows: { rows: readonly ReportRow[]; open: readonly ReportRow[] },
  ): DialogSpec {
    return bulkForm(decision, { ...rows, me: this.desk.state.me?.id });
  }

  override doneWords(decision: Decision, done: readonly Done<ReportRow>[]): string {
    const [only] = done;
    return doneWords(decision, done.length === 1 && only ? this.nameOf(only.row) : this.counted(done.length));
  }

  override claimRow(id: string): Promise<ReportRow> {
    return this.desk.api.reports.claim(id);
  }

  override releaseRow(id: string): Promise<ReportRow> {
    return this.desk.api.reports.release(id);
  }

  override async resolve({ id }: ReportRow, body: ResolveBody): Promise<Done<ReportRow>> {
    const { report: row } = await this.desk.api.reports.resolve(id, body);
    return { row, undoId: id, reports: 1, left: 0 };
  }

  override decidedBy({ id }: ReportRow): string {
    return id;
  }

  /** The reports that were decided with it are claimed again as well. */
  override async undone({ report, also }: UndoAnswer): Promise<ReportRow> {
    for (const id of also.filter((one) => this.rowWith(one))) {
      const row = await this.readRow(id);
      this.take(row);
      this.claims.adopt(row);
    }
    return report;
  }

  override async readRow(id: string): Promise<ReportRow> {
    return rowOf(await this.desk.api.reports.show(id, { reveal: false }));
  }

  override rowWith(reportId: string): ReportRow | undefined {
    return this.state.rows.all.find(({ id }) => id === reportId);
  }

  override rowGaining(): undefined {
    return undefined;
  }

  override heard(row: ReportRow, updated: ReportEvent<"report_updated">): ReportRow {
    return withEvent(row, updated, this.desk.serverNow());
  }

  protected override readRevealed({ id }: ReportRow): Promise<ReportDetail> {
    return this.desk.api.reports.show(id, { reveal: true });
  }

  protected override isHidden({ evidence }: ReportDetail): boolean {
    return evidence.hidden;
  }

  protected override hidden(detail: ReportDetail): ReportDetail {
    return withoutTexts(detail);
  }

  protected override personOf({ reported }: ReportDetail): string {
    return reported.id;
  }

  protected override besides(row: ReportRow, fresh: ReportRow): ReportRow {
    return aboutSamePerson(row, fresh);
  }

  protected override keep(before: ReportDetail | null, fresh: ReportDetail): ReportDetail {
    this.take(rowOf(fresh));
    return keepRevealed(before, fresh);
  }

  #pageOf(id: string): ReportDetail | null {
    const { opened } = this.state;
    return opened?.id === id ? opened.detail : null;
  }
}
