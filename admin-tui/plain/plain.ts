/**
 * The dashboard in lines, for screen readers and pipes: the queue, a whole decision from claim to undo, people, blocks,
 * appeals, the audit log, the numbers. The same API, forms and words as the screen's.
 * @module
 */
import type { Api } from "../api.ts";
import { DECISIONS } from "../desk/decisions.ts";
import { failureOf, fieldErrors, rivalOf } from "../desk/failure.ts";
import { type Me, requireStaff, type Session } from "../desk/session.ts";
import type { Group } from "../desk/state.ts";
import { rivalWords } from "../screens/reports/rows.ts";
import { APPEALS_HELP, isAppeal, PlainAppeals } from "./appeals.ts";
import { BAD_FAITH_HELP, badFaithCommands } from "./bad_faith.ts";
import { LOOKUPS, lookUp } from "./lookups.ts";
import { PEOPLE_HELP, peopleCommands } from "./people.ts";
import { PlainQueue } from "./queue.ts";
import { signInPlainly } from "./sign_in.ts";
import type { Talk } from "./talk.ts";

interface PlainOptions {
  readonly api: Api;
  readonly session: Session;
  readonly talk: Talk;
  readonly place: string;
  readonly isReadonly: boolean;
  /** What a row of the list stands for. */
  readonly group: Group;
  readonly now?: () => number;
}

const HELP = [
  "list [filter]            the queue, one row for each person: cat:scam user:mia age>30m owner:me overdue",
  "reports [filter]         single reports; status:closed lists decided ones",
  "open <number|name|id>    open a row of the list",
  "reveal                   show the sealed evidence; the audit log has it",
  "photos                   links to the person's photos",
  "pictures                 one-time links to the sealed pictures; the audit log has them",
  "claim, release           take it for ten minutes, give it back",
  `${DECISIONS.join(", ")}   decide it: all open reports on the person`,
  "note                     add a note for staff",
  "undo                     take the decision back",
  ...BAD_FAITH_HELP,
  ...APPEALS_HELP,
  ...PEOPLE_HELP,
  ...LOOKUPS,
  "help, quit",
];

/** Runs until somebody says quit. @returns The exit code. */
export async function runPlain(options: PlainOptions): Promise<number> {
  const { api, talk, place, isReadonly, group, now = Date.now } = options;
  talk.say(
    `vibes admin, ${place}, ${isReadonly ? "read-only" : "read and write"}. Say help for the commands.`,
  );
  let me = await signedIn(options);
  if (!me) return 1;
  talk.say(`Signed in as ${me.name}.`);
  const mayChange = () => {
    if (isReadonly) talk.say("Not done: started with --readonly.");
    return !isReadonly;
  };
  const signed = me;
  const queue = new PlainQueue({ api, talk, now, me: () => me ?? signed, mayChange, group });
  const appeals = new PlainAppeals({ api, talk, now, me: () => (me ?? signed).id, mayChange });
  const people = peopleCommands({ api, talk, now, mayChange });
  const release = async () => {
    await Promise.all([queue.release(), appeals.release()]);
  };
  const commands: Readonly<Record<string, (rest: string) => Promise<void> | void>> = {
    help: () => talk.say(...HELP),
    list: (rest) => queue.list(rest),
    reports: (rest) => queue.list(rest, "report"),
    appeals: (rest) => appeals.list(rest),
    open: (rest) => (isAppeal(rest) ? appeals.show(rest, { reveal: false }) : queue.open(rest)),
    reveal: (rest) => (isAppeal(rest) ? appeals.show(rest, { reveal: true }) : queue.show(true)),
    photos: () => queue.pictures("photo"),
    pictures: () => queue.pictures("sealed"),
    claim: (rest) => (isAppeal(rest) ? appeals.claim(rest) : queue.claim()),
    release,
    note: (rest) => queue.note(rest),
    undo: (rest) => queue.undo(rest),
    ...Object.fromEntries(DECISIONS.map((decision) => [decision, () => queue.decide(decision)])),
    ...badFaithCommands({ api, talk, mayChange, reporters: () => queue.reporters() }),
    ...people,
    uphold: (rest) => (isAppeal(rest) ? appeals.decide(rest, "upheld") : people.uphold(rest)),
    overturn: (rest) => appeals.decide(rest, "overturned"),
  };

  await attempt(() => queue.list(""));
  for (;;) {
    const line = await talk.ask(`${queue.name}>`);
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
      const isRivals = failure.kind === "conflict" && queue.name !== "";
      talk.say(`Not done: ${isRivals ? rivalWords(queue.name, rivalOf(failure), now()) : failure.text}`);
      for (const [field, problem] of Object.entries(fieldErrors(failure))) talk.say(`  ${field}: ${problem}`);
      if (failure.kind === "expired") me = (await signedIn(options)) ?? me;
    }
  }
}

/** @returns Who is signed in, of the staff; null when nobody wants to be. */
async function signedIn({ api, session, talk }: PlainOptions): Promise<Me | null> {
  for (;;) {
    if (session.phase !== "signed_in" && !(await signInPlainly(session, talk))) return null;
    try {
      return requireStaff(await api.profile());
    } catch (error) {
      const failure = failureOf(error);
      talk.say(`Not signed in: ${failure.text}`);
      if (failure.kind !== "refused" && failure.kind !== "expired") return null;
      session.end();
    }
  }
}
