/**
 * The states of a report and what may be done in each, as one pure table. A claim is a lease: once it ran out,
 * nobody holds the report. It touches no database and knows no person.
 * @module
 */

import type { ReportStatus } from "../../../protocol/models.ts";

/** Who holds the lease, seen by the one who acts. */
export type Holder = "nobody" | "me" | "other";

/** What can be done to a report. `force_release` is an admin's. */
export const REPORT_COMMANDS = [
  "claim",
  "release",
  "force_release",
  "note",
  "resolve",
  "dismiss",
  "undo",
] as const;
export type ReportCommand = (typeof REPORT_COMMANDS)[number];

/** Where a report stands. */
export interface ReportState {
  readonly status: ReportStatus;
  readonly holder: Holder;
}

/** Why a command is refused. */
export type Refusal = "closed" | "open" | "claimed_by_other" | "not_claimed";

export type Transition =
  | { readonly ok: true; readonly next: ReportState; readonly changed: boolean }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * - `pending`: nobody has opened it. A claim makes it `reviewed`, and it stays so when it is released.
 * - Only whoever holds the lease decides. A decision ends the lease.
 * - Whoever undoes a decision holds the report afterwards, to decide anew.
 *
 * @returns Where the command leads, or why it is refused.
 */
export function transition(state: ReportState, command: ReportCommand): Transition {
  const { status, holder } = state;
  const isOpen = status === "pending" || status === "reviewed";
  switch (command) {
    case "claim":
      if (!isOpen) return refuse("closed");
      return holder === "other"
        ? refuse("claimed_by_other")
        : move(state, { status: "reviewed", holder: "me" });
    case "release":
      return holder === "other" ? refuse("claimed_by_other") : move(state, { status, holder: "nobody" });
    case "force_release":
      return move(state, { status, holder: "nobody" });
    case "note":
      return move(state, state);
    case "resolve":
    case "dismiss":
      if (!isOpen) return refuse("closed");
      if (holder !== "me") return refuse(holder === "other" ? "claimed_by_other" : "not_claimed");
      return move(state, { status: command === "resolve" ? "resolved" : "dismissed", holder: "nobody" });
    case "undo":
      return isOpen ? refuse("open") : move(state, { status: "reviewed", holder: "me" });
  }
}

function move(from: ReportState, next: ReportState): Transition {
  return { ok: true, next, changed: from.status !== next.status || from.holder !== next.holder };
}

function refuse(refusal: Refusal): Transition {
  return { ok: false, refusal };
}
