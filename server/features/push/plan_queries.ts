/**
 * SQL of a device's turn: taking a device that is due, what it has not received, and what became of it. Which devices
 * are due is hint_queries.ts's. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { blockExists, isMutedNow, isSuspendedNow, unreadTotal } from "../../db/fragments.ts";
import type { DurableEventName } from "../../protocol/events.ts";
import type { ProviderName } from "./schema.ts";

/** Events that are shown. */
const SHOWN = ["new_message", "request_received", "match_created", "moderation_notice"] as const;
/** Events that change how much is unread without showing anything: the badge is corrected. */
const SILENT = ["message_read", "match_removed", "conversation_updated"] as const;

/** Events worth a look; a message that one sent, or that somebody else read, is not. */
export const LOOKED_AT: readonly DurableEventName[] = [...SHOWN, ...SILENT];

/** Whether an event shows nothing. */
export function isSilent(event: DurableEventName): boolean {
  return (SILENT as readonly DurableEventName[]).includes(event);
}

/** An event is left to the sockets for so long, ms. */
export const GRACE_MS = 5_000;
/** A sender that has not finished a device within this has died, or stalled: another one takes it, seconds. */
export const LEASE_SECONDS = 60;
/** What could not be sent for so long is let go, seconds. */
export const GIVE_UP_SECONDS = 3_600;
/** Events looked at in one go. */
export const OWED_AT_ONCE = 200;

/** A device that this process has the lease of. */
export interface TakenDevice {
  readonly id: string;
  readonly userId: string;
  readonly provider: ProviderName;
  readonly token: string;
  readonly tokenHash: Uint8Array;
  /** To the microsecond, which a Date does not hold. */
  readonly tokenSince: string;
  readonly appId: string | null;
  readonly environment: "production" | "sandbox" | null;
  readonly locale: string | null;
  readonly preview: "none" | "name" | "text";
  readonly badge: number | null;
  readonly attempts: number;
  readonly lease: string;
  readonly hintedSeq: number;
  /** What is due has been tried for too long, or the person may not be notified at all. */
  readonly isOver: boolean;
  /** Messages that the person has not read. */
  readonly unread: number;
}

/** An event that a device has not received. */
export interface OwedEvent {
  readonly deviceId: string;
  readonly seq: number;
  readonly event: DurableEventName;
  readonly conversationId: string | null;
  /** What it is about where there is no conversation: a request. */
  readonly subjectId: string | null;
  readonly createdAt: Date;
  /** Whether it still is worth a notification. */
  readonly counts: boolean;
  /** The name of whom it is about, for a device that shows names. */
  readonly name: string | null;
  /** What they wrote, for a device that shows texts. */
  readonly text: string | null;
}

/**
 * Takes devices of one provider that are due, each for one process at a time: `skip locked` gives processes that ask at
 * the same moment different ones, and `due_at` moves to the end of the lease. By devices_due_idx.
 */
export async function claimDevices(
  sql: Sql,
  { provider, limit, lease }: { provider: ProviderName; limit: number; lease: string },
): Promise<TakenDevice[]> {
  return await sql<TakenDevice[]>`
    with taken as (
      update devices set
        lease = ${lease}, attempts = attempts + 1, due_at = now() + make_interval(secs => ${LEASE_SECONDS}),
        tried_since = coalesce(tried_since, now())
      where id in (
        select id from devices
        where provider = ${provider} and due_at <= now() and disabled_at is null
        order by due_at limit ${limit}
        for update skip locked
      )
      returning *
    )
    select t.id, t.user_id, t.provider, t.token, t.token_hash, t.token_since::text, t.app_id, t.environment, t.locale,
      t.preview, t.badge, t.attempts, t.lease, t.hinted_seq::float8,
      t.tried_since < now() - make_interval(secs => ${GIVE_UP_SECONDS})
        or s.revoked_at is not null or not u.is_active or ${isSuspendedNow(sql, "u")} as is_over,
      ${unreadTotal(sql, sql`t.user_id`)} as unread
    from taken t join sessions s on s.id = t.session_id join users u on u.id = t.user_id
  `;
}

/**
 * What devices have not received, judged as of now: what was read, withdrawn, ended or blocked meanwhile, comes from
 * oneself, or from somebody who is suspended, muted or gone, does not count. The range is user_events_pkey, the rest are lookups by unique keys.
 *
 * @param of.graceMs Younger events are left to the sockets.
 * @returns In the order of the log, a device's first 200 events.
 */
export async function selectOwed(
  sql: Sql,
  { deviceIds, graceMs }: { deviceIds: readonly string[]; graceMs: number },
): Promise<OwedEvent[]> {
  const other = sql`coalesce(m.sender_id, (e.data->>'sender_id')::uuid, (e.data->>'user_id')::uuid)`;
  return await sql<OwedEvent[]>`
    select d.id as device_id, e.seq::float8, e.event, e.created_at,
      coalesce(e.conversation_id::text, e.data->>'conversation_id') as conversation_id,
      e.data->>'request_id' as subject_id,
      coalesce(case e.event
        when 'new_message' then m.sender_id <> d.user_id and not ${wasRead(sql)} and c.status = 'active' and ${heard(sql)}
        when 'request_received' then ${heard(sql)} and exists (
          select 1 from message_requests r
          where r.id = (e.data->>'request_id')::uuid and r.status = 'pending'
        )
        when 'match_created' then ${heard(sql)} and exists (
          select 1 from matches x where x.id = (e.data->>'match_id')::uuid and x.status = 'active'
        )
        when 'moderation_notice' then true
        when 'message_read' then e.data->>'read_by' = d.user_id::text
        else e.event = any(${SILENT as unknown as string[]})
      end, false) as counts,
      case when d.preview <> 'none' then o.name end as name,
      case when d.preview = 'text' then
        case e.event
          when 'new_message' then case when m.message_type <> 'image' then m.content end
          when 'request_received' then e.data->>'preview_text'
          when 'moderation_notice' then e.data->>'text'
        end
      end as text
    from devices d
    join user_logs l on l.user_id = d.user_id
    cross join lateral (
      select * from user_events e
      where (e.user_id, e.seq) > (d.user_id, greatest(d.pushed_seq, d.received_seq))
        and (e.user_id, e.seq) <= (d.user_id, l.last_seq)
        and e.created_at <= now() - make_interval(secs => ${graceMs / 1000})
      order by e.user_id, e.seq
      limit ${OWED_AT_ONCE}
    ) e
    left join messages m on m.id = e.message_id and m.conversation_id = e.conversation_id and e.event = 'new_message'
    left join conversations c on c.id = m.conversation_id
    left join users o on o.id = ${other}
    where d.id = any(${deviceIds as string[]}::uuid[])
    order by d.id, e.seq
  `;
}

/** Whether the other person may be heard by this one at all. */
function heard(sql: Sql) {
  return sql`(o.is_active and not ${isSuspendedNow(sql, "o")} and not ${isMutedNow(sql, "o")}
    and not ${blockExists(sql, sql`d.user_id`, sql`o.id`)})`;
}

/** Whether the receiver of message `m` in conversation `c` has read it. */
function wasRead(sql: Sql) {
  return sql`(m.seq <= case when m.receiver_id = c.user1_id then c.user1_read_seq else c.user2_read_seq end)`;
}

/** Whether the device may still be notified: its session may end between the plan and the sending. */
export async function selectStillLeased(sql: Sql, { id, lease }: TakenDevice): Promise<boolean> {
  const rows = await sql`
    select 1 from devices d join sessions s on s.id = d.session_id and s.revoked_at is null
    where d.id = ${id} and d.lease = ${lease}
  `;
  return rows.length > 0;
}

/** What became of a device's turn. */
export interface TurnEnd {
  /** Everything up to here is decided. */
  readonly pushedSeq: number | null;
  /** The unread total that it shows now; undefined: as before. */
  readonly badge?: number | undefined;
  /** When it is due again, ms from now; null: when it is hinted at. */
  readonly againMs: number | null;
  /** When it is due again because of a hint that came during the turn, ms from now. */
  readonly hintedMs: number;
  /** Whether the attempts begin anew. */
  readonly isSettled: boolean;
}

/** Ends a device's turn, unless somebody else has taken it meanwhile. */
export async function updateTurnEnded(
  sql: Sql,
  { id, lease }: Pick<TakenDevice, "id" | "lease">,
  { pushedSeq, badge, againMs, hintedMs, isSettled }: TurnEnd,
): Promise<void> {
  const again = againMs === null ? sql`null` : sql`now() + make_interval(secs => ${againMs / 1000})`;
  await sql`
    update devices set
      lease = null,
      pushed_seq = greatest(pushed_seq, ${pushedSeq ?? 0}::bigint),
      badge = case when ${badge === undefined} then badge else ${badge ?? null}::int end,
      due_at = coalesce(${again}, case when hinted_seq > greatest(pushed_seq, received_seq, ${pushedSeq ?? 0}::bigint)
        then now() + make_interval(secs => ${hintedMs / 1000}) end),
      attempts = case when ${isSettled} then 0 else attempts end,
      tried_since = case when ${isSettled} then null else tried_since end
    where id = ${id} and lease = ${lease}
  `;
}

/**
 * The provider says that a token is dead. Nothing happens when it was registered anew, the same or another one, since the
 * device was taken, or after the moment that the provider speaks of.
 *
 * @returns Whether the device was disabled.
 */
export async function updateDisabled(
  sql: Sql,
  device: Pick<TakenDevice, "id" | "tokenHash" | "tokenSince">,
  { reason, since }: { reason: string; since: number | undefined },
): Promise<boolean> {
  const rows = await sql`
    update devices set disabled_at = now(), disabled_reason = ${reason.slice(0, 100)},
      lease = null, due_at = null, tried_since = null, attempts = 0
    where id = ${device.id} and token_hash = ${device.tokenHash} and disabled_at is null
      and token_since = ${device.tokenSince}::text::timestamptz
      and (${since ?? null}::float8 is null or token_since <= to_timestamp(${since ?? 0}::float8 / 1000))
    returning 1
  `;
  return rows.length > 0;
}

/** The same, by a receipt: of a notification that was sent at that moment, to the token of then. */
export async function updateDisabledSince(
  sql: Sql,
  { deviceId, reason, sentAt }: { deviceId: string; reason: string; sentAt: number },
): Promise<void> {
  await sql`
    update devices set disabled_at = now(), disabled_reason = ${reason.slice(0, 100)}, due_at = null, lease = null
    where id = ${deviceId} and disabled_at is null and token_since <= to_timestamp(${sentAt}::float8 / 1000)
  `;
}
