/**
 * Everything about one report on one page. Texts of evidence leave only with an entry in the audit log, or masked.
 * @module
 */

import type { Database, Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";
import type { Write } from "../../../db/unit_of_work.ts";
import { countCodePoints } from "../../../domain/text.ts";
import { AppError } from "../../../protocol/errors.ts";
import { type Evidence, type OpenedItem, openEvidence } from "../../reports/mod.ts";
import { audit } from "../audit/chain.ts";
import { claimInForce, isOpen, notAbout, personRef } from "../staff/fragments.ts";
import { type Actor, requireMayReadEvidence } from "../staff/judging.ts";
import type { EvidenceItem, ReportDetail, ReportEvidence } from "./detail_schema.ts";
import { selectReport } from "./list_queries.ts";
import { reportCounts, selectHistory } from "./queries.ts";

interface DetailDeps {
  readonly db: Pick<Database, "sql">;
  readonly write: Write;
}

/** Other open reports shown beside a report, at most. */
const MAX_OTHERS = 50;
const MAX_TIMELINE = 200;

/** @returns The part of the service that shows a report's page. */
export function createReportDetail({ db, write }: DetailDeps) {
  return {
    /**
     * @param options.hidden Masks every text of the evidence; then nothing is audited.
     * @throws REPORT_NOT_FOUND, also for a report about the actor. FORBIDDEN for a moderator who would read texts about
     *   a member of staff.
     */
    async show(actor: Actor, id: string, { hidden }: { hidden: boolean }): Promise<ReportDetail> {
      if (hidden) return await selectDetail(db.sql, { actor, id, hidden });
      return await write(async ({ sql }) => {
        const detail = await selectDetail(sql, { actor, id, hidden });
        await requireMayReadEvidence(sql, actor, detail.reported.id);
        const after = { items: detail.evidence.items.length };
        const target = { targetType: "report", targetId: id } as const;
        await audit(sql, { actorId: actor.id, action: "report.evidence_viewed", ...target, after });
        return detail;
      });
    },
  };
}

async function selectDetail(
  sql: Sql,
  { actor, id, hidden }: { actor: Actor; id: string; hidden: boolean },
): Promise<ReportDetail> {
  const row = await selectReport(sql, { id, viewerId: actor.id });
  const evidence = row && (await openEvidence(sql, id));
  if (!row || !evidence) throw new AppError("REPORT_NOT_FOUND");
  const userId = row.reported.id;
  return {
    ...row,
    ...(await selectAround(sql, { id, userId, viewerId: actor.id })),
    evidence: toReportEvidence(evidence, { hidden }),
    history: await selectHistory(sql, { userId, viewerId: actor.id, exceptReport: id }),
    timeline: await selectTimeline(sql, { id, evidence }),
  };
}

type Around = Pick<ReportDetail, "others" | "notes" | "active_sessions" | "reporter_record">;

async function selectAround(
  sql: Sql,
  { id, userId, viewerId }: { id: string; userId: string; viewerId: string },
): Promise<Around> {
  const [row] = await sql<{ around: Around }[]>`
    select jsonb_build_object(
      'others', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'id', o.id, 'reason', o.reason, 'status', o.status, 'priority', o.priority,
          'created_at', ${wireTime(sql, sql`o.created_at`)}, 'due_at', ${wireTime(sql, sql`o.due_at`)},
          'reporter', ${personRef(sql, sql`o.reporter_id`)},
          'reporter_record', ${recordOf(sql, viewerId, sql`o.reporter_id`)}, 'claim', ${claimInForce(sql, "o")}
        ) order by o.priority, o.due_at, o.id), '[]')
        from (
          select * from user_reports o
          where o.reported_id = ${userId} and o.id <> ${id} and ${isOpen(sql, "o")}
            and ${notAbout(sql, viewerId, sql`o.reported_id`)}
          order by o.priority, o.due_at, o.id limit ${MAX_OTHERS}
        ) o
      ),
      'notes', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'id', n.id, 'author', ${personRef(sql, sql`n.author_id`)}, 'text', n.text,
          'created_at', ${wireTime(sql, sql`n.created_at`)}
        ) order by n.created_at, n.id), '[]')
        from report_notes n where n.report_id = ${id}
      ),
      'reporter_record', ${recordOf(sql, viewerId, sql`(select reporter_id from user_reports where id = ${id})`)},
      'active_sessions', (
        select count(*) from sessions s where s.user_id = ${userId} and s.revoked_at is null
      )
    ) as around
  `;
  return row!.around;
}

/** What became of the reports that somebody filed, without those about the viewer: by user_reports_reporter_idx. */
function recordOf(sql: Sql, viewerId: string, reporterId: Fragment): Fragment {
  return reportCounts(
    sql,
    sql`r.reporter_id = ${reporterId} and ${notAbout(sql, viewerId, sql`r.reported_id`)}`,
  );
}

/** When it was filed, what was added, and what staff did: by audit_log_target_idx. */
async function selectTimeline(
  sql: Sql,
  { id, evidence }: { id: string; evidence: Evidence },
): Promise<ReportDetail["timeline"]> {
  const rows = await sql<{ entry: ReportDetail["timeline"][number] }[]>`
    select jsonb_build_object(
      'at', ${wireTime(sql, sql`a.created_at`)}, 'what', a.action,
      'actor', ${personRef(sql, sql`a.actor_id`)}, 'reason', a.reason
    ) as entry
    from audit_log a where a.target_type = 'report' and a.target_id = ${id}
    order by a.seq desc limit ${MAX_TIMELINE}
  `;
  const filings = evidence.items
    .filter((item) => item.kind === "statement")
    .map(({ sealedAt }, index) => ({
      at: sealedAt.toISOString(),
      what: index === 0 ? "filed" : "added",
      actor: null,
      reason: null,
    }));
  return [...filings, ...rows.map((row) => row.entry).reverse()].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
}

/** @returns The evidence for the wire. */
function toReportEvidence(
  { check, readable, items }: Evidence,
  { hidden }: { hidden: boolean },
): ReportEvidence {
  return {
    hidden,
    intact: check.ok,
    problem: check.ok ? null : `item ${check.position}: ${check.problem}`,
    readable,
    items: items.map((item) => toItem(item, hidden)),
  };
}

function toItem(item: OpenedItem, hidden: boolean): EvidenceItem {
  const place = { position: item.position, kind: item.kind, sealed_at: item.sealedAt.toISOString() };
  switch (item.kind) {
    case "statement": {
      const { description } = item.content;
      const statement = hidden
        ? { ...item.content, description: description === null ? null : "" }
        : item.content;
      return { ...place, masked: mask(hidden, description ?? ""), statement };
    }
    case "profile": {
      const { content } = item;
      const profile = hidden
        ? { ...content, bio: content.bio === null ? null : "", profile_photos: [], interests: [] }
        : content;
      return { ...place, masked: mask(hidden, content.bio ?? ""), profile };
    }
    case "message": {
      const message = hidden ? { ...item.content, content: "" } : item.content;
      return { ...place, masked: mask(hidden, item.content.content), message };
    }
    case "picture":
      return { ...place, masked: mask(hidden, ""), picture: item.content };
  }
}

function mask(hidden: boolean, text: string): EvidenceItem["masked"] {
  return hidden ? { length: countCodePoints(text) } : null;
}
