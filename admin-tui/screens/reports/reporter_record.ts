/**
 * How reliable those who file reports are, and the form for dismissing all that one of them reported. Pure.
 * @module
 */
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { reasonField } from "../../desk/form.ts";
import { handle } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import { type Span, toned } from "../../spans.ts";
import type { PersonRef, ReportDetail } from "../../wire.ts";

/** Somebody who filed a report, and what became of all that they filed. */
export interface Reporter extends PersonRef {
  /** Undefined: not read yet. */
  readonly record: ReportDetail["reporter_record"] | undefined;
}

/** So many dismissed reports and not one upheld are pointed out. */
const UNRELIABLE = 3;

/** @returns `(4 filed, 2 upheld)` beside a reporter's name. */
export function recordWords(record: ReportDetail["reporter_record"] | undefined): Span {
  if (!record) return { text: "" };
  const { total, resolved, dismissed } = record;
  const isUnreliable = dismissed >= UNRELIABLE && resolved === 0;
  const rest = isUnreliable ? `, ${dismissed} dismissed` : "";
  return toned(isUnreliable ? "warn" : "muted", ` (${total} filed, ${resolved} upheld${rest})`);
}

/** @returns The form for dismissing all that one of these people reported. */
export function badFaithForm(reporters: readonly Reporter[]): DialogSpec {
  const [first] = reporters;
  const names = reporters.map(nameOf);
  const only = reporters.length === 1 && first ? sanitise(first.name) : "somebody";
  return {
    title: `Dismiss everything that ${only} reported`,
    lines: [
      ...reporters.map((reporter) => `${nameOf(reporter)}${recordWords(reporter.record).text}`),
      "All of their open reports are dismissed, about whomever they are, at most 100 at once.",
      "Those that somebody else holds are left alone. One undo takes all of it back.",
    ],
    fields: [
      ...(reporters.length === 1
        ? []
        : [
            {
              id: "who",
              label: "Who",
              value: names[0] ?? "",
              suggestions: names,
              check: (text: string) => (names.includes(text) ? undefined : "choose with ↑ and ↓"),
            },
          ]),
      reasonField(["Reports in bad faith", "Reports everybody who rejects them"]),
    ],
    confirm: "Dismiss all",
  };
}

/** @returns How the form calls somebody: two reporters may have the same name. */
export function nameOf({ id, name }: PersonRef): string {
  return `${sanitise(name)} ${handle("U", id)}`;
}
