/**
 * Appeals in plain mode: the queue, an appeal with its evidence, claiming it, and the verdict.
 * @module
 */
import type { Api } from "../api.ts";
import { age, handle, timeLeft } from "../format.ts";
import { readCase } from "../screens/appeals/appeal_case.ts";
import { appealedWords, type Verdict, verdictForm, verdictWords } from "../screens/appeals/forms.ts";
import { appealLines, appealsSpec } from "../screens/appeals/spec.ts";
import { textOf } from "../spans.ts";
import type { AppealRow } from "../wire.ts";
import { askForm } from "./form.ts";
import type { Talk } from "./talk.ts";

/** For the help. */
export const APPEALS_HELP = [
  "appeals [filter]         the appeals: status:all owner:me overdue",
  "open, reveal, claim, release <appeal>  A-8F31A2, as the list of appeals names it",
  "uphold <appeal>, overturn <appeal>  decide it: the decision stands, or is taken back",
];

interface AppealsOptions {
  readonly api: Api;
  readonly talk: Talk;
  readonly now: () => number;
  readonly me: () => string;
  /** Says why not, if nothing may be changed. */
  readonly mayChange: () => boolean;
}

const WIDTH = 100;
const LISTED = 50;

/** @returns Whether a word names an appeal: `A-8F31A2`. */
export function isAppeal(word: string): boolean {
  return /^a-[0-9a-f]{6}$/i.test(word);
}

export class PlainAppeals {
  readonly #options: AppealsOptions;
  #rows: readonly AppealRow[] = [];
  /** The id of the appeal that is claimed by us. */
  #claimed: string | null = null;

  constructor(options: AppealsOptions) {
    this.#options = options;
  }

  async list(text: string): Promise<void> {
    const { api, talk } = this.#options;
    const parsed = appealsSpec.parse(text, this.#options.me());
    if ("problem" in parsed) return talk.say(`Not done: ${parsed.problem}`);
    const { rows, cursor } = await api.appeals.list(parsed.query);
    this.#rows = rows;
    const more = cursor ? " and more" : "";
    talk.say(rows.length === 0 ? "No appeal is open." : `${rows.length}${more} appeals:`);
    talk.say(...rows.slice(0, LISTED).map((row) => this.#text(row)));
  }

  async show(which: string, { reveal }: { reveal: boolean }): Promise<void> {
    const { api, talk, now, me } = this.#options;
    const row = await this.#find(which);
    if (!row) return;
    const shown = await readCase(api.reports, row, { reveal });
    const lines = appealLines(row, shown, { width: WIDTH, now: now(), me: me() });
    talk.say(this.#text(row), ...lines.map((each) => textOf(each).trimEnd()));
  }

  async claim(which: string): Promise<void> {
    const { talk, mayChange } = this.#options;
    const row = mayChange() ? await this.#find(which) : null;
    if (!row) return;
    await this.#claim(row);
    talk.say(`${handle("A", row.id)} is yours for 10 minutes.`);
  }

  /** Gives back what is claimed. */
  async release(): Promise<void> {
    const { api, talk } = this.#options;
    if (this.#claimed === null) return;
    const id = this.#claimed;
    this.#claimed = null;
    this.#take(await api.appeals.release(id));
    talk.say(`${handle("A", id)} released.`);
  }

  async decide(which: string, verdict: Verdict): Promise<void> {
    const { api, talk, mayChange } = this.#options;
    const row = mayChange() ? await this.#find(which) : null;
    if (!row) return;
    const name = handle("A", row.id);
    if (row.status !== "open") return talk.say(`Not done: ${name} is ${row.status} already.`);
    if (row.involved)
      return talk.say("Not done: somebody who had no part in the decision decides the appeal.");
    await this.#claim(row);
    const values = await askForm(talk, verdictForm(verdict, row));
    if (!values) return await this.release();
    // The lease may have run out while the reason was written.
    await this.#claim(row);
    const decided = await api.appeals.decide(row.id, { decision: verdict, reason: values.reason ?? "" });
    this.#claimed = null;
    this.#take(decided);
    talk.say(`${verdictWords(decided)}.`);
  }

  /** Reads the open ones again when the appeal is not in the list that was shown. */
  async #find(which: string): Promise<AppealRow | null> {
    const { api, talk } = this.#options;
    const isMeant = ({ id }: AppealRow) => handle("A", id).toLowerCase() === which.toLowerCase();
    const listed = this.#rows.find(isMeant);
    const found = listed ?? (await api.appeals.list({})).rows.find(isMeant);
    if (!found) talk.say("Not done: say an appeal as the list of appeals names it.");
    return found ?? null;
  }

  /** One at a time: what was claimed before is released. */
  async #claim({ id }: AppealRow): Promise<void> {
    if (this.#claimed !== id) await this.release();
    this.#take(await this.#options.api.appeals.claim(id));
    this.#claimed = id;
  }

  #take(fresh: AppealRow): void {
    this.#rows = this.#rows.map((row) => (row.id === fresh.id ? fresh : row));
  }

  #text(row: AppealRow): string {
    const { now, me } = this.#options;
    const { claim, involved, status } = row;
    const holder = claim ? `claimed by ${claim.by.id === me() ? "you" : claim.by.name}` : "unclaimed";
    const state =
      status === "open"
        ? `SLA ${timeLeft(row.due_at, now())}, ${involved ? "for somebody else: you had a part in it" : holder}`
        : status;
    const when = `${age(row.created_at, now())} ago`;
    return `${handle("A", row.id)} ${row.appellant.name} appeals ${appealedWords(row)}, ${when}, ${state}`;
  }
}
