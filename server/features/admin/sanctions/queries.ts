/**
 * The SQL of sanctions.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import type { Fragment } from "../../../db/fragments.ts";
import type { Cursor } from "../../../lib/cursor.ts";
import type { Role, SanctionKind } from "../../../protocol/models.ts";
import { notAbout, sanctionJson, sanctionState } from "../staff/fragments.ts";
import type { Reporter } from "../staff/words.ts";
import type { Sanction, SanctionState } from "./schema.ts";
import { BAN_TRIAL_DAYS, LIFT_REQUEST_DAYS, type SanctionTerms, SUSPEND_MAX_DAYS } from "./terms.ts";

/** The person whom a sanction is for. */
export interface Target {
  readonly id: string;
  readonly role: Role;
}

/** @returns The person, locked: two sanctions on one person come one after the other. First in the lock order. */
export async function lockTarget(sql: Sql, userId: string): Promise<Target | null> {
  const [row] = await sql<Target[]>`select id, role from users where id = ${userId} for no key update`;
  return row ?? null;
}

/** {@link lockTarget} for several, in the order of their ids. @returns The ids of those who exist. */
export async function lockTargets(sql: Sql, userIds: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from users where id = any(${userIds as string[]}::uuid[]) order by id for no key update
  `;
  return rows.map(({ id }) => id);
}

/** @returns Everybody who has reported the person; of more than 500 reports the latest. */
export async function selectReportersOf(sql: Sql, userId: string): Promise<Reporter[]> {
  return await sql<Reporter[]>`
    select distinct u.id, u.name, u.email
    from (
      select reporter_id from user_reports where reported_id = ${userId} order by created_at desc limit 500
    ) r join users u on u.id = r.reporter_id
  `;
}

interface NewSanction {
  readonly id: string;
  readonly userId: string;
  readonly terms: SanctionTerms;
  readonly reason: string;
  readonly reportId: string | null;
  readonly createdBy: string;
}

/** @returns The sanction, or null when a suspension would not end between now and its longest time. */
export async function insertSanction(sql: Sql, sanction: NewSanction): Promise<Sanction | null> {
  const { id, userId, terms, reason, reportId, createdBy } = sanction;
  const until = terms.kind === "suspend" ? terms.until : null;
  const hours = terms.kind === "mute" ? terms.hours : 0;
  const [row] = await sql<{ sanction: Sanction }[]>`
    with ends as (
      select case ${terms.kind}
        when 'mute' then now() + make_interval(hours => ${hours})
        when 'suspend' then ${until}::text::timestamptz
        when 'ban' then now() + make_interval(days => ${BAN_TRIAL_DAYS})
      end as at
    ), s as (
      insert into sanctions (id, user_id, kind, reason, until, report_id, created_by)
      select ${id}, ${userId}, ${terms.kind}, ${reason}, at, ${reportId}, ${createdBy} from ends
      where at is null or (at > now() and at <= now() + make_interval(days => ${SUSPEND_MAX_DAYS}))
      returning *
    )
    select ${sanctionJson(sql, "s")} as sanction from s
  `;
  return row?.sanction ?? null;
}

/** @returns The person's ban that acts, confirmed or not. */
export async function selectActingBan(sql: Sql, userId: string): Promise<Sanction | null> {
  const [row] = await sql<{ sanction: Sanction }[]>`
    select ${sanctionJson(sql, "s")} as sanction from sanctions s
    where s.user_id = ${userId} and s.kind = 'ban' and s.lifted_at is null and s.until > now()
    order by s.until desc limit 1
  `;
  return row?.sanction ?? null;
}

/** A sanction as it stands, locked. */
export interface LockedSanction {
  readonly kind: SanctionKind;
  readonly state: SanctionState;
  readonly reportId: string | null;
  readonly createdBy: string | null;
  readonly confirmedBy: string | null;
  readonly isConfirmed: boolean;
  /** Who has asked for its end and may still be joined by a second person. */
  readonly liftRequestedBy: string | null;
}

/** @returns The sanction, locked, if it is that person's. */
export async function lockSanction(
  sql: Sql,
  { id, userId }: { id: string; userId: string },
): Promise<LockedSanction | null> {
  const [row] = await sql<LockedSanction[]>`
    select s.kind, ${sanctionState(sql, "s")} as state, s.report_id, s.created_by, s.confirmed_by,
      s.confirmed_at is not null as is_confirmed,
      case when s.lift_requested_at > now() - make_interval(days => ${LIFT_REQUEST_DAYS})
        then s.lift_requested_by end as lift_requested_by
    from sanctions s where s.id = ${id} and s.user_id = ${userId} for update
  `;
  return row ?? null;
}

export function updateConfirmed(sql: Sql, id: string, confirmedBy: string): Promise<Sanction> {
  return update(sql, id, sql`until = 'infinity', confirmed_by = ${confirmedBy}, confirmed_at = now()`);
}

export function updateLiftRequested(sql: Sql, id: string, requestedBy: string): Promise<Sanction> {
  return update(sql, id, sql`lift_requested_by = ${requestedBy}, lift_requested_at = now()`);
}

export function updateLifted(
  sql: Sql,
  id: string,
  { liftedBy, reason }: { liftedBy: string; reason: string },
): Promise<Sanction> {
  return update(sql, id, sql`lifted_at = now(), lifted_by = ${liftedBy}, lift_reason = ${reason}`);
}

/** Decides the open appeal against a sanction or a report; nothing happens when there is none. */
export async function updateAppealDecided(
  sql: Sql,
  of: { sanctionId: string } | { reportId: string },
  { status, by, reason }: { status: "upheld" | "overturned"; by: string; reason: string },
): Promise<void> {
  const isOf = "sanctionId" in of ? sql`sanction_id = ${of.sanctionId}` : sql`report_id = ${of.reportId}`;
  await sql`
    update appeals set status = ${status}, decided_by = ${by}, decided_at = now(), decision_reason = ${reason},
      claimed_by = null, claimed_until = null
    where ${isOf} and status = 'open'
  `;
}

async function update(sql: Sql, id: string, changes: Fragment): Promise<Sanction> {
  const [row] = await sql<{ sanction: Sanction }[]>`
    with s as (
      update sanctions set ${changes} where id = ${id} returning *
    )
    select ${sanctionJson(sql, "s")} as sanction from s
  `;
  return row!.sanction;
}

/** @returns What a report's decision imposed and nobody has lifted, by sanctions_report_idx. */
export async function selectUnliftedOf(
  sql: Sql,
  reportId: string,
): Promise<{ id: string; isConfirmed: boolean }[]> {
  return await sql<{ id: string; isConfirmed: boolean }[]>`
    select id, confirmed_at is not null as is_confirmed
    from sanctions where report_id = ${reportId} and lifted_at is null order by id
  `;
}

/** Writes what is in force now onto the person, where every send reads it. The caller has locked them. */
export async function updateDenormalised(sql: Sql, userId: string): Promise<void> {
  await sql`
    update users u set muted_until = s.muted, suspended_until = s.suspended
    from (
      select
        max(until) filter (where kind = 'mute') as muted,
        max(until) filter (where kind in ('suspend', 'ban')) as suspended
      from sanctions where user_id = ${userId} and lifted_at is null and until > now()
    ) s
    where u.id = ${userId}
  `;
}

/** Which sanctions somebody wants to see. */
export interface SanctionFilter {
  readonly userId?: string | undefined;
  readonly kind?: SanctionKind | undefined;
  readonly state?: SanctionState | undefined;
}

/** A sanction with the person, as the list shows it. */
export type ListedSanction = Sanction & { readonly user: { readonly id: string; readonly name: string } };

interface SelectOptions {
  readonly viewerId: string;
  readonly filter: SanctionFilter;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Newest first, by sanctions_created_idx or the person's index. */
export async function selectSanctions(
  sql: Sql,
  { viewerId, filter, after, limit }: SelectOptions,
): Promise<{ sanction: ListedSanction; at: string }[]> {
  const { userId, kind, state } = filter;
  // The bans that wait are few and have an index of their own.
  const waiting = state === "awaiting_confirmation";
  return await sql<{ sanction: ListedSanction; at: string }[]>`
    select ${sanctionJson(sql, "s")} || jsonb_build_object('user', jsonb_build_object('id', u.id, 'name', u.name))
      as sanction, s.created_at::text as at
    from sanctions s join users u on u.id = s.user_id
    where ${notAbout(sql, viewerId, sql`s.user_id`)}
      ${userId ? sql`and s.user_id = ${userId}` : sql``}
      ${kind ? sql`and s.kind = ${kind}` : sql``}
      ${waiting ? sql`and s.kind = 'ban' and s.confirmed_at is null and s.lifted_at is null` : sql``}
      ${state ? sql`and ${sanctionState(sql, "s")} = ${state}` : sql``}
      ${after ? sql`and (s.created_at, s.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)` : sql``}
    order by s.created_at desc, s.id desc
    limit ${limit}
  `;
}
