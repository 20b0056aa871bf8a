/**
 * The forms about an appeal, for the screen and for plain mode. Pure.
 * @module
 */
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { reasonField } from "../../desk/form.ts";
import { handle, words } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { AppealRow } from "../../wire.ts";

/** What can be decided about an appeal. */
export type Verdict = "upheld" | "overturned";

const REASONS: Readonly<Record<Verdict, readonly string[]>> = {
  upheld: ["The evidence supports the decision", "Nothing new is said"],
  overturned: ["The evidence does not support the decision", "The context was misunderstood"],
};

/** @returns What is appealed: `the mute`, `no action on R-8F31A2`. */
export function appealedWords({ sanction, report }: AppealRow): string {
  if (sanction) return `the ${words(sanction.kind)}`;
  return report ? `no action on ${handle("R", report.id)}` : "a decision";
}

/** @returns The form for a verdict. */
export function verdictForm(verdict: Verdict, row: AppealRow): DialogSpec {
  const name = sanitise(row.appellant.name);
  const isOverturned = verdict === "overturned";
  const effect = row.sanction
    ? `The ${words(row.sanction.kind)} ends.`
    : "The report is open again, and yours.";
  return {
    title: `${isOverturned ? "Overturn" : "Uphold"} ${handle("A", row.id)}`,
    lines: [
      `${name} appeals ${appealedWords(row)}.`,
      isOverturned ? effect : "The decision stands. There is no second appeal.",
      ...(isOverturned && row.sanction?.permanent
        ? ["A confirmed ban ends when a second person overturns it as well."]
        : []),
      `${name} is told, with the reason.`,
    ],
    fields: [reasonField(REASONS[verdict])],
    confirm: isOverturned ? "Overturn" : "Uphold",
  };
}

/** @returns What to say of a verdict that was given. */
export function verdictWords(row: AppealRow): string {
  const name = handle("A", row.id);
  return row.status === "open"
    ? `${name} waits for a second person, who overturns it as well`
    : `${name} ${row.status}`;
}
