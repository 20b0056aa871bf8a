/**
 * The SQL of the export: one page of each list at a time, rows in the wire's form, oldest first. Every page is a
 * range of an index that begins with the person, however much they have.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { blockExists, type Fragment, wireTime } from "../../db/fragments.ts";
import {
  mayRead,
  type PagedRow,
  type SelectPage,
  selectMessagesReceived,
  selectMessagesSent,
} from "./export_messages.ts";
import type { ExportList } from "./schema.ts";

interface List {
  readonly from: Fragment;
  readonly where: Fragment;
  /** When the row began; with the id it orders the list. */
  readonly at: Fragment;
  readonly item: Fragment;
}

/** The alias of the list's own table is `r` in each. */
function paged(list: (sql: Sql, userId: string) => List): SelectPage {
  return async (sql, { userId, after, limit }) => {
    const { from, where, at, item } = list(sql, userId);
    const further = after
      ? sql`and (${at}, r.id) > (${after.position}::text::timestamptz, ${after.id}::uuid)`
      : sql``;
    return await sql<PagedRow[]>`
      select ${at}::text as position, r.id, ${item} as item
      from ${from} where ${where} ${further}
      order by ${at}, r.id
      limit ${limit}
    `;
  };
}

const other = (sql: Sql, userId: string) => sql`
  join users o on o.id = case when r.user1_id = ${userId} then r.user2_id else r.user1_id end
`;
/** The other one of a pair; across a block what they are called now is not told. */
const person = (sql: Sql) => sql`jsonb_build_object('id', o.id,
  'name', case when not ${blockExists(sql, sql`r.user1_id`, sql`r.user2_id`)} then o.name end)`;
const time = (sql: Sql, column: string) => wireTime(sql, sql`${sql(`r.${column}`)}`);

function request(sql: Sql, whom: "sender_id" | "receiver_id"): Fragment {
  return sql`jsonb_build_object(
    'id', r.id, 'message_id', r.message_id, ${whom}::text, ${sql(`r.${whom}`)}, 'preview_text', r.preview_text,
    'status', r.status, 'created_at', ${time(sql, "created_at")}, 'updated_at', ${time(sql, "updated_at")}
  )`;
}

const created = (sql: Sql) => sql`r.created_at`;

/** The order of the lists is that of the answer. */
export const LISTS: Readonly<Record<ExportList, SelectPage>> = {
  sessions: paged((sql, userId) => ({
    from: sql`sessions r`,
    where: sql`r.user_id = ${userId}`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'created_at', ${time(sql, "created_at")}, 'last_used_at', ${time(sql, "last_used_at")},
      'ended_at', ${time(sql, "revoked_at")}, 'ended_by', r.revoke_reason)`,
  })),
  // Without its token, which is a key to the device.
  devices: paged((sql, userId) => ({
    from: sql`devices r`,
    where: sql`r.user_id = ${userId}`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'session_id', r.session_id, 'provider', r.provider, 'app_id', r.app_id, 'locale', r.locale,
      'preview', r.preview, 'created_at', ${time(sql, "created_at")}, 'disabled_at', ${time(sql, "disabled_at")})`,
  })),
  conversations: paged((sql, userId) => ({
    from: sql`conversations r ${other(sql, userId)}`,
    where: sql`(r.user1_id = ${userId} or r.user2_id = ${userId})`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'user', ${person(sql)}, 'status', r.status, 'created_at', ${time(sql, "created_at")},
      'last_activity', ${time(sql, "last_activity")})`,
  })),
  messages_sent: selectMessagesSent,
  messages_received: selectMessagesReceived,
  requests_sent: paged((sql, userId) => ({
    from: sql`message_requests r`,
    where: sql`r.sender_id = ${userId}`,
    at: created(sql),
    item: request(sql, "receiver_id"),
  })),
  requests_received: paged((sql, userId) => ({
    from: sql`message_requests r join users s on s.id = r.sender_id`,
    where: sql`r.receiver_id = ${userId} and ${mayRead(sql)}`,
    at: created(sql),
    item: request(sql, "sender_id"),
  })),
  matches: paged((sql, userId) => ({
    from: sql`matches r ${other(sql, userId)}`,
    where: sql`(r.user1_id = ${userId} or r.user2_id = ${userId})`,
    at: sql`r.matched_at`,
    item: sql`jsonb_build_object(
      'id', r.id, 'user', ${person(sql)}, 'active', r.status = 'active', 'match_type', r.match_type,
      'matched_at', ${time(sql, "matched_at")}, 'unmatch_reason', (
        select m.reason from unmatch_reasons m
        where m.by_id = ${userId} and m.about_id = case when r.user1_id = ${userId} then r.user2_id else r.user1_id end
      ))`,
  })),
  media: paged((sql, userId) => ({
    from: sql`media r`,
    where: sql`r.owner_id = ${userId} and r.state in ('ready', 'held')`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'width', r.width, 'height', r.height, 'size', r.size,
      'sent', r.claimed_at is not null, 'created_at', ${time(sql, "created_at")})`,
  })),
  actions: paged((sql, userId) => ({
    from: sql`user_actions r`,
    where: sql`r.actor_id = ${userId}`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'target_id', r.target_id, 'action_type', r.action_type, 'created_at', ${time(sql, "created_at")})`,
  })),
  blocks: paged((sql, userId) => ({
    from: sql`user_blocks r`,
    where: sql`r.blocker_id = ${userId}`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'blocked_id', r.blocked_id, 'reason', r.reason, 'created_at', ${time(sql, "created_at")})`,
  })),
  reports: paged((sql, userId) => ({
    from: sql`user_reports r`,
    where: sql`r.reporter_id = ${userId}`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'reported_id', r.reported_id, 'reason', r.reason, 'description', r.description,
      'open', r.status in ('pending', 'reviewed'), 'created_at', ${time(sql, "created_at")})`,
  })),
  // Neither who imposed it nor which report it followed: that could name a reporter.
  sanctions: paged((sql, userId) => ({
    from: sql`sanctions r`,
    where: sql`r.user_id = ${userId}`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'kind', r.kind, 'reason', r.reason, 'until', ${time(sql, "until")},
      'created_at', ${time(sql, "created_at")}, 'lifted_at', ${time(sql, "lifted_at")})`,
  })),
  notices: paged((sql, userId) => ({
    from: sql`notices r`,
    where: sql`r.user_id = ${userId} and r.told_at is not null`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'notice', r.notice, 'text', r.text, 'sanction_id', r.sanction_id, 'report_id', r.report_id,
      'told_at', ${time(sql, "told_at")})`,
  })),
  appeals: paged((sql, userId) => ({
    from: sql`appeals r`,
    where: sql`r.appellant_id = ${userId}`,
    at: created(sql),
    item: sql`jsonb_build_object(
      'id', r.id, 'sanction_id', r.sanction_id, 'report_id', r.report_id, 'text', r.text, 'status', r.status,
      'decision_reason', r.decision_reason, 'created_at', ${time(sql, "created_at")},
      'decided_at', ${time(sql, "decided_at")})`,
  })),
};
