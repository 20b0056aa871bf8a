-- Keys that name where a row belongs. A conversation's id follows from its two people, so that a request's message is
-- in its conversation from the start and never moves; every unique key of what grows carries the conversation or the
-- person; reading moves two watermarks instead of rewriting messages; presence leaves the profile's row.
-- 250,000 messages take half a minute. A server of the version before would go on storing messages without counting them.
-- stop-servers
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion
-- squawk-ignore-file adding-not-nullable-field, disallowed-unique-constraint, ban-drop-column, adding-serial-primary-key-field

-- up
-- Version 8 of RFC 9562: the first 16 bytes of SHA-256 over both ids as text, the smaller first. The same in
-- TypeScript: server/db/pair.ts.
create function conversation_id_of(a uuid, b uuid) returns uuid
  language sql immutable parallel safe
  return overlay(overlay(
    left(encode(sha256((least(a, b)::text || greatest(a, b)::text)::bytea), 'hex'), 32)
    placing '8' from 13) placing '8' from 17)::uuid;

-- Events name conversations by their old ids, also in their data.
create temporary table renamed on commit drop as
  select id::text as old_id, conversation_id_of(user1_id, user2_id) as new_id from conversations;
update user_events e set
  conversation_id = case when e.conversation_id is null then null else r.new_id end,
  data = case when e.data ? 'conversation_id' then jsonb_set(e.data, '{conversation_id}', to_jsonb(r.new_id)) else e.data end
from renamed r
where r.old_id = coalesce(e.conversation_id::text, e.data->>'conversation_id');

alter table message_requests drop constraint message_requests_message_fkey;
drop index message_requests_message_idx;

alter table messages
  drop constraint messages_pkey,
  drop constraint messages_order_key,
  drop constraint messages_placed,
  drop constraint messages_placed_or_request,
  drop constraint messages_request_status_present,
  drop constraint messages_read_at_present,
  drop constraint messages_not_self,
  drop constraint messages_content_length,
  drop constraint messages_client_id_length;
drop index messages_idempotency_key;
drop index messages_unplaced_idx;
drop index messages_unread_idx;
update messages set conversation_id = conversation_id_of(sender_id, receiver_id);
alter table messages
  alter column conversation_id set not null,
  -- By id alone as well: a client names only the message that was read.
  add constraint messages_pkey primary key (id, conversation_id),
  add constraint messages_order_key unique (conversation_id, seq),
  -- One constraint: a statement reads and plans each of them anew, whatever it stores.
  add constraint messages_whole check (
    sender_id <> receiver_id
    and char_length(content) between 1 and 1000
    and char_length(client_message_id) between 1 and 64
    and (seq is not null or is_request)
    and is_request = (request_status is not null)
    and is_read = (read_at is not null)
  );
-- A retry finds its original for ever, and two racing retries cannot both store.
create unique index messages_idempotency_key on messages (conversation_id, sender_id, client_message_id)
  where client_message_id is not null;
-- What somebody wrote in requests that opened no conversation: erasure, and a count in a moderator's view.
create index messages_unplaced_idx on messages (sender_id, created_at) where seq is null;

-- How far each of the two has read, and how many of the messages to them that is: the difference to what they have
-- received is what is unread. Each of these only grows, on the locked row, with the message or the mark it counts.
alter table conversations
  drop constraint conversations_pair_key,
  drop constraint conversations_ordered,
  drop constraint conversations_awaiting_member,
  add column user1_read_seq bigint not null default 0,
  add column user2_read_seq bigint not null default 0,
  add column user1_received bigint not null default 0,
  add column user2_received bigint not null default 0,
  add column user1_read bigint not null default 0,
  add column user2_read bigint not null default 0;
update conversations c set
  id = conversation_id_of(c.user1_id, c.user2_id),
  user1_read_seq = m.read_seq1, user2_read_seq = m.read_seq2,
  user1_received = m.received1, user2_received = m.received2,
  user1_read = m.read1, user2_read = m.read2
from (
  select o.id,
    coalesce(max(m.seq) filter (where m.receiver_id = o.user1_id and m.is_read), 0) as read_seq1,
    coalesce(max(m.seq) filter (where m.receiver_id = o.user2_id and m.is_read), 0) as read_seq2,
    count(m.seq) filter (where m.receiver_id = o.user1_id) as received1,
    count(m.seq) filter (where m.receiver_id = o.user2_id) as received2,
    count(m.seq) filter (where m.receiver_id = o.user1_id and m.is_read) as read1,
    count(m.seq) filter (where m.receiver_id = o.user2_id and m.is_read) as read2
  from conversations o
  left join messages m on m.conversation_id = conversation_id_of(o.user1_id, o.user2_id) and m.seq is not null
  group by o.id
) m
where m.id = c.id;
alter table conversations add constraint conversations_whole check (
  user1_id < user2_id and awaiting_reply_from in (user1_id, user2_id)
  and user1_read_seq <= last_seq and user2_read_seq <= last_seq
  and user1_read <= user1_received and user2_read <= user2_received
);

-- When a person read up to where: the message at seq, and those to them between it and the mark before.
create table read_marks (
  conversation_id uuid not null,
  reader_id uuid not null,
  seq bigint not null,
  read_at timestamptz not null default now(),
  constraint read_marks_pkey primary key (conversation_id, reader_id, seq) include (read_at)
);
-- The last of each stretch of messages that were read at one time.
insert into read_marks (conversation_id, reader_id, seq, read_at)
  select conversation_id, receiver_id, seq, read_at from (
    select conversation_id, receiver_id, seq, read_at,
      lead(read_at) over (partition by conversation_id, receiver_id order by seq) as next_read_at
    from messages where is_read and seq is not null
  ) m
  where next_read_at is distinct from read_at;

-- Presence, and the feed that is ordered by it. The three columns of the profile that the feed's index needs are
-- copies, written by the statement that writes the profile.
create table user_presence (
  user_id uuid not null,
  gender text not null,
  show_activity_status boolean not null default true,
  is_active boolean not null default true,
  -- Kept by the presence service on transitions, so that lists can sort and show it without asking Redis.
  is_online boolean not null default false,
  last_active timestamptz not null default now(),
  -- Where the person stands in the feed. Who hides their activity must not be given away by their place: they stand
  -- among the offline, at the start of the week (UTC) in which they were last active.
  feed_online boolean not null generated always as (is_online and show_activity_status) stored,
  feed_active_at timestamptz not null generated always as (
    case when show_activity_status then last_active
      else date_trunc('week', last_active at time zone 'UTC') at time zone 'UTC' end
  ) stored,
  constraint user_presence_pkey primary key (user_id),
  constraint user_presence_user_fkey foreign key (user_id) references users (id) on delete cascade
) with (fillfactor = 70);
insert into user_presence (user_id, gender, show_activity_status, is_active, is_online, last_active)
  select id, gender, show_activity_status, is_active, is_online, last_active from users;
-- The discovery feed: online first, then the last active, inside one gender.
create index user_presence_feed_idx on user_presence (gender, feed_online desc, feed_active_at desc, user_id desc)
  where is_active;
-- The reaper compares these with the presence store.
create index user_presence_online_idx on user_presence (user_id) where is_online;
-- Who was active lately is counted.
create index user_presence_active_idx on user_presence (last_active) where is_active;
drop index users_discovery_idx;
drop index users_online_idx;
drop index users_active_idx;
alter table users
  drop column feed_online,
  drop column feed_active_at,
  drop column is_online,
  drop column last_active;

-- Whoever kept conversations by their old ids loads the lists anew, once.
update user_logs set last_seq = last_seq + 1, trimmed_seq = last_seq + 1;

-- down
alter table users
  add column is_online boolean not null default false,
  add column last_active timestamptz not null default now();
update users u set is_online = p.is_online, last_active = p.last_active from user_presence p where p.user_id = u.id;
alter table users
  add column feed_online boolean not null generated always as (is_online and show_activity_status) stored,
  add column feed_active_at timestamptz not null generated always as (
    case when show_activity_status then last_active
      else date_trunc('week', last_active at time zone 'UTC') at time zone 'UTC' end
  ) stored;
create index users_discovery_idx on users (gender, feed_online desc, feed_active_at desc, id desc) where is_active;
create index users_online_idx on users (id) where is_online;
create index users_active_idx on users (last_active) where is_active;
drop table user_presence;

drop index messages_idempotency_key;
drop index messages_unplaced_idx;
alter table messages
  drop constraint messages_whole,
  drop constraint messages_pkey;
update messages m set
  is_read = true,
  read_at = (
    select r.read_at from read_marks r
    where r.conversation_id = m.conversation_id and r.reader_id = m.receiver_id and r.seq >= m.seq
    order by r.seq limit 1
  )
from conversations c
where c.id = m.conversation_id and not m.is_read
  and m.seq <= case when m.receiver_id = c.user1_id then c.user1_read_seq else c.user2_read_seq end;
-- The same key to another person was another message; here only the first keeps it.
update messages m set client_message_id = null
where m.client_message_id is not null and exists (
  select from messages o
  where o.sender_id = m.sender_id and o.client_message_id = m.client_message_id
    and (o.created_at, o.id) < (m.created_at, m.id));
alter table messages alter column conversation_id drop not null;
update messages set conversation_id = null where seq is null;
alter table messages
  add constraint messages_pkey primary key (id),
  add constraint messages_placed check ((conversation_id is null) = (seq is null)),
  add constraint messages_placed_or_request check (conversation_id is not null or is_request),
  add constraint messages_request_status_present check (is_request = (request_status is not null)),
  add constraint messages_read_at_present check (is_read = (read_at is not null)),
  add constraint messages_not_self check (sender_id <> receiver_id),
  add constraint messages_content_length check (char_length(content) between 1 and 1000),
  add constraint messages_client_id_length check (char_length(client_message_id) between 1 and 64);
create unique index messages_idempotency_key on messages (sender_id, client_message_id)
  where client_message_id is not null;
create index messages_unplaced_idx on messages (sender_id, receiver_id) where conversation_id is null;
create index messages_unread_idx on messages (conversation_id, receiver_id, seq) where not is_read;
drop table read_marks;
alter table message_requests
  add constraint message_requests_message_fkey foreign key (message_id) references messages (id) on delete cascade;
create index message_requests_message_idx on message_requests (message_id);

alter table conversations
  drop constraint conversations_whole,
  drop column user1_read_seq,
  drop column user2_read_seq,
  drop column user1_received,
  drop column user2_received,
  drop column user1_read,
  drop column user2_read,
  add constraint conversations_pair_key unique (user1_id, user2_id),
  add constraint conversations_ordered check (user1_id < user2_id),
  add constraint conversations_awaiting_member check (awaiting_reply_from in (user1_id, user2_id));
drop function conversation_id_of;
