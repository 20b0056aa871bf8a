/**
 * Queries for invariants between tables, run at the end of tests, above all of races.
 * @module
 */
import type { Sql } from "../../server/db/client.ts";

interface Violation {
  readonly rule: string;
  readonly subject: string;
}

/**
 * Each table is read whole, once: what is spread over machines is put together first.
 *
 * @returns Every rule that does not hold and where; empty when all is well.
 *
 * @example
 * ```ts
 * expect(await findViolations(context.database.sql)).toEqual([]);
 * ```
 */
export async function findViolations(sql: Sql): Promise<Violation[]> {
  const rows = await sql<Violation[]>`
    with messages as materialized (select * from public.messages),
    read_marks as materialized (select * from public.read_marks),
    user_events as materialized (select * from public.user_events),
    requests as (
      select q.*, least(q.sender_id, q.receiver_id) as user1_id, greatest(q.sender_id, q.receiver_id) as user2_id
      from message_requests q
    ), counted as (
      select m.conversation_id, count(*) as n, min(m.seq) as low, max(m.seq) as high,
        count(*) filter (where m.receiver_id = c.user1_id) as received1,
        count(*) filter (where m.receiver_id = c.user2_id) as received2,
        count(*) filter (where m.receiver_id = c.user1_id and m.seq <= c.user1_read_seq) as read1,
        count(*) filter (where m.receiver_id = c.user2_id and m.seq <= c.user2_read_seq) as read2
      from messages m join conversations c on c.id = m.conversation_id
      where m.seq is not null group by m.conversation_id
    ), marked as (
      select conversation_id, reader_id, max(seq) as seq from read_marks group by conversation_id, reader_id
    ), logged as (
      select e.user_id, count(*) as n, min(e.seq) as low, max(e.seq) as high
      from user_events e join user_logs l on l.user_id = e.user_id and e.seq > l.trimmed_seq group by e.user_id
    ), told as (
      select e.message_id, array_agg(e.user_id order by e.user_id) as people
      from user_events e where e.event = 'new_message' group by e.message_id
    )
    select 'messages of a conversation are numbered 1, 2, 3 … up to its last_seq' as rule, c.id::text as subject
      from conversations c left join counted m on m.conversation_id = c.id
      where (coalesce(m.n, 0), coalesce(m.high, 0), coalesce(m.low, 1)) <> (c.last_seq, c.last_seq, 1)
    union all
    select 'a conversation''s id, and that of every message, follows from its two people', c.id::text
      from conversations c where c.id <> conversation_id_of(c.user1_id, c.user2_id)
    union all
    select 'a conversation''s id, and that of every message, follows from its two people', m.id::text
      from messages m where m.conversation_id <> conversation_id_of(m.sender_id, m.receiver_id)
    union all
    select 'what is received, and what of it is read, is what the messages say', c.id::text
      from conversations c left join counted m on m.conversation_id = c.id
      where (c.user1_received, c.user2_received, c.user1_read, c.user2_read)
        <> (coalesce(m.received1, 0), coalesce(m.received2, 0), coalesce(m.read1, 0), coalesce(m.read2, 0))
    union all
    select 'a watermark is where its last mark is', c.id::text
      from conversations c
      cross join lateral (values (c.user1_id, c.user1_read_seq), (c.user2_id, c.user2_read_seq)) as r (id, seq)
      left join marked k on k.conversation_id = c.id and k.reader_id = r.id
      where r.seq <> coalesce(k.seq, 0)
    union all
    select 'a mark stands at a message to its reader', k.conversation_id::text || ' ' || k.seq
      from read_marks k
      left join messages m on m.conversation_id = k.conversation_id and m.seq = k.seq and m.receiver_id = k.reader_id
      where m.id is null
    union all
    select 'presence has a row for everybody, with the profile''s gender and settings', u.id::text
      from users u left join user_presence p on p.user_id = u.id
      where (p.gender, p.show_activity_status, p.is_active)
        is distinct from (u.gender, u.show_activity_status, u.is_active)
    union all
    select 'a conversation points at its last message', c.id::text
      from conversations c
      left join messages m on m.conversation_id = c.id and m.seq = c.last_seq
      where c.last_message_id is distinct from m.id
    union all
    select 'messages are between the two people of their conversation', m.id::text
      from messages m join conversations c on c.id = m.conversation_id
      where least(m.sender_id, m.receiver_id) <> c.user1_id or greatest(m.sender_id, m.receiver_id) <> c.user2_id
    union all
    select 'a message that has a place has a conversation', m.id::text
      from messages m
      where m.seq is not null and not exists (select from conversations c where c.id = m.conversation_id)
    union all
    select 'a message that waits for its place is of people that there are', m.id::text
      from messages m
      where m.seq is null
        and not (exists (select from users u where u.id = m.sender_id) and exists (select from users u where u.id = m.receiver_id))
    union all
    select 'events of a user are numbered 1, 2, 3 … up to the head of the log', l.user_id::text
      from user_logs l left join logged e on e.user_id = l.user_id
      where (coalesce(e.n, 0), coalesce(e.low, l.trimmed_seq + 1), coalesce(e.high, l.trimmed_seq))
        <> (l.last_seq - l.trimmed_seq, l.trimmed_seq + 1, l.last_seq)
    union all
    select 'a message with a place is told of once to both of its people', m.id::text
      from messages m left join told on told.message_id = m.id
      where m.seq is not null
        -- Whoever has left for good has no log any more.
        and coalesce(told.people, '{}') is distinct from (
          select coalesce(array_agg(l.user_id order by l.user_id), '{}')
          from user_logs l where l.user_id in (m.sender_id, m.receiver_id))
    union all
    select 'at most one request of a pair is pending', user1_id::text
      from requests where status = 'pending' group by user1_id, user2_id having count(*) > 1
    union all
    select 'nothing is pending beside a conversation', q.id::text
      from requests q join conversations c on c.user1_id = q.user1_id and c.user2_id = q.user2_id
      where q.status = 'pending'
    union all
    select 'nothing is pending across a block', q.id::text
      from message_requests q
      join user_blocks b on (b.blocker_id, b.blocked_id) in ((q.sender_id, q.receiver_id), (q.receiver_id, q.sender_id))
      where q.status = 'pending'
    union all
    select 'a request and its message say the same', q.id::text
      from message_requests q join messages m on m.id = q.message_id
      where m.request_status is distinct from q.status or m.request_id is distinct from q.id or not m.is_request
    union all
    select 'an accepted request has a place in a conversation, a pending or declined one has none', m.id::text
      from messages m
      -- A cancelled one may have: a direct message of a premium sender took its place.
      where m.is_request and m.request_status <> 'cancelled'
        and (m.request_status = 'accepted') <> (m.seq is not null)
    union all
    select 'an accepted request has made a match', q.id::text
      from requests q
      where q.status = 'accepted'
        and not exists (select 1 from matches m where m.user1_id = q.user1_id and m.user2_id = q.user2_id)
    union all
    select 'a match and its conversation go together', m.id::text
      from matches m left join conversations c on c.user1_id = m.user1_id and c.user2_id = m.user2_id
      where (m.status, coalesce(c.status, 'none')) not in
        (('active', 'active'), ('unmatched', 'archived'), ('unmatched', 'blocked'), ('blocked', 'blocked'), ('blocked', 'archived'))
    union all
    select 'a conversation with a match awaits nobody''s reply', c.id::text
      from conversations c join matches m on m.user1_id = c.user1_id and m.user2_id = c.user2_id
      where m.status = 'active' and c.awaiting_reply_from is not null
    union all
    select 'only a pending request, or a conversation, hides its target', a.id::text
      from user_actions a
      where a.action_type = 'message_request'
        and not exists (
          select 1 from message_requests q
          where q.sender_id = a.actor_id and q.receiver_id = a.target_id and q.status = 'pending')
        and not exists (
          select 1 from conversations c
          where c.user1_id = least(a.actor_id, a.target_id) and c.user2_id = greatest(a.actor_id, a.target_id))
  `;
  return rows.map(({ rule, subject }) => ({ rule, subject }));
}
