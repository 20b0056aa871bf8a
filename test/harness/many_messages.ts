/**
 * Fills a database with very many messages, to measure the cost of reading: 40 conversations of one person and 960 of
 * others, evenly filled except the first, which gets every tenth message. Rows are inserted in bulk without foreign
 * keys and before the indexes: a million takes 10 seconds.
 * @module
 */
import type { Database, Sql } from "../../server/db/client.ts";
import { insertConversations, insertPeople, recount } from "./conversing.ts";

const MINE = 40;
const ALL = 1_000;
const PEOPLE = 200;
/** The last so many of each conversation are unread, about half of them by either person. */
const UNREAD = 4;
const REQUESTS = 60;
/** Events of everybody else: few, so that an average log is short. */
const EVENTS = 20;
/** Bulk rows have ids below it. */
const BULK_END = "00000001-0000-0000-0000-000000000000";

/** Who is there. */
export interface Crowd {
  /** Whose lists are looked at. */
  readonly me: string;
  /** All, me first; the next 40 have a conversation with me. */
  readonly people: readonly string[];
  /** Mine first, the fullest of them first. */
  readonly conversations: readonly string[];
}

/** Makes the people and their conversations, which are empty. */
export async function insertCrowd(sql: Sql): Promise<Crowd> {
  const people = await insertPeople(sql, PEOPLE);
  const pairs = Array.from({ length: MINE }, (_, n) => [people[0]!, people[n + 1]!] as const);
  for (let n = 0; pairs.length < ALL; n++) {
    const [a, b] = [1 + (n % 199), 1 + ((n * 7 + 1 + Math.floor(n / 199)) % 199)];
    const known = pairs.some(([x, y]) => [people[a], people[b]].every((id) => id === x || id === y));
    if (a !== b && !known) pairs.push([people[a]!, people[b]!]);
  }
  return { me: people[0]!, people, conversations: await insertConversations(sql, pairs) };
}

/**
 * Brings the database to so many messages, and as many events of mine as my messages.
 *
 * @param database Without a deadline, as superuser.
 */
export async function fillMessages(
  database: Database,
  { me, people, conversations }: Crowd,
  total: number,
): Promise<void> {
  await database.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await sql`set local maintenance_work_mem = '512MB'`;
    // Rows come first, then all indexes at once.
    await sql`
      update pg_index set indisready = false, indisvalid = false where indrelid = 'messages'::regclass
    `;
    await sql`
      with pair as (
        select array_agg(c.id order by i) as ids, array_agg(c.user1_id order by i) as ones,
          array_agg(c.user2_id order by i) as twos, array_agg(c.last_seq order by i) as seqs
        from unnest(${conversations as string[]}::uuid[]) with ordinality as o (id, i) join conversations c on c.id = o.id
      )
      insert into messages (
        id, conversation_id, seq, sender_id, receiver_id, content, client_message_id, created_at
      )
      select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ids[i],
        seqs[i] + case when i = 1 then n / 10 else nth / (${ALL}::int - 1) + 1 end,
        case when by_first then ones[i] else twos[i] end, case when by_first then twos[i] else ones[i] end,
        'Hello, how are you? This is message ' || n, 'k' || n,
        now() - interval '1 year' + n * interval '1 second'
      from pair,
        generate_series((select count(*)::int + 1 from messages where id < ${BULK_END}), ${total}::int) n,
        lateral (select n - n / 10 - 1 as nth) rest,
        lateral (select case when n % 10 = 0 then 1 else 2 + nth % (${ALL}::int - 1) end as i) place,
        lateral (select hashint4(n) % 2 = 0 as by_first) side
    `;
    await sql`reindex table messages`;
    await sql`
      update conversations c set last_seq = m.seq, last_message_id = m.id, last_activity = m.created_at
      from conversations o cross join lateral (
        select seq, id, created_at from messages where conversation_id = o.id order by seq desc limit 1
      ) m where o.id = c.id
    `;
    // As many unread in each of them at any size.
    await sql`
      update conversations set user1_read_seq = greatest(last_seq - ${UNREAD}, 0), user2_read_seq = greatest(last_seq - ${UNREAD}, 0)
    `;
    await recount(sql);
    await sql`truncate read_marks`;
    await sql`
      insert into read_marks (conversation_id, reader_id, seq)
      select id, r, last_seq - ${UNREAD} from conversations, lateral (values (user1_id), (user2_id)) as readers (r)
      where last_seq > ${UNREAD}
    `;
    await fillLog(sql, me);
    await sql`
      with asked as (
        insert into messages (id, conversation_id, sender_id, receiver_id, content, is_request, request_status, request_id)
        select gen_random_uuid(), conversation_id_of(id, ${me}), id, ${me}, 'Hi', true, 'pending', gen_random_uuid()
        from unnest(${people.slice(MINE + 1, MINE + 1 + REQUESTS)}::uuid[]) id
        where not exists (select 1 from message_requests)
        returning *
      )
      insert into message_requests (id, sender_id, receiver_id, message_id, preview_text)
      select request_id, sender_id, receiver_id, id, content from asked
    `;
  });
  // Outside of a transaction, and for as long as it takes: no background worker tidies up in test databases. A few
  // dead rows would be left to a later time, and their pages be looked at again by each reader.
  await database.sql`vacuum (analyze, index_cleanup on)`;
}

async function fillLog(sql: Sql, me: string): Promise<void> {
  await sql`
    insert into user_events (user_id, seq, event, data)
    select l.user_id, n, 'match_created', '{}' from user_logs l, generate_series(1, ${EVENTS}::int) n
    where l.user_id <> ${me} and l.last_seq = 0
  `;
  await sql`update user_logs set last_seq = ${EVENTS} where user_id <> ${me} and last_seq = 0`;
  await sql`
    insert into user_events (user_id, seq, event, conversation_id, message_id)
    select ${me}, l.last_seq + row_number() over (order by m.created_at), 'new_message', m.conversation_id, m.id
    from messages m, user_logs l
    where ${me} in (m.sender_id, m.receiver_id) and l.user_id = ${me}
      and not exists (select 1 from user_events e where e.user_id = ${me} and e.message_id = m.id)
  `;
  await sql`
    update user_logs set last_seq = (select max(seq) from user_events where user_id = ${me})
    where user_id = ${me}
  `;
}
