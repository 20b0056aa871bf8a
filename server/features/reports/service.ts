/**
 * Filing a report: one open report a reporter and person, with its evidence sealed in the same transaction.
 * What moderators do with it is the admin feature's.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { Sql } from "../../db/client.ts";
import { lockPair } from "../../db/pair.ts";
import type { Write } from "../../db/unit_of_work.ts";
import type { StaffEvents } from "../../domain/staff_events.ts";
import { toOneself } from "../../domain/viewer.ts";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import type { ReportReason } from "../../protocol/models.ts";
import { appendEvidence, insertEvidenceKey, openEvidence } from "./evidence.ts";
import type { EvidenceContent, MessageCopy } from "./evidence_items.ts";
import { holdPictures } from "./pictures.ts";
import { isMoreUrgent, URGENCY } from "./priorities.ts";
import {
  countExchanged,
  insertReport,
  lockOpenReport,
  type OpenReport,
  selectLatest,
  selectProfileSnapshot,
  selectSurroundings,
  updateOpenReport,
} from "./queries.ts";

/** What somebody reports. */
export interface Filing {
  readonly reporterId: string;
  readonly reportedId: string;
  readonly reason: ReportReason;
  /** Cleaned, at most 1,000 code points; null when nothing was written. */
  readonly description: string | null;
  /** Messages exchanged with that person, in lower case, each once. */
  readonly messageIds: readonly string[];
}

/** What became of a filing. */
export interface Filed {
  readonly reportId: string;
  /** False when it was added to the report that was open. */
  readonly created: boolean;
}

interface ReportServiceDeps {
  readonly write: Write;
  readonly staffEvents: Pick<StaffEvents, "publish">;
  /** Wakes the worker of the queue: pictures wait to be copied. */
  readonly wakeJobs: () => void;
}

export type ReportService = ReturnType<typeof createReportService>;

export function createReportService({ write, staffEvents, wakeJobs }: ReportServiceDeps) {
  return {
    /**
     * Files a report, or adds to the reporter's open one about the same person. It works whatever the two are to
     * each other by now: unmatched, blocked, strangers.
     * @throws VALIDATION_ERROR for oneself, USER_NOT_FOUND, MESSAGE_NOT_FOUND for a message of somebody else.
     */
    file(filing: Filing): Promise<Filed> {
      const { reporterId, reportedId } = filing;
      if (reporterId === reportedId) throw toOneself("params.id");
      return write(async ({ sql, after, tellOperator }) => {
        // The pair's lock makes the second of two filings wait and then find the first.
        await lockPair(sql, reporterId, reportedId);
        const evidence = await gather(sql, filing);
        const open = await lockOpenReport(sql, filing);
        const reportId = open
          ? await addTo(sql, open, { filing, evidence })
          : await openNew(sql, filing, evidence);
        if (open === null) {
          tellOperator("report_created", {
            report_id: reportId,
            reporter_id: reporterId,
            reported_id: reportedId,
            reason: filing.reason,
          });
        }
        if (await holdPictures(sql, reportId, evidence)) after(wakeJobs);
        after(() => announce(filing, { reportId, open }));
        return { reportId, created: open === null };
      });
    },
  };

  function announce(
    { reportedId, reason }: Filing,
    { reportId, open }: { reportId: string; open: OpenReport | null },
  ) {
    if (open === null) {
      const data = { report_id: reportId, reported_id: reportedId, reason };
      staffEvents.publish({ event: "report_created", data, except: reportedId });
    } else {
      const data = { report_id: reportId, status: open.status, claimed_by: open.claimedBy, actor_id: null };
      staffEvents.publish({ event: "report_updated", data, except: reportedId });
    }
  }
}

/** What this filing proves: what was said, who it is about, and the messages. */
async function gather(sql: Sql, filing: Filing): Promise<EvidenceContent[]> {
  const { reason, description, messageIds } = filing;
  const snapshot = await selectProfileSnapshot(sql, filing.reportedId);
  if (!snapshot) throw new AppError("USER_NOT_FOUND");
  if (messageIds.length > 0 && (await countExchanged(sql, filing, messageIds)) !== messageIds.length) {
    throw new AppError("MESSAGE_NOT_FOUND", "Cannot report: a message is not one that you two exchanged");
  }
  const messages =
    messageIds.length > 0
      ? await selectSurroundings(sql, filing, messageIds)
      : await selectLatest(sql, filing);
  const statement = { reason, description, message_ids: [...messageIds], filed_at: snapshot.now };
  return [
    { kind: "statement", content: statement },
    { kind: "profile", content: snapshot.profile },
    ...messages.map((content) => ({ kind: "message" as const, content })),
  ];
}

async function openNew(sql: Sql, filing: Filing, evidence: EvidenceContent[]): Promise<string> {
  const id = newId();
  await insertReport(sql, { ...filing, ...URGENCY[filing.reason], id });
  await insertEvidenceKey(sql, id);
  await appendEvidence(sql, id, evidence);
  return id;
}

async function addTo(
  sql: Sql,
  report: OpenReport,
  { filing, evidence }: { filing: Filing; evidence: EvidenceContent[] },
): Promise<string> {
  const reason = isMoreUrgent(filing.reason, report.reason) ? filing.reason : report.reason;
  await updateOpenReport(sql, report.id, {
    reason,
    description: filing.description,
    ...URGENCY[filing.reason],
  });
  await appendEvidence(sql, report.id, await onlyNew(sql, report.id, evidence));
  return report.id;
}

/** A profile that has not changed and a message that is there as it is now are not sealed twice. */
async function onlyNew(sql: Sql, reportId: string, evidence: EvidenceContent[]): Promise<EvidenceContent[]> {
  const known = (await openEvidence(sql, reportId))?.items ?? [];
  const profile = known.findLast((item) => item.kind === "profile")?.content;
  const messages = new Map<string, MessageCopy>();
  for (const item of known) if (item.kind === "message") messages.set(item.content.id, item.content);
  return evidence.filter(({ kind, content }) => {
    if (kind === "profile") return !isDeepStrictEqual(content, profile);
    if (kind === "message") return !covers(messages.get(content.id), content);
    return true;
  });
}

/** Whether the sealed copy says all that the new one would. */
function covers(sealed: MessageCopy | undefined, { named, ...facts }: MessageCopy): boolean {
  if (sealed === undefined) return false;
  const { named: wasNamed, ...sealedFacts } = sealed;
  return isDeepStrictEqual(sealedFacts, facts) && (wasNamed || !named);
}
