/**
 * The one statement that marks a batch of messages as read. It judges by what the database holds; retries and errors
 * are the writer's.
 * @module
 */
import { readArray, writeArray, writeWords } from "../../db/arrays.ts";
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

/** Everything that one statement says: one row, each list as the text of an array (see db/arrays.ts). */
interface Answer {
  /** Of all marks: place in the batch (from 1), conversation, number in it. */
  readonly n: string | null;
  readonly conversationId: string | null;
  readonly seq: string | null;
  /** Of those that move nothing: place in the batch, kind. */
  readonly others: readonly (readonly [number, "known" | "unknown" | "slow" | "blocked" | "own"])[] | null;
  /** Of the known ones: when it was read before, by message. */
  readonly known: Readonly<Record<string, string | null>> | null;
  /** Of each watermark that moved: place in the batch of the mark that it moved to, number, the message's sender. */
  readonly movedN: string | null;
  readonly movedSeq: string | null;
  readonly senderId: string | null;
  /** Of the logs: twice the place in the list of what moved (from 1), one more for the sender's; position. */
  readonly logSlot: string | null;
  readonly logSeq: string | null;
  readonly now: string;
}

/**
 * Moves watermarks in one statement: one for each reader and conversation, to the furthest of their marks.
 *
 * Locks come in the order of the house: conversations by id, then user_logs by user. A conversation's row is read anew
 * when it is locked; if somebody else has moved one of its watermarks meanwhile, or has blocked, nothing happens to it and
 * its marks are judged `again`. What is newly read is counted in messages_order_key, from the old watermark to the new
 * one: each message once. Where rows are spread over machines and one of these messages is not visible yet, the mark is
 * judged `again`, too.
 *
 * @returns One outcome a mark, in their order.
 */
export async function insertMarks(sql: Sql, marks: readonly NewMark[]): Promise<MarkOutcome[]> {
  const [answer] = await sql<[Answer]>`
    with batch as materialized (
      select
        ${writeWords(marks.map((mark) => mark.readerId))}::uuid[] as reader_ids,
        ${writeWords(marks.map((mark) => mark.messageId))}::uuid[] as message_ids,
        ${writeArray(marks.map((mark) => mark.conversationId))}::uuid[] as conversation_ids
    ), named as materialized (
      select i.* from batch b cross join lateral unnest(b.reader_ids, b.message_ids, b.conversation_ids)
        with ordinality as i (reader_id, message_id, conversation_id, n)
    ), found as materialized (
      select i.n, i.reader_id, m.id, m.conversation_id, m.seq, m.sender_id, m.receiver_id
      from named i
      join messages m on m.id = i.message_id and m.conversation_id = coalesce(i.conversation_id, m.conversation_id)
    ), judged as materialized (
      select m.n, m.id, m.conversation_id, m.seq, c.user1_id = m.reader_id as by_first, ${isPremiumNow(sql, "s")} as premium,
        c.user1_id, c.user2_id, c.user1_read_seq as read1, c.user2_read_seq as read2,
        case
          when m.reader_id <> m.sender_id and m.reader_id <> m.receiver_id then 'unknown'
          when m.seq is null then 'slow'
          when c.status = 'blocked' then 'blocked'
          when m.sender_id = m.reader_id then 'own'
          when m.seq <= case when c.user1_id = m.reader_id then c.user1_read_seq else c.user2_read_seq end then 'known'
          else 'moved'
        end as kind
      from found m
      left join conversations c on c.id = m.conversation_id
      left join users s on s.id = m.sender_id
    ), known as materialized (
      select m.id, ${readAt(sql, "m")} as read_at from messages m
      where m.id = any(array(select j.id from judged j where j.kind = 'known'))
    ), moves as materialized (
      select j.conversation_id, j.user1_id, j.user2_id, j.read1, j.read2,
        max(j.seq) filter (where j.by_first) as seq1, max(j.seq) filter (where not j.by_first) as seq2,
        (array_agg(j.n order by j.seq desc) filter (where j.by_first))[1] as n1,
        (array_agg(j.n order by j.seq desc) filter (where not j.by_first))[1] as n2,
        bool_or(j.premium) filter (where j.by_first) as premium1,
        bool_or(j.premium) filter (where not j.by_first) as premium2
      from judged j where j.kind = 'moved'
      group by j.conversation_id, j.user1_id, j.user2_id, j.read1, j.read2
    ), counted as materialized (
      select g.conversation_id, g.read1, g.read2, g.seq1, g.seq2, g.n1, g.n2, g.premium1, g.premium2,
        count(*) filter (where m.receiver_id = g.user1_id and m.seq > g.read1 and m.seq <= g.seq1) as newly1,
        count(*) filter (where m.receiver_id = g.user2_id and m.seq > g.read2 and m.seq <= g.seq2) as newly2,
        count(*) as visible
      from moves g
      join messages m on m.conversation_id = g.conversation_id and m.seq <= greatest(g.seq1, g.seq2)
        and m.seq > least(case when g.seq1 is not null then g.read1 end, case when g.seq2 is not null then g.read2 end)
      group by g.conversation_id, g.read1, g.read2, g.seq1, g.seq2, g.n1, g.n2, g.premium1, g.premium2
    ), locked as (
      update conversations c set
        user1_read_seq = coalesce(g.seq1, c.user1_read_seq), user1_read = c.user1_read + g.newly1,
        user2_read_seq = coalesce(g.seq2, c.user2_read_seq), user2_read = c.user2_read + g.newly2
      from (select * from counted order by conversation_id) g
      where c.id = g.conversation_id and c.status <> 'blocked'
        and (g.seq1 is null or c.user1_read_seq = g.read1) and (g.seq2 is null or c.user2_read_seq = g.read2)
        and g.visible = greatest(g.seq1, g.seq2)
          - least(case when g.seq1 is not null then g.read1 end, case when g.seq2 is not null then g.read2 end)
      returning c.id, c.user1_id, c.user2_id, c.status, g.seq1, g.seq2, g.n1, g.n2, g.premium1, g.premium2
    ), moved as materialized (
      select row_number() over () as k, s.* from (
        select id as conversation_id, n1 as n, user1_id as reader_id, user2_id as sender_id, seq1 as seq,
          premium1 and status = 'active' as tells_sender
        from locked where n1 is not null
        union all
        select id, n2, user2_id, user1_id, seq2, premium2 and status = 'active' from locked where n2 is not null
      ) s
    ), lists as materialized (
      select array_agg(conversation_id) as conversation_ids, array_agg(n) as ns, array_agg(seq) as seqs,
        array_agg(sender_id) as sender_ids
      from moved
    ), marked as (
      insert into read_marks (conversation_id, reader_id, seq) select conversation_id, reader_id, seq from moved
    ), bumped as (
      update user_logs l set last_seq = l.last_seq + g.count
      from (
        select s.user_id, count(*) as count, array_agg(s.slot) as slots
        from (
          select reader_id as user_id, 2 * k as slot from moved
          union all
          select sender_id, 2 * k + 1 from moved where tells_sender
          order by user_id, slot
        ) s
        group by s.user_id order by s.user_id
      ) g
      where l.user_id = g.user_id
      returning l.user_id, l.last_seq - g.count as before, g.slots
    ), events as materialized (
      select u.user_id, u.before + e.nth as seq, e.slot
      from bumped u cross join lateral unnest(u.slots) with ordinality as e (slot, nth)
    ), logged as (
      insert into user_events (user_id, seq, event, conversation_id, message_id)
      select e.user_id, e.seq, 'message_read', l.conversation_ids[e.slot / 2], b.message_ids[l.ns[e.slot / 2]]
      from events e cross join lists l cross join batch b
    )
    select judgements.*, readings.*, l.ns::text as moved_n, l.seqs::text as moved_seq, l.sender_ids::text as sender_id, logs.*,
      ${wireTime(sql, sql`now()`)} as now
    from lists l
    cross join (
      select array_agg(n)::text as n, array_agg(conversation_id)::text as conversation_id, array_agg(seq)::text as seq,
        json_agg(json_build_array(n, kind)) filter (where kind <> 'moved') as others
      from judged
    ) judgements
    cross join (select json_object_agg(id, ${wireTime(sql, sql`read_at`)}) as known from known) readings
    cross join (
      select array_agg(slot)::text as log_slot, array_agg(seq)::text as log_seq from events
    ) logs
  `;
  return collect(answer, marks);
}

/** Puts the lists together. */
function collect(answer: Answer, marks: readonly NewMark[]): MarkOutcome[] {
  const { now } = answer;
  const outcomes: MarkOutcome[] = marks.map(() => ({ kind: "unknown" }));
  const [conversationIds, seqs] = [readArray(answer.conversationId), readArray(answer.seq)];
  const placeOf = new Map(readArray(answer.n).map((n, at) => [Number(n) - 1, at]));
  const [movedSeqs, senderIds] = [readArray(answer.movedSeq), readArray(answer.senderId)];
  const moved = readArray(answer.movedN).map((n, at) => {
    const index = Number(n) - 1;
    const conversationId = conversationIds[placeOf.get(index)!]!;
    const { readerId } = marks[index]!;
    return { index, conversationId, readerId, seq: Number(movedSeqs[at]), places: [] as LogPlace[] };
  });
  const logSeqs = readArray(answer.logSeq);
  for (const [at, slot] of readArray(answer.logSlot).entries()) {
    const k = (Number(slot) >> 1) - 1;
    const userId = Number(slot) % 2 === 0 ? moved[k]!.readerId : senderIds[k]!;
    moved[k]!.places.push({ userId, seq: Number(logSeqs[at]) });
  }
  /** By conversation and reader: up to where they have read now. */
  const reached = new Map(moved.map(({ conversationId, readerId, seq }) => [conversationId + readerId, seq]));
  for (const [index, at] of placeOf) {
    const isCovered = Number(seqs[at]) <= (reached.get(conversationIds[at]! + marks[index]!.readerId) ?? 0);
    outcomes[index] = isCovered ? { kind: "read", readAt: now } : { kind: "again" };
  }
  for (const { index, conversationId, seq, places } of moved) {
    outcomes[index] = { kind: "read", readAt: now, told: { conversationId, seq, places } };
  }
  for (const [n, kind] of answer.others ?? []) {
    const readAt = kind === "known" ? answer.known?.[marks[n - 1]!.messageId] : undefined;
    // The watermark has moved and its mark is not visible yet: on another machine.
    outcomes[n - 1] = kind !== "known" ? { kind } : readAt ? { kind: "read", readAt } : { kind: "again" };
  }
  return outcomes;
}
