/**
 * What a moderator can decide, as one table: its words, its form, what is sent to the server. Pure.
 * @module
 */
import { REPORT_REASONS, type ReportReason } from "../../server/protocol/models.ts";
import { sanitise } from "../sanitise.ts";
import type { ResolveBody, SanctionBody } from "../wire.ts";
import type { FieldSpec } from "./dialog_state.ts";
import { nameField, reasonField } from "./form.ts";

export const DECISIONS = ["dismiss", "done", "warn", "mute", "suspend", "ban"] as const;
export type Decision = (typeof DECISIONS)[number];
/** Those that do something to a person. */
export type SanctionDecision = Exclude<Decision, "dismiss" | "done">;

interface DecisionSpec {
  /** On the button and in the title. */
  readonly verb: string;
  readonly past: string;
  /** Said when it is done, where that is not all of it yet. @default past */
  readonly done?: string;
  /** Shown at once, taken back with one key for 8 s, and possible for many at a time. */
  readonly isLight: boolean;
  readonly effect: string;
}

export const DECISION: Readonly<Record<Decision, DecisionSpec>> = {
  dismiss: { verb: "Dismiss", past: "dismissed", isLight: true, effect: "Nothing happens to the person." },
  done: { verb: "Resolve", past: "resolved", isLight: true, effect: "Upheld, without a sanction." },
  warn: { verb: "Warn", past: "warned", isLight: true, effect: "The person reads the reason as a warning." },
  mute: {
    verb: "Mute",
    past: "muted",
    isLight: true,
    effect: "They can read, and send nothing. They read the reason.",
  },
  suspend: {
    verb: "Suspend",
    past: "suspended",
    isLight: false,
    effect: "They are signed out everywhere and cannot come back before it ends. They read the reason.",
  },
  ban: {
    verb: "Ban",
    past: "banned",
    done: "suspended, the ban waits for a second person",
    isLight: false,
    effect:
      "Acts now as 7 days of suspension; for good once somebody else confirms it. They read the reason.",
  },
};

/** @returns What to say of a decision that was carried out. */
export function doneText(decision: Decision): string {
  const { past, done = past }: DecisionSpec = DECISION[decision];
  return done;
}

/** How long a light decision can be taken back with one key, ms. */
export const UNDO_MS = 8_000;
/** What the audit log keeps of it. */
export const UNDO_REASON = "Taken back within seconds";

const PUBLIC: Readonly<Record<ReportReason, readonly string[]>> = {
  underage: ["The account belongs to somebody who is under 18"],
  harassment: ["Repeated insults after being asked to stop", "Threats"],
  scam: ["Asked people for money", "Links that deceive"],
  inappropriate_behavior: ["Sexual messages that were not wanted", "Pictures that do not belong here"],
  fake_profile: ["Photos of somebody else", "A profile that is not a person"],
  spam: ["Advertising to people who did not ask for it"],
  other: ["Behaviour against our rules"],
};
/** For staff: the person does not read them. */
const DISMISSED: Readonly<Record<ReportReason, readonly string[]>> = {
  underage: ["The age was checked: 18 or older"],
  harassment: ["Rude, but no harassment"],
  scam: ["Nobody was asked for money"],
  inappropriate_behavior: ["Nothing sexual or unwanted in it"],
  fake_profile: ["The photos are of the person"],
  spam: ["No advertising in it"],
  other: [],
};
const ANY_DISMISSED = ["No violation found", "Not enough evidence", "The same as a report that was decided"];
const DONE = ["Already sanctioned for it", "They have stopped", "Handled outside of the app"];

/** @returns Texts to choose from, those of the reported categories first. */
export function suggestionsFor(decision: Decision, reasons: readonly ReportReason[] = []): readonly string[] {
  if (decision === "done") return DONE;
  if (decision === "dismiss") return [...ANY_DISMISSED, ...reasons.flatMap((each) => DISMISSED[each])];
  const fitting = reasons.length === 0 ? REPORT_REASONS : [...reasons, "other" as const];
  return [...new Set(fitting)].flatMap((each) => PUBLIC[each]);
}

interface FormOptions {
  /** What the person is reported for. @default anything */
  readonly reasons?: readonly ReportReason[] | undefined;
  /** What must be typed for a ban. */
  readonly handle?: string;
}

/** @returns The fields of a decision's form. */
export function fieldsFor(decision: Decision, { reasons, handle }: FormOptions): FieldSpec[] {
  const fields: FieldSpec[] = [];
  if (decision === "mute") fields.push(numberField({ id: "hours", label: "Hours", value: "24", max: 720 }));
  if (decision === "suspend") fields.push(numberField({ id: "until", label: "Days", value: "7", max: 366 }));
  fields.push(reasonField(suggestionsFor(decision, reasons)));
  if (decision === "ban" && handle !== undefined) fields.push(nameField(handle));
  return fields;
}

function numberField({
  max,
  ...field
}: Pick<FieldSpec, "id" | "label" | "value"> & { max: number }): FieldSpec {
  const check = (text: string) =>
    /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= max
      ? undefined
      : `must be a number from 1 to ${max}`;
  return { ...field, check, limit: 3 };
}

type Values = Readonly<Record<string, string>>;

/** @returns What the form says, as the server takes it for a report. */
export function resolveBody(decision: Decision, values: Values, now: number): ResolveBody {
  const { reason = "" } = values;
  if (decision === "dismiss") return { decision: "dismissed", action: "none", reason };
  if (decision === "done") return { decision: "resolved", action: "none", reason };
  return { decision: "resolved", ...sanctionBody(decision, values, now) };
}

/** @returns What the form says, as the server takes it for a person. */
export function sanctionBody(decision: SanctionDecision, values: Values, now: number): SanctionBody {
  const { reason = "" } = values;
  if (decision === "mute") return { action: "mute", hours: Number(values.hours), reason };
  if (decision === "suspend") {
    // A minute less than whole days: the server's limit is judged by its own clock.
    const until = new Date(now + Number(values.until) * 86_400_000 - 60_000).toISOString();
    return { action: "suspend", until, reason };
  }
  return { action: decision, reason };
}

/** @returns What must be typed before somebody is banned: their name when any keyboard can type it, else their handle. */
export function typedHandle(name: string, fallback: string): string {
  const clean = sanitise(name).trim();
  return /^[ -~]{2,50}$/.test(clean) ? clean : fallback;
}
