/**
 * The queue by person: a row is somebody with all of their open reports. One claim, one decision and one undo are about
 * all of them.
 * @module
 */
import { AppError } from "../../../server/protocol/errors.ts";
import { type Decision, doneText } from "../../desk/decisions.ts";
import type { Desk, Values } from "../../desk/desk.ts";
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { failureOf } from "../../desk/failure.ts";
import { counted } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { ReportAnswer, ReportedRow, ResolveBody, UndoAnswer } from "../../wire.ts";
import { type Case, hiddenCase, isHidden, keepRevealedCase, readCase } from "./case.ts";
import { peopleSpec } from "./people_screen.ts";
import { LEFT_OUT, personBulkForm, personForm } from "./person_forms.ts";
import { type Done, QueueList, type ReportEvent } from "./queue_list.ts";
import type { Reporter } from "./reporter_record.ts";
import { isMeantBy } from "./rows.ts";

/** Reports that one request can name to be left alone. */
const MAX_EXCEPT = 100;

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

  /** Claims the open reports on the person that nobody else holds. @throws CONFLICT when that is none of them. */
  override async claimRow(id: string): Promise<ReportedRow> {
    const row = this.#row(id);
    let refusal: unknown;
    for (const reportId of this.#taken.get(id)?.slice(0, 1) ?? row.ids) {
      try {
        return this.#claimed(row, await this.desk.api.people.claim(reportId));
      } catch (error) {
        if (failureOf(error).kind !== "conflict") throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  override async releaseRow(id: string): Promise<ReportedRow> {
    const row = this.#row(id);
    const named = this.#taken.get(id)?.[0] ?? row.ids[0] ?? id;
    await this.desk.api.people.release(named);
    this.#taken.delete(id);
    return { ...this.#row(id), claim: null };
  }

  /** Decides the reports that were shown in the form and not left out of it; not one that has come since. */
  override async resolve(row: ReportedRow, body: ResolveBody, values: Values): Promise<Done<ReportedRow>> {
    const { api } = this.desk;
    const leftOut = new Set((values[LEFT_OUT] ?? "").split(" ").filter(Boolean));
    const taken = this.#taken.get(row.id) ?? row.ids;
    const named = taken.find((id) => !leftOut.has(id) && row.ids.includes(id));
    if (named === undefined)
      throw new AppError("FORBIDDEN", "Cannot decide these reports: somebody else holds them", []);
    const before = (await this.#read(row.id))?.ids ?? row.ids;
    const unseen = before.filter((id) => !row.ids.includes(id));
    const except = [...leftOut, ...unseen].slice(0, MAX_EXCEPT);
    const { report, also } = await api.reports.resolve(named, { ...body, scope: "person", except });
    this.#decided.set(row.id, named);
    this.#taken.delete(row.id);
    const kept = taken.find((id) => leftOut.has(id));
    // They were claimed with the others, and are not looked at any more.
    if (kept !== undefined) await api.people.release(kept).catch(() => {});
    const decided = new Set([named, ...also]);
    const left = before.filter((id) => !decided.has(id)).length;
    const { reported, status, resolution } = report;
    const closed = { ...this.#row(row.id), reported, status, resolution, claim: null };
    const fresh = left === 0 ? closed : ((await this.#read(row.id)) ?? closed);
    return { row: fresh, undoId: named, reports: decided.size, left };
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

  #claimed(row: ReportedRow, { report, also }: ReportAnswer): ReportedRow {
    this.#taken.set(row.id, [report.id, ...also]);
    return { ...this.#row(row.id), claim: report.claim, reported: report.reported };
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

  async #read(id: string): Promise<ReportedRow | undefined> {
    const { rows } = await this.desk.api.people.list({ reported_id: id, limit: 1 });
    return rows[0];
  }
}
