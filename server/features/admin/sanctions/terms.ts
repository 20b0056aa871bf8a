/**
 * What a decision may contain: which action goes with which decision, and how long each lasts. Pure.
 * @module
 */

import { invalidFields } from "../../../domain/validation.ts";
import { isTimestamp } from "../../../lib/time.ts";
import type { FieldFlaw } from "../../../protocol/fields.ts";
import type { SanctionKind } from "../../../protocol/models.ts";

/** Longest mute, in hours: 30 days. For longer there is the suspension. */
export const MUTE_MAX_HOURS = 720;
/** Longest suspension, in days: one person imposes it. A longer one would amount to a ban, which takes two. */
export const SUSPEND_MAX_DAYS = 366;
/** How long a ban acts before the second person has confirmed it, in days. */
export const BAN_TRIAL_DAYS = 7;
/** How long the second person has to agree to the end of a confirmed ban, in days. */
export const LIFT_REQUEST_DAYS = 7;

export type Decision = "resolved" | "dismissed";
export type Action = "none" | SanctionKind;

/** What a moderator asked for. */
export interface Terms {
  readonly action: Action;
  readonly hours?: number | undefined;
  readonly until?: string | undefined;
}

/** A sanction's kind and how its end is found. The database's clock decides about days and hours. */
export type SanctionTerms =
  | { readonly kind: "warn" }
  | { readonly kind: "mute"; readonly hours: number }
  | { readonly kind: "suspend"; readonly until: string }
  | { readonly kind: "ban" };

/**
 * @param asked.decision Of a report; absent where there is none. Fields that are bad by themselves are left out.
 * @returns Where terms, action and decision do not fit together. Whether `until` is in the future is not judged.
 */
export function termFlaws(asked: Partial<Terms> & { readonly decision?: Decision }): FieldFlaw[] {
  const { action, hours, until, decision } = asked;
  if (action === undefined) return [];
  const flaws: FieldFlaw[] = [];
  const flaw = (field: string, code: FieldFlaw["code"], message: string) => {
    flaws.push({ field, code, message });
  };
  if (decision === "dismissed" && action !== "none") {
    flaw("action", "not_allowed", "must be none when the report is dismissed");
  }
  if (hours !== undefined && action !== "mute")
    flaw("hours", "not_allowed", "goes with the action mute only");
  if (until !== undefined && action !== "suspend") {
    flaw("until", "not_allowed", "goes with the action suspend only");
  } else if (until !== undefined && !isTimestamp(until)) {
    flaw("until", "format", "must be a time in RFC 3339");
  }
  if (hours === undefined && action === "mute") flaw("hours", "required", "is required for a mute");
  if (until === undefined && action === "suspend") flaw("until", "required", "is required for a suspension");
  return flaws;
}

/**
 * @returns The sanction that the terms ask for, or null for none.
 * @throws VALIDATION_ERROR naming every field of {@link termFlaws}
 */
export function readTerms(asked: Terms & { readonly decision?: Decision }): SanctionTerms | null {
  const flaws = termFlaws(asked);
  if (flaws.length > 0) throw invalidFields(flaws);
  const { action, hours, until } = asked;
  switch (action) {
    case "none":
      return null;
    case "mute":
      return { kind: "mute", hours: hours! };
    case "suspend":
      return { kind: "suspend", until: until! };
    default:
      return { kind: action };
  }
}
