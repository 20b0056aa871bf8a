/**
 * Reports in bad faith in plain mode: dismisses all that somebody reported, and takes that back.
 * @module
 */
import type { Api } from "../api.ts";
import { counted } from "../format.ts";
import { badFaithForm, nameOf, type Reporter } from "../screens/reports/reporter_record.ts";
import { restoreDismissed } from "../screens/reports/reporters.ts";
import { askForm } from "./form.ts";
import type { Talk } from "./talk.ts";

/** For the help. */
export const BAD_FAITH_HELP = [
  "badfaith, restore        dismiss all that a reporter of the opened row filed, take that back",
];

interface BadFaithOptions {
  readonly api: Api;
  readonly talk: Talk;
  /** Says why not, if nothing may be changed. */
  readonly mayChange: () => boolean;
  /** Who reported whom is open; null, and says so, when nobody is. */
  readonly reporters: () => Promise<readonly Reporter[] | null>;
}

/** @returns The commands by name. */
export function badFaithCommands({ api, talk, mayChange, reporters }: BadFaithOptions) {
  /** One of the reports that were dismissed together last. */
  let named: string | undefined;

  async function badfaith(): Promise<void> {
    const found = mayChange() ? await reporters() : null;
    const [first] = found ?? [];
    if (!found || !first) return;
    const values = await askForm(talk, badFaithForm(found));
    if (!values) return;
    const reporter = found.find((one) => nameOf(one) === values.who) ?? first;
    const { dismissed, left } = await api.users.dismissReports(reporter.id, values.reason ?? "");
    named = dismissed[0];
    const stay = left === 0 ? "" : `, ${left} left`;
    talk.say(
      `${counted(dismissed.length, "report")} of ${reporter.name} dismissed${stay}. Say restore to take it back.`,
    );
  }

  async function restore(): Promise<void> {
    if (!mayChange()) return;
    if (named === undefined) return talk.say("Not done: nothing was dismissed in bad faith here.");
    const restored = await restoreDismissed(api.reports, named);
    named = undefined;
    talk.say(`${counted(restored, "report")} open again.`);
  }

  return { badfaith, restore };
}
