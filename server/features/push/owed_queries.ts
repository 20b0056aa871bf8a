/**
 * SQL that finds what devices have not received and what of it still is worth a notification. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { blockExists, isMutedNow, isSuspendedNow } from "../../db/fragments.ts";
import type { DurableEventName } from "../../protocol/events.ts";

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

/** Events looked at in one go, of one device. */
const OWED_AT_ONCE = 200;
/** Of a group, at first. */
const JUDGED_FIRST = 8;

/** The newest event of a conversation, or of what else shares a notification, that still is worth one. */
export interface OwedEvent {
  readonly seq: number;
  /** Position of the first event that shares the notification. */
  readonly firstSeq: number;
  readonly event: DurableEventName;
  readonly conversationId: string | null;
  /** What it is about where there is no conversation: a request. */
  readonly subjectId: string | null;
  readonly createdAt: Date;
  /** The name of whom it is about, for a device that shows names. */
  readonly name: string | null;
  /** What they wrote, for a device that shows texts. */
  readonly text: string | null;
}

/** What a device has not received. */
export interface Owed {
  /** Position of the last event that was looked at, whether it counts or not. */
  readonly headSeq: number;
  /** Whether there may be events beyond it that are old enough. */
  readonly hasMore: boolean;
  /** In the order of their first events. */
  readonly events: readonly OwedEvent[];
}

interface OwedRow extends Omit<OwedEvent, "seq"> {
  readonly deviceId: string;
  readonly headSeq: number;
  readonly scanned: number;
  /** Null: nothing of the group counts. */
  readonly seq: number | null;
  /** Nothing that was looked into counts, and there is more of it. */
  readonly isOpen: boolean;
}

/**
 * What devices have not received, judged as of now: what was read, withdrawn, ended or blocked meanwhile, comes from
 * oneself, or from somebody who is suspended, muted or gone, does not count.
 *
 * Each device's part of the log is read once by user_events_pkey and grouped by what shares a notification. Of each group
 * events are then judged from the newest backwards until one counts, which mostly is one of the first: so only a few of
 * each are looked into, and devices with a group of which none of these counts are asked about once more, wholly.
 *
 * @param of.graceMs Younger events are left to the sockets.
 * @returns By device; those without an event are missing.
 */
export async function selectOwed(
  sql: Sql,
  { deviceIds, graceMs }: { deviceIds: readonly string[]; graceMs: number },
): Promise<Map<string, Owed>> {
  const first = await selectJudged(sql, { deviceIds, graceMs, newest: JUDGED_FIRST });
  const open = new Set(first.flatMap(({ deviceId, isOpen }) => (isOpen ? [deviceId] : [])));
  const others =
    open.size > 0 ? await selectJudged(sql, { deviceIds: [...open], graceMs, newest: OWED_AT_ONCE }) : [];
  const rows = [...first.filter(({ deviceId }) => !open.has(deviceId)), ...others];
  return new Map(
    [...Map.groupBy(rows, ({ deviceId }) => deviceId)].map(([deviceId, groups]) => {
      const { headSeq, scanned } = groups[0]!;
      const events = groups.filter((row): row is OwedRow & OwedEvent => row.seq !== null);
      return [deviceId, { headSeq, hasMore: scanned === OWED_AT_ONCE, events }];
    }),
  );
}

/**
 * One row a group, in the order of their first events; a single one for a device whose events are in none. The array of
 * ids keeps the look-up of messages one by messages_pkey: as a plain join it became a hash join that read the whole of
 * messages for a few hundred events.
 */
async function selectJudged(
  sql: Sql,
  { deviceIds, graceMs, newest }: { deviceIds: readonly string[]; graceMs: number; newest: number },
): Promise<OwedRow[]> {
  return await sql<OwedRow[]>`
    with due as materialized (
      select d.id as device_id, d.user_id, d.preview, l.last_seq,
        greatest(d.pushed_seq, d.received_seq, l.trimmed_seq) as after_seq
      from devices d join user_logs l on l.user_id = d.user_id
      where d.id = any(${deviceIds as string[]}::uuid[])
    ),
    scanned as materialized (
      select d.device_id, d.user_id, d.preview, ${groupKey(sql)} as key,
        e.seq, e.event, e.conversation_id, e.message_id, e.data, e.created_at
      from due d join user_events e on e.user_id = d.user_id
        and e.seq > d.after_seq and e.seq <= least(d.after_seq + ${OWED_AT_ONCE}, d.last_seq)
      where e.created_at <= now() - make_interval(secs => ${graceMs / 1000})
    ),
    candidates as materialized (
      select * from (
        select s.*, row_number() over (partition by device_id, key order by seq desc) as nth
        from scanned s where key is not null
      ) s
      where nth <= ${newest}::int
    ),
    named as materialized (
      select id, seq, sender_id, receiver_id, message_type, content from messages
      where id = any(array(select message_id from candidates where event in ('new_message', 'message_read')))
    ),
    heads as (
      select device_id, max(seq) as head_seq, count(*)::int as scanned from scanned group by device_id
    ),
    groups as (
      select device_id, user_id, preview, key, min(seq) as first_seq, count(*) as size
      from scanned where key is not null
      group by device_id, user_id, preview, key
    ),
    newest as (
      select d.device_id, d.first_seq, n.*
      from groups d
      cross join lateral (
        select e.seq, e.event, e.created_at, e.data->>'request_id' as subject_id,
          coalesce(e.conversation_id::text, e.data->>'conversation_id') as conversation_id,
          case when d.preview <> 'none' then o.name end as name,
          case when d.preview = 'text' then
            case e.event
              when 'new_message' then case when m.message_type <> 'image' then m.content end
              when 'request_received' then e.data->>'preview_text'
              when 'moderation_notice' then e.data->>'text'
            end
          end as text
        from candidates e
        left join lateral (
          select m.sender_id, m.message_type, m.content, c.status,
            m.seq <= case when m.receiver_id = c.user1_id then c.user1_read_seq else c.user2_read_seq end as is_read
          from named m join conversations c on c.id = e.conversation_id
          where m.id = e.message_id and e.event = 'new_message'
          limit 1
        ) m on true
        left join lateral (
          select * from users
          where id = coalesce(m.sender_id, (e.data->>'sender_id')::uuid, (e.data->>'user_id')::uuid)
          limit 1
        ) o on true
        where e.device_id = d.device_id and e.key = d.key and ${counts(sql)}
        order by e.seq desc
        limit 1
      ) n
    )
    select h.device_id, h.head_seq::float8, h.scanned, n.seq::float8, n.first_seq::float8, n.event, n.created_at,
      n.conversation_id, n.subject_id, n.name, n.text, n.seq is null and coalesce(g.size, 0) > ${newest}::int as is_open
    from heads h
    left join groups g on g.device_id = h.device_id
    left join newest n on n.device_id = g.device_id and n.first_seq = g.first_seq
    order by g.first_seq
  `;
}

/**
 * Events `e` that share a key share a notification: of a conversation, else of a request, else each its own; all silent
 * ones together. Null: never notified.
 */
function groupKey(sql: Sql) {
  return sql`case
    when e.event = any(${SILENT as unknown as string[]}) then 'silent'
    when e.event = any(${SHOWN as unknown as string[]}) then
      coalesce(e.conversation_id::text, e.data->>'conversation_id', e.data->>'request_id', e.event || e.seq)
  end`;
}

/** Whether event `e`, about message `m` and person `o`, is worth a notification of device `d`. */
function counts(sql: Sql) {
  const isHeard = sql`(o.is_active and not ${isSuspendedNow(sql, "o")} and not ${isMutedNow(sql, "o")}
    and not ${blockExists(sql, sql`d.user_id`, sql`o.id`)})`;
  return sql`case e.event
    when 'new_message' then m.sender_id <> d.user_id and not m.is_read and m.status = 'active' and ${isHeard}
    when 'request_received' then ${isHeard} and exists (
      select 1 from message_requests r
      where r.id = (e.data->>'request_id')::uuid and r.status = 'pending'
    )
    when 'match_created' then ${isHeard} and exists (
      select 1 from matches x where x.id = (e.data->>'match_id')::uuid and x.status = 'active'
    )
    when 'message_read' then exists (
      select 1 from named r where r.id = e.message_id and r.receiver_id = d.user_id
    )
    else true
  end`;
}
