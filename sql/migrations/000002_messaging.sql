-- Discovery actions, matches, requests, conversations and messages.

-- up
-- The lock of an unordered pair of people: every change of their relationship takes its row first.
create table pairs (
  user1_id uuid not null,
  user2_id uuid not null,
  constraint pairs_pkey primary key (user1_id, user2_id),
  constraint pairs_ordered check (user1_id < user2_id)
) with (fillfactor = 70);

create table user_actions (
  id uuid not null,
  actor_id uuid not null,
  target_id uuid not null,
  action_type text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint user_actions_pkey primary key (id),
  constraint user_actions_pair_key unique (actor_id, target_id),
  constraint user_actions_actor_fkey foreign key (actor_id) references users (id) on delete cascade,
  constraint user_actions_target_fkey foreign key (target_id) references users (id) on delete cascade,
  constraint user_actions_not_self check (actor_id <> target_id),
  constraint user_actions_type_known
    check (action_type in ('like', 'dislike', 'super_like', 'message_request'))
);
-- Both ways round are one lookup: the feed asks for each person whether the viewer has acted on them.
create index user_actions_target_idx on user_actions (target_id, actor_id);
-- The like limit counts an actor's likes of the last hours.
create index user_actions_likes_idx on user_actions (actor_id, updated_at)
  where action_type in ('like', 'super_like');

create table conversations (
  id uuid not null,
  user1_id uuid not null,
  user2_id uuid not null,
  status varchar(20) not null default 'active',
  -- Set by the statement that stores the message. No foreign key: only an index on what changes with every message
  -- could serve it (see below), and without one the removal of a person scans conversations once a message.
  last_message_id uuid,
  -- Allocates messages.seq, on the locked row.
  last_seq bigint not null default 0,
  last_activity timestamptz not null default now(),
  -- Set while a direct conversation (premium, no match) waits for this person's first message, which makes the match.
  awaiting_reply_from uuid,
  created_at timestamptz not null default now(),
  constraint conversations_pkey primary key (id),
  constraint conversations_pair_key unique (user1_id, user2_id),
  constraint conversations_user1_fkey foreign key (user1_id) references users (id) on delete cascade,
  constraint conversations_user2_fkey foreign key (user2_id) references users (id) on delete cascade,
  constraint conversations_ordered check (user1_id < user2_id),
  constraint conversations_status_known check (status in ('active', 'blocked', 'archived')),
  constraint conversations_awaiting_member check (awaiting_reply_from in (user1_id, user2_id))
) with (fillfactor = 70);
-- Deliberately no index on last_activity or last_message_id: they change with every message, and an index on
-- either would make no update HOT. The list reads one person's conversations through these two and sorts them.
create index conversations_user1_idx on conversations (user1_id, status);
create index conversations_user2_idx on conversations (user2_id, status);

create table messages (
  id uuid not null,
  -- Null while the message is only a request's: it gets both when the request opens a conversation.
  conversation_id uuid,
  seq bigint,
  sender_id uuid not null,
  receiver_id uuid not null,
  content text not null,
  message_type varchar(20) not null default 'text',
  is_request boolean not null default false,
  request_status varchar(20),
  -- The request that this message opened (is_request) or answered; kept when the request's row is replaced.
  request_id uuid,
  is_read boolean not null default false,
  read_at timestamptz,
  client_message_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint messages_pkey primary key (id),
  constraint messages_order_key unique (conversation_id, seq),
  constraint messages_conversation_fkey
    foreign key (conversation_id) references conversations (id) on delete cascade,
  constraint messages_sender_fkey foreign key (sender_id) references users (id) on delete cascade,
  constraint messages_receiver_fkey foreign key (receiver_id) references users (id) on delete cascade,
  constraint messages_not_self check (sender_id <> receiver_id),
  constraint messages_type_known check (message_type in ('text', 'image', 'emoji')),
  constraint messages_request_status_known
    check (request_status in ('pending', 'accepted', 'declined', 'cancelled')),
  constraint messages_request_status_present check (is_request = (request_status is not null)),
  constraint messages_placed check ((conversation_id is null) = (seq is null)),
  constraint messages_placed_or_request check (conversation_id is not null or is_request),
  constraint messages_read_at_present check (is_read = (read_at is not null)),
  constraint messages_content_length check (char_length(content) between 1 and 1000),
  constraint messages_client_id_length check (char_length(client_message_id) between 1 and 64)
);
-- A retry finds its original for ever, and two racing retries cannot both store.
create unique index messages_idempotency_key on messages (sender_id, client_message_id)
  where client_message_id is not null;
create index messages_sender_idx on messages (sender_id, created_at);
create index messages_receiver_idx on messages (receiver_id, created_at);
-- What two people wrote in requests that opened no conversation: evidence of a report.
create index messages_unplaced_idx on messages (sender_id, receiver_id) where conversation_id is null;
-- Unread counts and the read watermark: only what is unread is in it.
create index messages_unread_idx on messages (conversation_id, receiver_id, seq) where not is_read;

create table message_requests (
  id uuid not null,
  sender_id uuid not null,
  receiver_id uuid not null,
  message_id uuid not null,
  status varchar(20) not null default 'pending',
  preview_text text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint message_requests_pkey primary key (id),
  constraint message_requests_pair_key unique (sender_id, receiver_id),
  constraint message_requests_sender_fkey foreign key (sender_id) references users (id) on delete cascade,
  constraint message_requests_receiver_fkey foreign key (receiver_id) references users (id) on delete cascade,
  constraint message_requests_message_fkey foreign key (message_id) references messages (id) on delete cascade,
  constraint message_requests_not_self check (sender_id <> receiver_id),
  constraint message_requests_status_known
    check (status in ('pending', 'accepted', 'declined', 'cancelled')),
  constraint message_requests_preview_length check (char_length(preview_text) between 1 and 250)
);
-- One pending request an unordered pair, whoever asked first.
create unique index message_requests_one_pending on message_requests
  (least(sender_id, receiver_id), greatest(sender_id, receiver_id)) where status = 'pending';
create index message_requests_received_idx on message_requests (receiver_id, status, created_at desc, id desc);
create index message_requests_sent_idx on message_requests (sender_id, status, created_at desc, id desc);
create index message_requests_message_idx on message_requests (message_id);

create table matches (
  id uuid not null,
  user1_id uuid not null,
  user2_id uuid not null,
  status text not null default 'active',
  match_type text not null,
  matched_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint matches_pkey primary key (id),
  constraint matches_pair_key unique (user1_id, user2_id),
  constraint matches_user1_fkey foreign key (user1_id) references users (id) on delete cascade,
  constraint matches_user2_fkey foreign key (user2_id) references users (id) on delete cascade,
  constraint matches_ordered check (user1_id < user2_id),
  constraint matches_status_known check (status in ('active', 'unmatched', 'blocked')),
  constraint matches_type_known check (match_type in ('mutual_like', 'message_accepted', 'message_replied'))
);
create index matches_user1_idx on matches (user1_id, status, matched_at desc, id desc);
create index matches_user2_idx on matches (user2_id, status, matched_at desc, id desc);

-- down
drop table matches;
drop table message_requests;
drop table messages;
drop table conversations;
drop table user_actions;
drop table pairs;
