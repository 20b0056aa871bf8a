import { expect, test } from "bun:test";
import { REPORT_STATUSES } from "../../../protocol/models.ts";
import {
  type Holder,
  REPORT_COMMANDS,
  type ReportCommand,
  type ReportState,
  transition,
} from "./transitions.ts";

const HOLDERS: Holder[] = ["nobody", "me", "other"];

/** Every cell: `status/holder` where it leads, or `!refusal`. */
const TABLE: Record<string, Record<ReportCommand, string>> = {
  "pending/nobody": {
    claim: "reviewed/me",
    release: "pending/nobody",
    force_release: "pending/nobody",
    note: "pending/nobody",
    resolve: "!not_claimed",
    dismiss: "!not_claimed",
    undo: "!open",
  },
  "pending/me": {
    claim: "reviewed/me",
    release: "pending/nobody",
    force_release: "pending/nobody",
    note: "pending/me",
    resolve: "resolved/nobody",
    dismiss: "dismissed/nobody",
    undo: "!open",
  },
  "pending/other": {
    claim: "!claimed_by_other",
    release: "!claimed_by_other",
    force_release: "pending/nobody",
    note: "pending/other",
    resolve: "!claimed_by_other",
    dismiss: "!claimed_by_other",
    undo: "!open",
  },
  "reviewed/nobody": {
    claim: "reviewed/me",
    release: "reviewed/nobody",
    force_release: "reviewed/nobody",
    note: "reviewed/nobody",
    resolve: "!not_claimed",
    dismiss: "!not_claimed",
    undo: "!open",
  },
  "reviewed/me": {
    claim: "reviewed/me",
    release: "reviewed/nobody",
    force_release: "reviewed/nobody",
    note: "reviewed/me",
    resolve: "resolved/nobody",
    dismiss: "dismissed/nobody",
    undo: "!open",
  },
  "reviewed/other": {
    claim: "!claimed_by_other",
    release: "!claimed_by_other",
    force_release: "reviewed/nobody",
    note: "reviewed/other",
    resolve: "!claimed_by_other",
    dismiss: "!claimed_by_other",
    undo: "!open",
  },
  "resolved/nobody": closed("resolved", "nobody"),
  "resolved/me": closed("resolved", "me"),
  "resolved/other": closed("resolved", "other"),
  "dismissed/nobody": closed("dismissed", "nobody"),
  "dismissed/me": closed("dismissed", "me"),
  "dismissed/other": closed("dismissed", "other"),
};

function closed(status: string, holder: Holder): Record<ReportCommand, string> {
  return {
    claim: "!closed",
    release: holder === "other" ? "!claimed_by_other" : `${status}/nobody`,
    force_release: `${status}/nobody`,
    note: `${status}/${holder}`,
    resolve: "!closed",
    dismiss: "!closed",
    undo: "reviewed/me",
  };
}

const name = ({ status, holder }: ReportState) => `${status}/${holder}`;

test("the table has every state", () => {
  const states = REPORT_STATUSES.flatMap((status) => HOLDERS.map((holder) => name({ status, holder })));
  expect(Object.keys(TABLE).sort()).toEqual(states.sort());
});

for (const status of REPORT_STATUSES) {
  for (const holder of HOLDERS) {
    for (const command of REPORT_COMMANDS) {
      const from = { status, holder };
      test(`${name(from)}: ${command}`, () => {
        const result = transition(from, command);
        expect(result.ok ? name(result.next) : `!${result.refusal}`).toBe(
          TABLE[name(from)]?.[command] as string,
        );
        if (result.ok) expect(result.changed).toBe(name(from) !== name(result.next));
      });
    }
  }
}
