/**
 * The queue and the report beside it: a list screen whose selected row can be claimed. Leaving a report releases its
 * claim; what one answer says of a person counts for all of their rows.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import { ListController } from "../../list_screen/controller.ts";
import { patched } from "../../list_screen/rows.ts";
import type { ReportDetail, ReportRow } from "../../wire.ts";
import { Claims } from "./claims.ts";
import { keepRevealed, withoutTexts } from "./evidence.ts";
import { aboutSamePerson, rivalWords, rowOf } from "./rows.ts";
import { reportsSpec } from "./spec.ts";

export class ReportsList extends ListController<ReportRow, ReportDetail> {
  readonly claims: Claims;

  constructor(desk: Desk) {
    super(desk, reportsSpec);
    this.claims = new Claims({
      api: desk.api.reports,
      now: () => desk.serverNow(),
      onRow: (row) => this.take(row),
      onLost: (id, rival) =>
        desk.say("error", `Your claim is gone: ${rivalWords(id, rival, desk.serverNow())}`),
    });
  }

  /** A row as the server has it now: replaces it, and brings the other rows of its person up to date. */
  take(fresh: ReportRow): void {
    this.changeRows((rows) =>
      patched(rows, (row) => (row.id === fresh.id ? fresh : aboutSamePerson(row, fresh))),
    );
  }

  /** Reads the report on the screen again when it is about this person. */
  reloadPerson(id: string): void {
    const { opened } = this.state;
    if (opened?.detail?.reported.id === id) void this.read(opened.id);
  }

  /** Shows the texts of the evidence, which the server writes down, or hides them again. */
  async reveal(): Promise<ReportRow | undefined> {
    const { selected: row, detail } = this;
    if (!row) return undefined;
    if (detail && !detail.evidence.hidden) {
      this.hide();
      return undefined;
    }
    if (!this.desk.state.layout.isWide) this.set({ focus: "detail" });
    await this.read(row.id, () => this.desk.api.reports.show(row.id, { reveal: true }));
    return this.detail && !this.detail.evidence.hidden ? row : undefined;
  }

  hide(): void {
    const { opened } = this.state;
    if (opened?.detail) this.set({ opened: { ...opened, detail: withoutTexts(opened.detail) } });
  }

  /** Escape: from the report to the list, without the marks, without the claims, without the filter. */
  override back(): void {
    if (this.isInDetail) {
      this.set({ focus: "list" });
      this.hide();
      this.rested(null);
    } else if (this.state.rows.marked.size > 0) this.changeRows((rows) => ({ ...rows, marked: new Set() }));
    else if (this.claims.ids().length > 0) this.rested(null);
    else super.back();
  }

  /** Claims are kept for the report that is looked at only. */
  protected override rested(id: string | null): void {
    for (const held of this.claims.ids()) if (held !== id) void this.claims.release(held);
  }

  protected override keep(before: ReportDetail | null, fresh: ReportDetail): ReportDetail {
    this.take(rowOf(fresh));
    return keepRevealed(before, fresh);
  }
}
