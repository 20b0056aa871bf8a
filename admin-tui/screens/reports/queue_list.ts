/**
 * The queue, by person or by report: a list screen whose selected row can be claimed and decided. Leaving a row releases
 * its claim. What a row stands for, and the calls that this takes, is up to the two that extend it.
 * @module
 */
import type { Decision } from "../../desk/decisions.ts";
import type { Desk, Values } from "../../desk/desk.ts";
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { ListController } from "../../list_screen/controller.ts";
import { patched } from "../../list_screen/rows.ts";
import type { ListSpec } from "../../list_screen/spec.ts";
import type { LiveEvent } from "../../live_stream.ts";
import type { ResolveBody, UndoAnswer } from "../../wire.ts";
import { Claims } from "./claims.ts";
import type { Reporter } from "./reporter_record.ts";
import { type QueueRow, rivalWords } from "./rows.ts";

/** What was decided about a row. */
export interface Done<Row> {
  /** As it is now. */
  readonly row: Row;
  /** The report by which the whole decision is taken back. */
  readonly undoId: string;
  /** How many reports were decided with it. */
  readonly reports: number;
  /** How many open reports of the same person were left. */
  readonly left: number;
}

/** The events of the live stream that tell of a report. */
export type ReportEvent<Type extends "report_created" | "report_updated"> = Extract<
  LiveEvent,
  { type: Type }
>["data"];

export abstract class QueueList<Row extends QueueRow, Detail> extends ListController<Row, Detail> {
  readonly claims: Claims<Row>;

  constructor(desk: Desk, spec: ListSpec<Row, Detail>) {
    super(desk, spec);
    this.claims = new Claims<Row>({
      api: { claim: (id) => this.claimRow(id), release: (id) => this.releaseRow(id) },
      now: () => desk.serverNow(),
      onRow: (row) => this.take(row),
      onLost: (id, rival) => {
        const row = this.state.rows.all.find((one) => one.id === id);
        const name = row ? this.nameOf(row) : "it";
        desk.say("error", `Your claim is gone: ${rivalWords(name, rival, desk.serverNow())}`);
      },
    });
  }

  /** What a row is. */
  abstract readonly noun: "report" | "person";
  /** @returns How messages call the row: `R-8F31A2`, `Sam`. */
  abstract nameOf(row: Row): string;
  /** @returns `3 reports`, `3 people`. */
  abstract counted(rows: number): string;
  /** @returns Whether a word of the command line means this row. */
  abstract isMeant(row: Row, word: string): boolean;
  /** @returns The ids of its reports. */
  abstract reportsOf(row: Row): readonly string[];
  /** @returns Who filed the reports of the row, as far as it was read. */
  abstract reportersOf(row: Row): readonly Reporter[];

  abstract formFor(decision: Decision, row: Row): DialogSpec;
  abstract bulkFormFor(decision: Decision, rows: { rows: readonly Row[]; open: readonly Row[] }): DialogSpec;
  /** @returns What to say of decisions about so many rows. */
  abstract doneWords(decision: Decision, done: readonly Done<Row>[]): string;

  abstract claimRow(id: string): Promise<Row>;
  abstract releaseRow(id: string): Promise<Row>;
  abstract resolve(row: Row, body: ResolveBody, values: Values): Promise<Done<Row>>;
  /** @returns The report whose decision is the row's, when it is known here. */
  abstract decidedBy(row: Row): string | undefined;
  /** @returns The row that is open again. */
  abstract undone(answer: UndoAnswer): Promise<Row>;
  /** Reads the row again, as somebody else has left it. */
  abstract readRow(id: string): Promise<Row>;

  /** @returns The row that a report belongs to, when it is here. */
  abstract rowWith(reportId: string): Row | undefined;
  /** @returns The row that a new report belongs to, when it is here. */
  abstract rowGaining(created: ReportEvent<"report_created">): Row | undefined;
  /** @returns The row as far as an event tells it. */
  abstract heard(row: Row, updated: ReportEvent<"report_updated">): Row;

  protected abstract readRevealed(row: Row): Promise<Detail>;
  protected abstract isHidden(detail: Detail): boolean;
  protected abstract hidden(detail: Detail): Detail;
  /** @returns Whom a detail is about. */
  protected abstract personOf(detail: Detail): string | undefined;

  /** A row as the server has it now. */
  take(fresh: Row): void {
    this.changeRows((rows) =>
      patched(rows, (row) => (row.id === fresh.id ? fresh : this.besides(row, fresh))),
    );
  }

  /** Reads the detail on the screen again when it is about this person. */
  reloadPerson(id: string): void {
    const { opened } = this.state;
    if (opened?.detail && this.personOf(opened.detail) === id) void this.read(opened.id);
  }

  /** Shows the texts of the evidence, which the server writes down, or hides them again. */
  async reveal(): Promise<Row | undefined> {
    const { selected: row, detail } = this;
    if (!row) return undefined;
    if (detail && !this.isHidden(detail)) {
      this.hide();
      return undefined;
    }
    if (!this.desk.state.layout.isWide) this.set({ focus: "detail" });
    await this.read(row.id, () => this.readRevealed(row));
    return this.detail && !this.isHidden(this.detail) ? row : undefined;
  }

  hide(): void {
    const { opened } = this.state;
    if (opened?.detail) this.set({ opened: { ...opened, detail: this.hidden(opened.detail) } });
  }

  /** Escape: from the detail to the list, without the marks, without the claims, without the filter. */
  override back(): void {
    if (this.isInDetail) {
      this.set({ focus: "list" });
      this.leave();
    } else if (this.state.rows.marked.size > 0) this.changeRows((rows) => ({ ...rows, marked: new Set() }));
    else if (this.claims.ids().length > 0) this.rested(null);
    else super.back();
  }

  /** Hides what is shown, and releases every claim. */
  leave(): void {
    this.hide();
    this.rested(null);
  }

  /** Claims are kept for the row that is looked at only. */
  protected override rested(id: string | null): void {
    this.claims.leave(id);
  }

  /** @returns Another row, with what a fresh one says of it. */
  protected besides(row: Row, _fresh: Row): Row {
    return row;
  }
}
