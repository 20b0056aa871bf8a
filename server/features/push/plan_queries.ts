/**
 * SQL of a device's turn: taking devices that are due, and what became of them, many devices a statement. What they have
 * not received is owed_queries.ts's, which devices are due hint_queries.ts's. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { isSuspendedNow, unreadTotal } from "../../db/fragments.ts";
import type { ProviderName } from "./schema.ts";

/** An event is left to the sockets for so long, ms. */
export const GRACE_MS = 5_000;
/** A sender that has not finished a device within this has died, or stalled: another one takes it, seconds. */
export const LEASE_SECONDS = 60;
/** What could not be sent for so long is let go, seconds. */
export const GIVE_UP_SECONDS = 3_600;
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
 * A device's session may end, or its lease, between the plan and the sending. By devices_pkey.
 *
 * @returns The ids of those that may still be notified.
 */
export async function selectStillLeased(
  sql: Sql,
  devices: readonly Pick<TakenDevice, "id" | "lease">[],
): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`
    select d.id
    from unnest(${devices.map(({ id }) => id)}::uuid[], ${devices.map(({ lease }) => lease)}::uuid[]) as t (id, lease)
    join devices d on d.id = t.id and d.lease = t.lease
    join sessions s on s.id = d.session_id and s.revoked_at is null
  `;
  return new Set(rows.map(({ id }) => id));
}

/** What became of a device's turn. */
export interface TurnEnd {
  readonly device: Pick<TakenDevice, "id" | "userId" | "lease">;
  /** Everything up to here is decided; null: nothing is. */
  readonly pushedSeq: number | null;
  /** The unread total that it shows now; undefined: as before. */
  readonly badge?: number | undefined;
  /** When it is due again, ms from now; null: when there is more. */
  readonly againMs: number | null;
  /** Whether the attempts begin anew. */
  readonly isSettled: boolean;
}

/**
 * Ends devices' turns, except those that somebody else has taken meanwhile. A device whose log has gone on is due again
 * after a while, so that no hint has to write anything while the conversation lasts. By devices_pkey and
 * user_logs_pkey.
 *
 * @param options.moreMs When a device is due again that has more, ms from now.
 */
export async function updateTurnsEnded(
  sql: Sql,
  ends: readonly TurnEnd[],
  { moreMs }: { moreMs: number },
): Promise<void> {
  await sql`
    update devices d set
      lease = null,
      pushed_seq = greatest(d.pushed_seq, t.pushed_seq),
      badge = coalesce(t.badge, d.badge),
      due_at = case
        when t.again_ms is not null then now() + make_interval(secs => t.again_ms / 1000)
        when greatest(d.pushed_seq, d.received_seq, t.pushed_seq)
          < greatest(d.hinted_seq, case when t.pushed_seq is not null then l.last_seq end)
        then now() + make_interval(secs => ${moreMs / 1000})
      end,
      attempts = case when t.is_settled then 0 else d.attempts end,
      tried_since = case when t.is_settled then null else d.tried_since end
    from unnest(
      ${ends.map(({ device }) => device.id)}::uuid[], ${ends.map(({ device }) => device.userId)}::uuid[],
      ${ends.map(({ device }) => device.lease)}::uuid[],
      ${ends.map(({ pushedSeq }) => pushedSeq)}::bigint[], ${ends.map(({ badge }) => badge ?? null)}::int[],
      ${ends.map(({ againMs }) => againMs)}::float8[], ${ends.map(({ isSettled }) => Number(isSettled))}::int[]::boolean[]
    ) as t (id, user_id, lease, pushed_seq, badge, again_ms, is_settled)
    left join user_logs l on l.user_id = t.user_id
    where d.id = t.id and d.lease = t.lease
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
