/**
 * The list of appeals, whose selected row can be claimed; leaving it releases the claim.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import { ListController } from "../../list_screen/controller.ts";
import type { AppealRow } from "../../wire.ts";
import { Claims } from "../reports/claims.ts";
import { keepRevealed, withoutTexts } from "../reports/evidence.ts";
import { type AppealCase, readCase } from "./appeal_case.ts";
import { appealsSpec } from "./spec.ts";

export class AppealsList extends ListController<AppealRow, AppealCase> {
  readonly claims: Claims<AppealRow>;

  constructor(desk: Desk) {
    super(desk, appealsSpec);
    this.claims = new Claims<AppealRow>({
      api: desk.api.appeals,
      now: () => desk.serverNow(),
      onRow: (row) => this.take(row),
      onLost: () => desk.say("error", "Your claim is gone: press R to see who has it"),
    });
  }

  /** A row as the server has it now. */
  take(fresh: AppealRow): void {
    this.patch(fresh.id, () => fresh);
  }

  /** Shows the texts of the evidence, which the server writes down, or hides them again. */
  async reveal(): Promise<void> {
    const { selected: row, detail } = this;
    if (!row?.report) return this.desk.say("info", "There is no evidence: it is about no report");
    if (detail?.report && !detail.report.evidence.hidden) return this.hide();
    if (!this.desk.state.layout.isWide) this.set({ focus: "detail" });
    await this.read(row.id, () => readCase(this.desk.api.reports, row, { reveal: true }));
  }

  hide(): void {
    const { opened } = this.state;
    const report = opened?.detail?.report;
    if (opened && report) this.set({ opened: { ...opened, detail: { report: withoutTexts(report) } } });
  }

  override back(): void {
    if (this.isInDetail) {
      this.hide();
      this.rested(null);
    }
    super.back();
  }

  /** Claims are kept for the row that is looked at only. */
  protected override rested(id: string | null): void {
    this.claims.leave(id);
  }

  protected override keep(before: AppealCase | null, fresh: AppealCase): AppealCase {
    return { report: fresh.report && keepRevealed(before?.report ?? null, fresh.report) };
  }
}
