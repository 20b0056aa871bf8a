/**
 * How urgent a report is and how soon it is due, by its reason. Pure; the queue's order and nothing else.
 * @module
 */

import type { ReportReason } from "../../protocol/models.ts";

/** What a reason means for the queue. */
export interface Urgency {
  /** 0 is handled first. */
  readonly priority: 0 | 1 | 2 | 3;
  /** Hours from filing to the promised decision. */
  readonly hours: number;
}

/**
 * - A possible child on a dating service comes before everything else: every minute counts.
 * - Harassment and scams do damage to a person while the report waits: minutes matter less, an evening does.
 * - Inappropriate behaviour hurts, but blocking already protects the reporter: the same day.
 * - A fake profile misleads new people each day it stays, yet harms nobody by the hour.
 * - Spam is a nuisance; "other" cannot be judged before it is read, and people who fear for somebody choose
 *   one of the reasons above.
 */
export const URGENCY: Readonly<Record<ReportReason, Urgency>> = {
  underage: { priority: 0, hours: 1 },
  harassment: { priority: 1, hours: 4 },
  scam: { priority: 1, hours: 4 },
  inappropriate_behavior: { priority: 2, hours: 12 },
  fake_profile: { priority: 2, hours: 24 },
  spam: { priority: 3, hours: 24 },
  other: { priority: 3, hours: 48 },
};

/** @returns Whether the first reason is handled before the second. */
export function isMoreUrgent(a: ReportReason, b: ReportReason): boolean {
  const [x, y] = [URGENCY[a], URGENCY[b]];
  return x.priority < y.priority || (x.priority === y.priority && x.hours < y.hours);
}
