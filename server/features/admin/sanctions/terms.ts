/**
 * What a decision may contain: which action goes with which decision, and how long each lasts. Pure.
 * @module
 */

import { isTimestamp } from "../../../lib/time.ts";
import type { SanctionKind } from "../../../protocol/models.ts";
import { badField } from "../staff/words.ts";

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
 * @returns The sanction that the terms ask for, or null for none.
 * @throws VALIDATION_ERROR when the terms do not fit the action. Whether `until` is in the future is not judged.
 */
export function readTerms({ action, hours, until }: Terms): SanctionTerms | null {
  if (hours !== undefined && action !== "mute")
    throw badField("hours", "not_allowed", "goes with the action mute only");
  if (until !== undefined && action !== "suspend")
    throw badField("until", "not_allowed", "goes with the action suspend only");
  switch (action) {
    case "none":
      return null;
    case "mute":
      if (hours === undefined) throw badField("hours", "required", "is required for a mute");
      return { kind: "mute", hours };
    case "suspend":
      if (until === undefined) throw badField("until", "required", "is required for a suspension");
      if (!isTimestamp(until)) throw badField("until", "format", "must be a time in RFC 3339");
      return { kind: "suspend", until };
    default:
      return { kind: action };
  }
}

/** @throws VALIDATION_ERROR when a report would be dismissed and acted on at the same time. */
export function checkDecision(decision: Decision, action: Action): void {
  if (decision === "dismissed" && action !== "none") {
    throw badField("action", "not_allowed", "must be none when the report is dismissed");
  }
}
