/**
 * The SQL of filing a report: the open one, a new one, and what becomes its evidence.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { ageNow, wireTime } from "../../db/fragments.ts";
import { conversationIdOf } from "../../db/pair.ts";
import type { ReportReason } from "../../protocol/models.ts";
import type { MessageCopy, ProfileSnapshot } from "./evidence_items.ts";

/** Messages before and after each named one that are sealed with it. */
const AROUND = 20;
/** Messages that are sealed when none is named. */
const LATEST = 50;

/** A report as filing needs it. */
export interface OpenReport {
  readonly id: string;
  readonly reason: ReportReason;
  readonly status: string;
  readonly claimedBy: string | null;
}

interface Two {
  readonly reporterId: string;
  readonly reportedId: string;
}

/** @returns The reporter's open report about the person, locked. Found by user_reports_one_open. */
export async function lockOpenReport(sql: Sql, { reporterId, reportedId }: Two): Promise<OpenReport | null> {
  const [row] = await sql<OpenReport[]>`
    select id, reason, status, case when claimed_until > now() then claimed_by end as claimed_by
    from user_reports
    where reporter_id = ${reporterId} and reported_id = ${reportedId} and status in ('pending', 'reviewed')
    for update
  `;
  return row ?? null;
}

interface NewReport extends Two {
  readonly id: string;
  readonly reason: ReportReason;
  readonly description: string | null;
  readonly priority: number;
  readonly hours: number;
}

export async function insertReport(sql: Sql, report: NewReport): Promise<void> {
  await sql`
    insert into user_reports (id, reporter_id, reported_id, reason, description, priority, due_at)
    values (${report.id}, ${report.reporterId}, ${report.reportedId}, ${report.reason}, ${report.description},
      ${report.priority}, now() + make_interval(hours => ${report.hours}))
  `;
}

/** Adds to an open report; a more urgent reason takes over, a due time never moves away. */
export async function updateOpenReport(
  sql: Sql,
  id: string,
  added: { reason: ReportReason; description: string | null; priority: number; hours: number },
): Promise<void> {
  await sql`
    update user_reports set
      reason = ${added.reason},
      description = coalesce(description, ${added.description}),
      priority = least(priority, ${added.priority}),
      due_at = least(due_at, now() + make_interval(hours => ${added.hours})),
      updated_at = now()
    where id = ${id}
  `;
}

/** @returns The profile as it is now and the time of the transaction, or null for an unknown person. */
export async function selectProfileSnapshot(
  sql: Sql,
  userId: string,
): Promise<{ profile: ProfileSnapshot; now: string } | null> {
  const [row] = await sql<{ profile: ProfileSnapshot; now: string }[]>`
    select ${wireTime(sql, sql`now()`)} as now, jsonb_build_object(
      'id', u.id, 'name', u.name, 'age', ${ageNow(sql, "u")}, 'gender', u.gender,
      'country', u.country, 'state', u.state, 'city', u.city, 'bio', u.bio,
      'profile_photos', to_jsonb(u.profile_photos), 'interests', to_jsonb(u.interests),
      'joined_at', ${wireTime(sql, sql`u.created_at`)}
    ) as profile
    from users u where u.id = ${userId}
  `;
  return row ?? null;
}

/** @returns How many of the messages went between the two people, in whichever direction. */
export async function countExchanged(
  sql: Sql,
  { reporterId, reportedId }: Two,
  messageIds: readonly string[],
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from messages m
    where m.id = any(${messageIds as string[]}::uuid[])
      and m.conversation_id = ${conversationIdOf(reporterId, reportedId)}
  `;
  return row?.count ?? 0;
}

/**
 * The named messages and those around each, once, oldest first. Each named one is a range of messages_order_key:
 * the limit, which cuts nothing off, tells the planner how short that range is.
 */
export async function selectSurroundings(
  sql: Sql,
  { reporterId, reportedId }: Two,
  messageIds: readonly string[],
): Promise<MessageCopy[]> {
  const ids = messageIds as string[];
  const conversationId = conversationIdOf(reporterId, reportedId);
  const rows = await sql<{ copy: MessageCopy }[]>`
    with named as (
      select * from messages where id = any(${ids}::uuid[]) and conversation_id = ${conversationId}
    ), m as (
      select * from named
      union
      select around.* from named n cross join lateral (
        select * from messages
        where conversation_id = ${conversationId} and seq between n.seq - ${AROUND}::int and n.seq + ${AROUND}::int
        order by seq limit ${2 * AROUND + 1}
      ) around
    )
    select ${messageCopy(sql)} || jsonb_build_object('named', m.id = any(${ids}::uuid[])) as copy
    from m order by m.seq nulls first, m.created_at
  `;
  return rows.map((row) => row.copy);
}

/**
 * @returns The last messages the two exchanged, oldest first: requests that opened no conversation, then what has a
 *   place in it. Both are ranges of messages_order_key.
 */
export async function selectLatest(sql: Sql, { reporterId, reportedId }: Two): Promise<MessageCopy[]> {
  const conversationId = conversationIdOf(reporterId, reportedId);
  const rows = await sql<{ copy: MessageCopy }[]>`
    with unplaced as (
      select * from messages m
      where m.conversation_id = ${conversationId} and m.seq is null
      order by m.created_at desc limit 10
    ), placed as (
      select * from messages m
      where m.conversation_id = ${conversationId} and m.seq is not null
      order by m.seq desc limit ${LATEST}
    ), m as (
      select * from unplaced union all select * from placed limit ${LATEST}
    )
    select ${messageCopy(sql)} || '{"named": false}' as copy
    from m order by m.seq nulls first, m.created_at
  `;
  return rows.map((row) => row.copy);
}

function messageCopy(sql: Sql) {
  return sql`jsonb_build_object(
    'id', m.id, 'conversation_id', m.conversation_id, 'seq', m.seq, 'sender_id', m.sender_id,
    'receiver_id', m.receiver_id, 'content', m.content, 'message_type', m.message_type,
    'is_request', m.is_request, 'request_status', m.request_status,
    'created_at', ${wireTime(sql, sql`m.created_at`)}
  )`;
}
