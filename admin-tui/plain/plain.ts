/**
 * The dashboard in lines, for screen readers and pipes: the queue, a whole report from claim to undo, people, blocks,
 * the audit log, the numbers. The same API, forms and words as the screen's.
 * @module
 */
import type { Api } from "../api.ts";
import {
  DECISION,
  DECISIONS,
  type Decision,
  doneText,
  fieldsFor,
  resolveBody,
  typedHandle,
} from "../desk/decisions.ts";
import { failureOf, fieldErrors, rivalOf } from "../desk/failure.ts";
import { type Me, requireStaff, type Session } from "../desk/session.ts";
import { age, handle, timeLeft, words } from "../format.ts";
import { NO_FILTER } from "../list_screen/state.ts";
import { parseFilter, type ReportFilter } from "../screens/reports/filter.ts";
import { reportLines } from "../screens/reports/report_view.ts";
import { isOpen, rivalWords } from "../screens/reports/rows.ts";
import { textOf } from "../spans.ts";
import type { ReportRow } from "../wire.ts";
import { LOOKUPS, lookUp } from "./lookups.ts";
import { signInPlainly } from "./sign_in.ts";
import type { Talk } from "./talk.ts";

interface PlainOptions {
  readonly api: Api;
  readonly session: Session;
  readonly talk: Talk;
  readonly place: string;
  readonly isReadonly: boolean;
  readonly now?: () => number;
}

const WIDTH = 100;
const HELP = [
  "list [filter]        the queue: cat:scam user:mia age>30m owner:me status:closed overdue",
  "open <number|id>     open a report from the list",
  "reveal               show its sealed evidence; the audit log has it",
  "claim, release       take it for ten minutes, give it back",
  `${DECISIONS.join(", ")}   decide it`,
  "note                 add a note for staff",
  "undo                 take the decision back",
  ...LOOKUPS,
  "help, quit",
];

/** Runs until somebody says quit. @returns The exit code. */
export async function runPlain({
  api,
  session,
  talk,
  place,
  isReadonly,
  now = Date.now,
}: PlainOptions): Promise<number> {
  talk.say(
    `vibes admin, ${place}, ${isReadonly ? "read-only" : "read and write"}. Say help for the commands.`,
  );
  if (session.phase !== "signed_in" && !(await signInPlainly(session, talk))) return 1;
  let me: Me = requireStaff(await api.profile());
  talk.say(`Signed in as ${me.name}.`);
  let filter: ReportFilter = NO_FILTER;
  let rows: readonly ReportRow[] = [];
  let current = null as ReportRow | null;
  const mine = new Set<string>();

  const commands: Readonly<Record<string, (rest: string) => Promise<void> | void>> = {
    help: () => talk.say(...HELP),
    list,
    open,
    reveal: () => show(true),
    claim,
    release: () => release(),
    note,
    undo,
    ...Object.fromEntries(DECISIONS.map((decision) => [decision, () => decide(decision)])),
  };

  await list("");
  for (;;) {
    const line = await talk.ask(current ? `${handle("R", current.id)}>` : ">");
    if (line === null || /^(q|quit|exit)$/.test(line.trim())) break;
    const [name = "", ...rest] = line.trim().split(/\s+/);
    if (name !== "") await attempt(() => run(name, rest.join(" ")));
  }
  await attempt(release);
  talk.close();
  return 0;

  async function run(name: string, rest: string): Promise<void> {
    const command = commands[name];
    if (command) return await command(rest);
    const found = await lookUp(name, { rest, api, now: now() });
    if (found) talk.say(...found);
    else talk.say(`There is no command ${name}: say help.`);
  }

  async function attempt(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failure = failureOf(error);
      const id = current?.id;
      talk.say(
        `Not done: ${failure.kind === "conflict" && id ? rivalWords(handle("R", id), rivalOf(failure), now()) : failure.text}`,
      );
      for (const [field, problem] of Object.entries(fieldErrors(failure))) talk.say(`  ${field}: ${problem}`);
      if (failure.kind === "expired" && (await signInPlainly(session, talk)))
        me = requireStaff(await api.profile());
    }
  }

  async function list(text: string): Promise<void> {
    const parsed = text === "" ? filter : parseFilter(text);
    if ("problem" in parsed) return talk.say(`Not done: ${parsed.problem}`);
    filter = parsed;
    const page = await api.reports.list(filter.query);
    rows = page.rows.filter(filter.lets);
    talk.say(rows.length === 0 ? "Queue clear." : `${rows.length}${page.cursor ? " and more" : ""} reports:`);
    talk.say(...rows.slice(0, 50).map((row, index) => `${index + 1}. ${rowText(row)}`));
  }

  function rowText(row: ReportRow): string {
    const holder = row.claim
      ? `claimed by ${row.claim.by.id === me.id ? "you" : row.claim.by.name}`
      : "unclaimed";
    const state = isOpen(row) ? `SLA ${timeLeft(row.due_at, now())}, ${holder}` : row.status;
    return `${handle("R", row.id)} ${words(row.reason)}, about ${row.reported.name}, ${age(row.created_at, now())} ago, ${state}`;
  }

  async function open(which: string): Promise<void> {
    const wanted = which.toLowerCase();
    const row =
      rows[Number(which) - 1] ??
      rows.find(({ id }) => id === wanted || handle("R", id).toLowerCase() === wanted);
    if (!row) return talk.say("Not done: say the number of a report in the list.");
    if (current && current.id !== row.id) await release();
    current = row;
    await show(false);
  }

  async function show(reveal: boolean): Promise<void> {
    const row = chosen();
    if (!row) return;
    const detail = await api.reports.show(row.id, { reveal });
    current = detail;
    talk.say(
      rowText(detail),
      ...reportLines(detail, { width: WIDTH, now: now(), me: me.id }).map((each) => textOf(each).trimEnd()),
    );
  }

  async function claim(): Promise<void> {
    const row = changeable();
    if (!row) return;
    current = await api.reports.claim(row.id);
    mine.add(row.id);
    talk.say(`${handle("R", row.id)} is yours for 10 minutes.`);
  }

  async function release(): Promise<void> {
    if (!current || !mine.delete(current.id)) return;
    current = await api.reports.release(current.id);
    talk.say(`${handle("R", current.id)} released.`);
  }

  async function decide(decision: Decision): Promise<void> {
    const row = changeable();
    if (!row) return;
    // Also renews a lease that has become old.
    await claim();
    talk.say(`${DECISION[decision].verb} ${row.reported.name}. ${DECISION[decision].effect}`);
    const values: Record<string, string> = {};
    const typed = typedHandle(row.reported.name, handle("U", row.reported.id));
    for (const { id, label, value = "", suggestions = [], check } of fieldsFor(decision, {
      reasons: [row.reason],
      handle: typed,
    })) {
      for (const [index, text] of suggestions.entries()) talk.say(`  ${index + 1}. ${text}`);
      const answer = (await talk.ask(`${label}${value === "" ? "" : ` (${value})`}:`))?.trim();
      if (answer === undefined) return;
      const chosenText = suggestions[Number(answer) - 1] ?? (answer === "" ? value : answer);
      const problem = check?.(chosenText);
      if (problem) return talk.say(`Cancelled: ${label} ${problem}.`);
      values[id] = chosenText;
    }
    const sure = await talk.ask("Type yes to do it, anything else cancels:");
    if (sure?.trim() !== "yes") return talk.say("Cancelled, nothing was done.");
    const { report } = await api.reports.resolve(row.id, resolveBody(decision, values, now()));
    mine.delete(row.id);
    current = report;
    talk.say(`${handle("R", row.id)} ${doneText(decision)}. Say undo to take it back.`);
  }

  async function note(text: string): Promise<void> {
    const row = changeable();
    const words_ = text === "" && row ? await talk.ask("Note:") : text;
    if (!row || !words_) return;
    await api.reports.note(row.id, words_);
    talk.say("Note added.");
  }

  async function undo(text: string): Promise<void> {
    const row = changeable();
    const reason = text === "" && row ? await talk.ask("Reason:") : text;
    if (!row || !reason) return;
    const { report } = await api.reports.undo(row.id, reason);
    current = report;
    mine.add(row.id);
    talk.say(`${handle("R", row.id)} is open again, claimed by you.`);
  }

  function chosen(): ReportRow | null {
    if (!current) talk.say("Not done: open a report first.");
    return current;
  }

  function changeable(): ReportRow | null {
    if (isReadonly) talk.say("Not done: started with --readonly.");
    return isReadonly ? null : chosen();
  }
}
