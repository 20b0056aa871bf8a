/**
 * What moderation says to people: the statement of reasons to whoever is sanctioned, the outcome to whoever
 * reported. Pure texts; nothing in them tells who reported or who decided.
 * @module
 */

import type { EventData } from "../../../protocol/events.ts";
import type { SanctionKind } from "../../../protocol/models.ts";
import type { OperatorEventData } from "../../../protocol/operator_events.ts";
import type { Sanction } from "./schema.ts";
import type { Action, Decision } from "./terms.ts";

type Notice = EventData<"moderation_notice">;

/** A sanction as its notice needs it. */
export interface NoticedSanction {
  readonly id: string;
  readonly kind: SanctionKind;
  /** In the moderator's public words. */
  readonly reason: string;
  /** RFC 3339; null for a warning and for what has no end. */
  readonly until: string | null;
  /** Whether a ban was confirmed by a second person. */
  readonly permanent: boolean;
}

/** @returns What was decided, why, until when, and how to object. */
export function sanctionNotice(sanction: NoticedSanction): Notice {
  const { id, reason, until } = sanction;
  const text = [
    whatHappened(sanction),
    `Why: ${reason}`,
    "If you think that this is wrong, appeal within six months, in the app or where you sign in: somebody who had no " +
      `part in the decision looks at it again. Its number is ${id}.`,
  ].join("\n");
  return { notice: "sanction", kind: kindAsTold(sanction), text, until, report_id: null };
}

/** A ban is called one when it was confirmed; until then it acts as a suspension. */
export function kindAsTold({ kind, permanent }: Pick<NoticedSanction, "kind" | "permanent">): SanctionKind {
  return kind === "ban" && !permanent ? "suspend" : kind;
}

function whatHappened({ kind, until, permanent }: NoticedSanction): string {
  const end = until === null ? "" : ` until ${readable(until)}`;
  switch (kind) {
    case "warn":
      return "You have received a warning. Nothing else changes, but another breach of our rules may have consequences.";
    case "mute":
      return `You cannot send messages${end}.`;
    case "suspend":
      return `Your account is suspended${end}.`;
    case "ban":
      return permanent
        ? "Your account is banned permanently."
        : `Your account is suspended${end}, while a second moderator looks at a permanent ban.`;
  }
}

/** @returns The end of a sanction before its time. */
export function liftedNotice(sanction: Pick<NoticedSanction, "kind" | "permanent">): Notice {
  const kind = kindAsTold(sanction);
  const what = { warn: "warning", mute: "mute", suspend: "suspension", ban: "ban" }[kind];
  const text = `Your ${what} was withdrawn after another look at it.`;
  return { notice: "sanction_lifted", kind, text, until: null, report_id: null };
}

/** @returns The outcome in general words: the reporter does not learn which measure was taken. */
export function outcomeNotice(reportId: string, outcome: { decision: Decision; action: Action }): Notice {
  return {
    notice: "report_outcome",
    kind: null,
    text: outcomeText(outcome),
    until: null,
    report_id: reportId,
  };
}

const SECOND_LOOK =
  "If you think that this is wrong, ask for a second look within six months: somebody else decides about it.";

function outcomeText({ decision, action }: { decision: Decision; action: Action }): string {
  if (decision === "dismissed") {
    return `Thank you for your report. We looked at it and found no breach of our rules. You can block anybody at any time. ${SECOND_LOOK}`;
  }
  if (action === "none")
    return `Thank you for your report. We looked at it and have noted it. ${SECOND_LOOK}`;
  return "Thank you for your report. We looked at it and took action.";
}

/** @returns The news to the reporter that a decision was taken back. */
export function reopenedNotice(reportId: string): Notice {
  const text = "We are looking at your report once more.";
  return { notice: "report_outcome", kind: null, text, until: null, report_id: reportId };
}

/** @returns What somebody's appeal came to, when the decision stands. That it was taken back is told by its end. */
export function appealUpheldNotice({
  reason,
  reportId,
}: {
  reason: string;
  reportId: string | null;
}): Notice {
  const text = [
    "Somebody who had no part in the decision looked at your appeal. The decision stands.",
    `Why: ${reason}`,
  ].join("\n");
  return { notice: "appeal_decided", kind: null, text, until: null, report_id: reportId };
}

/** @returns The news to a blocker that moderation ended their block. */
export function blockLiftedNotice(name: string): Notice {
  const text = `A moderator ended your block of ${name}. You can block them again.`;
  return { notice: "block_lifted", kind: null, text, until: null, report_id: null };
}

/** `2026-01-15 10:35 UTC` */
function readable(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

/** @returns What the operator's own systems are told: not the reason, which is somebody's words. */
export function changeOf(
  { id, user_id, kind, until }: Sanction,
  change: OperatorEventData<"sanction_changed">["change"],
): OperatorEventData<"sanction_changed"> {
  return { sanction_id: id, user_id, kind, change, until };
}
