/**
 * The one statement that marks a batch of messages as read. It judges by what the database holds; retries and errors
 * are the writer's.
 * @module
 */
import { writeArray } from "../../db/arrays.ts";
import type { Sql } from "../../db/client.ts";
import { isPremiumNow, readAt, wireTime } from "../../db/fragments.ts";

/** A message that somebody has read. */
export interface NewMark {
  readonly readerId: string;
  readonly messageId: string;
  /** The conversation that the message must belong to; null: any. */
  readonly conversationId: string | null;
}

/** Where an event stands in a person's log. */
export interface LogPlace {
  readonly userId: string;
  readonly seq: number;
}

/** What became of one mark of a batch. */
export type MarkOutcome =
  /** `told` is the event of a mark that moved the watermark: once for all marks that it covers. */
  | { readonly kind: "read"; readonly readAt: string; readonly told?: Told }
  /** No such message of the reader's. */
  | { readonly kind: "unknown" | "blocked" | "own" }
  /** A request's message that has no place yet: not decided by this statement. */
  | { readonly kind: "slow" }
  /** The conversation changed while the statement waited for it: the next one sees how. */
  | { readonly kind: "again" };

/** What the watermark's move is told as. */
export interface Told {
  readonly conversationId: string;
  readonly seq: number;
  /** The reader's, and the sender's where receipts are theirs to see. */
  readonly places: readonly LogPlace[];
}

interface Answer {
  /** Place in the batch (from 1), kind, conversation, number of the message in it, when it was read before. */
  readonly judged: readonly (readonly [number, string, string, number | null, string | null])[] | null;
  /** Of each watermark that moved: place in the batch of the mark that it moved to, number, the message's sender. */
  readonly moved: readonly (readonly [number, number, string])[] | null;
  /** Of the logs: twice the place in the batch, one more for the sender's; position. */
  readonly logged: readonly (readonly [number, number])[] | null;
  readonly now: string;
}

/**
 * Moves watermarks in one statement: one for each reader and conversation, to the furthest of their marks.
 *
 * Locks come in the order of the house: conversations by id, then user_logs by user. A conversation's row is read anew
 * when it is locked; if somebody else has moved one of its watermarks past the mark meanwhile, or has blocked, nothing
 * happens to it and its marks are judged `again`. What is newly read is counted in messages_order_key, from the old
 * watermark to the new one: each message once.
 *
 * @returns One outcome a mark, in their order.
 */
export async function insertMarks(sql: Sql, marks: readonly NewMark[]): Promise<MarkOutcome[]> {
  const newlyRead = (reader: "user1" | "user2", seq: "seq1" | "seq2") => sql`
    case when g.${sql(seq)} is null then 0 else (
      select count(*) from messages m
      where m.conversation_id = c.id and m.seq > c.${sql(`${reader}_read_seq`)} and m.seq <= g.${sql(seq)}
        and m.receiver_id = c.${sql(`${reader}_id`)}
    ) end`;
  const [answer] = await sql<[Answer]>`
    with batch as materialized (
      select
        ${writeArray(marks.map((mark) => mark.readerId))}::uuid[] as reader_ids,
        ${writeArray(marks.map((mark) => mark.messageId))}::uuid[] as message_ids,
        ${writeArray(marks.map((mark) => mark.conversationId))}::uuid[] as conversation_ids
    ), judged as materialized (
      select i.n, m.conversation_id, m.seq, c.user1_id = i.reader_id as by_first, ${isPremiumNow(sql, "s")} as premium,
        case
          when m.seq is null then 'slow'
          when c.status = 'blocked' then 'blocked'
          when m.sender_id = i.reader_id then 'own'
          when m.seq <= case when c.user1_id = i.reader_id then c.user1_read_seq else c.user2_read_seq end then 'known'
          else 'moved'
        end as kind,
        ${readAt(sql, "m")} as read_at
      from batch b
      cross join lateral unnest(b.reader_ids, b.message_ids, b.conversation_ids)
        with ordinality as i (reader_id, message_id, conversation_id, n)
      join messages m on m.id = i.message_id and m.conversation_id = coalesce(i.conversation_id, m.conversation_id)
      left join conversations c on c.id = m.conversation_id
      left join users s on s.id = m.sender_id
      where i.reader_id in (m.sender_id, m.receiver_id)
    ), locked as (
      update conversations c set
        user1_read_seq = coalesce(g.seq1, c.user1_read_seq), user1_read = c.user1_read + ${newlyRead("user1", "seq1")},
        user2_read_seq = coalesce(g.seq2, c.user2_read_seq), user2_read = c.user2_read + ${newlyRead("user2", "seq2")}
      from (
        select j.conversation_id,
          max(j.seq) filter (where j.by_first) as seq1, max(j.seq) filter (where not j.by_first) as seq2,
          (array_agg(j.n order by j.seq desc) filter (where j.by_first))[1] as n1,
          (array_agg(j.n order by j.seq desc) filter (where not j.by_first))[1] as n2,
          bool_or(j.premium) filter (where j.by_first) as premium1,
          bool_or(j.premium) filter (where not j.by_first) as premium2
        from judged j where j.kind = 'moved' group by j.conversation_id order by j.conversation_id
      ) g
      where c.id = g.conversation_id and c.status <> 'blocked'
        and coalesce(g.seq1 > c.user1_read_seq, true) and coalesce(g.seq2 > c.user2_read_seq, true)
      returning c.id, c.user1_id, c.user2_id, c.status, g.seq1, g.seq2, g.n1, g.n2, g.premium1, g.premium2
    ), moved as materialized (
      select l.id as conversation_id, s.* from locked l cross join lateral (
        values (l.n1, l.user1_id, l.user2_id, l.seq1, l.premium1 and l.status = 'active'),
          (l.n2, l.user2_id, l.user1_id, l.seq2, l.premium2 and l.status = 'active')
      ) as s (n, reader_id, sender_id, seq, tells_sender)
      where s.n is not null
    ), marked as (
      insert into read_marks (conversation_id, reader_id, seq) select conversation_id, reader_id, seq from moved
    ), bumped as (
      update user_logs l set last_seq = l.last_seq + g.count
      from (
        select s.user_id, count(*) as count, array_agg(s.slot) as slots, array_agg(s.conversation_id) as conversation_ids,
          array_agg(s.data) as datas
        from (
          select e.user_id, e.slot, p.conversation_id, jsonb_build_object(
            'message_id', b.message_ids[p.n], 'conversation_id', p.conversation_id, 'seq', p.seq,
            'read_by', p.reader_id, 'read_at', ${wireTime(sql, sql`now()`)}
          ) as data
          from moved p cross join batch b
          cross join lateral (values (p.reader_id, 2 * p.n, true), (p.sender_id, 2 * p.n + 1, p.tells_sender))
            as e (user_id, slot, is_told)
          where e.is_told
          order by e.user_id, e.slot
        ) s
        group by s.user_id order by s.user_id
      ) g
      where l.user_id = g.user_id
      returning l.user_id, l.last_seq - g.count as before, g.slots, g.conversation_ids, g.datas
    ), events as materialized (
      select u.user_id, u.before + e.nth as seq, e.slot, e.conversation_id, e.data
      from bumped u
      cross join lateral unnest(u.slots, u.conversation_ids, u.datas)
        with ordinality as e (slot, conversation_id, data, nth)
    ), logged as (
      insert into user_events (user_id, seq, event, conversation_id, message_id, data)
      select e.user_id, e.seq, 'message_read', e.conversation_id, b.message_ids[e.slot / 2], e.data
      from events e cross join batch b
    )
    select
      (select json_agg(json_build_array(n, kind, conversation_id, seq, ${wireTime(sql, sql`read_at`)})) from judged) as judged,
      (select json_agg(json_build_array(n, seq, sender_id)) from moved) as moved,
      (select json_agg(json_build_array(slot, seq)) from events) as logged,
      ${wireTime(sql, sql`now()`)} as now
  `;
  return collect(answer, marks);
}

function collect({ judged, moved, logged, now }: Answer, marks: readonly NewMark[]): MarkOutcome[] {
  const outcomes: MarkOutcome[] = marks.map(() => ({ kind: "unknown" }));
  const conversationOf = new Map((judged ?? []).map(([n, , conversationId]) => [n, conversationId]));
  const places = new Map<number, LogPlace[]>();
  const senders = new Map((moved ?? []).map(([n, , senderId]) => [n, senderId]));
  for (const [slot, seq] of logged ?? []) {
    const n = slot >> 1;
    const userId = slot % 2 === 0 ? marks[n - 1]!.readerId : senders.get(n)!;
    places.set(n, [...(places.get(n) ?? []), { userId, seq }]);
  }
  /** By conversation and reader: up to where they have read now. */
  const reached = new Map<string, number>();
  for (const [n, seq] of moved ?? []) {
    const conversationId = conversationOf.get(n)!;
    reached.set(conversationId + marks[n - 1]!.readerId, seq);
    const told = { conversationId, seq, places: places.get(n) ?? [] };
    outcomes[n - 1] = { kind: "read", readAt: now, told };
  }
  for (const [n, kind, conversationId, seq, before] of judged ?? []) {
    const index = n - 1;
    if (outcomes[index]!.kind === "read") continue;
    if (kind === "known") outcomes[index] = { kind: "read", readAt: before ?? now };
    else if (kind !== "moved") outcomes[index] = { kind: kind as "blocked" | "own" | "slow" };
    else {
      const isCovered = seq! <= (reached.get(conversationId + marks[index]!.readerId) ?? 0);
      outcomes[index] = isCovered ? { kind: "read", readAt: now } : { kind: "again" };
    }
  }
  return outcomes;
}
