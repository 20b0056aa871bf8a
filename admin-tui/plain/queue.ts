/**
 * The queue in lines, by person or by report: listing, opening, revealing, claiming, deciding, taking back.
 * @module
 */
import type { Api } from "../api.ts";
import { type Decision, doneText, resolveBody } from "../desk/decisions.ts";
import { leftOutIn } from "../desk/form.ts";
import type { Me } from "../desk/session.ts";
import type { Group } from "../desk/state.ts";
import { counted } from "../format.ts";
import { linkOf, type Picture, picturesOf } from "../screens/pictures.ts";
import { readCase } from "../screens/reports/case.ts";
import { decisionForm } from "../screens/reports/decision_forms.ts";
import { parseFilter, parsePeopleFilter } from "../screens/reports/filter.ts";
import { claimReports, decideReports, readPerson } from "../screens/reports/person_calls.ts";
import { personForm } from "../screens/reports/person_forms.ts";
import { caseLines } from "../screens/reports/person_view.ts";
import { reportLines } from "../screens/reports/report_view.ts";
import type { Reporter } from "../screens/reports/reporter_record.ts";
import { isOpen } from "../screens/reports/rows.ts";
import { type Line, textOf } from "../spans.ts";
import { askForm } from "./form.ts";
import { isMeant, nameOf, type Opened, openedText, reportsOf } from "./opened.ts";
import type { Talk } from "./talk.ts";

interface QueueOptions {
  readonly api: Api;
  readonly talk: Talk;
  readonly now: () => number;
  readonly me: () => Me;
  /** Says why not, if nothing may be changed. */
  readonly mayChange: () => boolean;
  readonly group: Group;
}

const WIDTH = 100;
const LISTED = 50;

export class PlainQueue {
  readonly #options: QueueOptions;
  #rows: readonly Opened[] = [];
  #opened: Opened | null = null;
  /** The report that names what is claimed by us, or was decided last, in calls. */
  #named: string | null = null;
  #isMine = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** What the prompt calls it. */
  get name(): string {
    return this.#opened ? nameOf(this.#opened) : "";
  }

  async list(text: string, group: Group = this.#options.group): Promise<void> {
    const { api, talk } = this.#options;
    const parsed = group === "person" ? parsePeopleFilter(text) : parseFilter(text);
    if ("problem" in parsed) return talk.say(`Not done: ${parsed.problem}`);
    const { query } = parsed;
    const page = group === "person" ? await api.people.list(query) : await api.reports.list(query);
    const rows = page.rows.map((row) => ({ kind: group, row }) as Opened);
    this.#rows = rows.filter(({ row }) => parsed.lets(row as never));
    const more = page.cursor ? " and more" : "";
    const what = group === "person" ? (rows.length === 1 ? "person" : "people") : "reports";
    talk.say(this.#rows.length === 0 ? "Queue clear." : `${this.#rows.length}${more} ${what}:`);
    talk.say(...this.#rows.slice(0, LISTED).map((each, index) => `${index + 1}. ${this.#text(each)}`));
  }

  async open(which: string): Promise<void> {
    const found = this.#rows[Number(which) - 1] ?? this.#rows.find((each) => isMeant(each, which));
    if (!found || which === "")
      return this.#options.talk.say("Not done: say the number of a row in the list, or a report's handle.");
    if (this.#opened && this.#opened.row.id !== found.row.id) await this.release();
    this.#opened = found;
    this.#named = null;
    await this.show(false);
  }

  async show(reveal: boolean): Promise<void> {
    const { api, talk, now, me } = this.#options;
    const opened = this.#chosen();
    if (!opened) return;
    const options = { width: WIDTH, now: now(), me: me().id };
    let lines: Line[];
    if (opened.kind === "person") {
      lines = caseLines(opened.row, await readCase(api.reports, opened.row.ids, { reveal }), options);
    } else {
      const detail = await api.reports.show(opened.row.id, { reveal });
      this.#opened = { kind: "report", row: detail };
      lines = reportLines(detail, options);
    }
    talk.say(this.#text(this.#opened ?? opened), ...lines.map((each) => textOf(each).trimEnd()));
  }

  async claim(): Promise<void> {
    const { talk, mayChange } = this.#options;
    const opened = mayChange() ? this.#chosen() : null;
    if (!opened) return;
    await this.#claim(opened);
    talk.say(`${nameOf(opened)} is yours for 10 minutes.`);
  }

  async release(): Promise<void> {
    const { api, talk } = this.#options;
    const opened = this.#opened;
    if (!opened || !this.#isMine || this.#named === null) return;
    this.#isMine = false;
    if (opened.kind === "person") await api.people.release(this.#named);
    else await api.reports.release(this.#named);
    talk.say(`${nameOf(opened)} released.`);
  }

  async decide(decision: Decision): Promise<void> {
    const { api, talk, mayChange, now, me } = this.#options;
    const opened = mayChange() ? this.#chosen() : null;
    if (!opened) return;
    // Also renews a lease that has become old.
    const claimed = await this.#claim(opened);
    const form =
      opened.kind === "report"
        ? decisionForm(decision, { row: opened.row, devices: undefined })
        : personForm(decision, {
            row: opened.row,
            shown: await readCase(api.reports, opened.row.ids, { reveal: false }),
            me: me().id,
            now: now(),
          });
    const values = await askForm(talk, form);
    if (!values) return;
    const body = resolveBody(decision, values, now());
    const leftOut = leftOutIn(values);
    const { report, decided } =
      opened.kind === "person"
        ? await decideReports(api, { row: opened.row, claimed, leftOut, body })
        : { report: (await api.reports.resolve(opened.row.id, body)).report, decided: [opened.row.id] };
    this.#named = decided[0] ?? null;
    this.#isMine = false;
    const { status, resolution, reported } = report;
    this.#opened =
      opened.kind === "person"
        ? { kind: "person", row: { ...opened.row, status, resolution, reported, claim: null } }
        : { kind: "report", row: report };
    const reports = opened.kind === "person" ? `, ${counted(decided.length, "report")}` : "";
    talk.say(`${nameOf(opened)} ${doneText(decision)}${reports}. Say undo to take it back.`);
  }

  async note(text: string): Promise<void> {
    const { api, talk, mayChange } = this.#options;
    const opened = mayChange() ? this.#chosen() : null;
    const note = text === "" && opened ? await talk.ask("Note:") : text;
    if (!opened || !note) return;
    await api.reports.note(reportsOf(opened)[0] ?? opened.row.id, note);
    talk.say("Note added.");
  }

  async undo(text: string): Promise<void> {
    const { api, talk, mayChange } = this.#options;
    const opened = mayChange() ? this.#chosen() : null;
    if (!opened) return;
    const named = this.#named ?? (opened.kind === "report" ? opened.row.id : null);
    if (named === null || isOpen(opened.row))
      return talk.say("Not done: nothing was decided here. reports status:closed lists what was.");
    const reason = text === "" ? await talk.ask("Reason:") : text;
    if (!reason) return;
    const { report } = await api.reports.undo(named, reason);
    this.#named = report.id;
    this.#isMine = true;
    if (opened.kind === "report") this.#opened = { kind: "report", row: report };
    else {
      const fresh = await readPerson(api.people, opened.row.id);
      this.#opened = {
        kind: "person",
        row: fresh ?? { ...opened.row, status: "reviewed", resolution: null },
      };
    }
    talk.say(`${nameOf(opened)} is open again, claimed by you.`);
  }

  /** Says links to the photos of whom is open, or one-time links to the pictures that their reports have sealed. */
  async pictures(kind: Picture["kind"]): Promise<void> {
    const { api, talk } = this.#options;
    const opened = this.#chosen();
    if (!opened) return;
    const found = await picturesOf(api, {
      personId: opened.row.reported.id,
      reportIds: kind === "photo" ? [] : reportsOf(opened),
    });
    const wanted = found.filter((each) => each.kind === kind);
    if (wanted.length === 0)
      return talk.say(kind === "photo" ? "No photos." : "No pictures in the evidence.");
    const links = await Promise.all(wanted.map((each) => linkOf(api, each)));
    if (kind === "photo") return talk.say(...links);
    talk.say(...wanted.map(({ label }, index) => `${label}: ${links[index]}`));
    talk.say("Each link works once, within two minutes; the audit log has it.");
  }

  /** @returns Who reported whom is open, or null, which was said. */
  async reporters(): Promise<readonly Reporter[] | null> {
    const opened = this.#chosen();
    if (!opened) return null;
    const { reports } = await readCase(this.#options.api.reports, reportsOf(opened), { reveal: false });
    return reports.map(({ reporter, reporter_record: record }) => ({ ...reporter, record }));
  }

  /** @returns The reports that are ours now. @throws CONFLICT when somebody else holds all of them. */
  async #claim(opened: Opened): Promise<readonly string[]> {
    const { api } = this.#options;
    const { report, also } =
      opened.kind === "person"
        ? await claimReports(api.people, opened.row.ids)
        : { report: await api.reports.claim(opened.row.id), also: [] };
    this.#named = report.id;
    this.#isMine = true;
    return [report.id, ...also];
  }

  #chosen(): Opened | null {
    if (!this.#opened) this.#options.talk.say("Not done: open a row of the list first.");
    return this.#opened;
  }

  #text(opened: Opened): string {
    return openedText(opened, { now: this.#options.now(), me: this.#options.me().id });
  }
}
