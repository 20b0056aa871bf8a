-- Identity: people, sessions, one-time codes, and the per-user log of durable events.

-- up
create table users (
  id uuid not null,
  email text not null,
  name text not null,
  date_of_birth date not null,
  gender text not null,
  country text not null,
  state text,
  city text,
  bio text,
  profile_photos text[] not null default '{}',
  interests text[] not null default '{}',
  preferred_genders text[] not null default '{}',
  show_activity_status boolean not null default true,
  is_premium boolean not null default false,
  premium_expires_at timestamptz,
  is_active boolean not null default true,
  onboarding_completed boolean not null default false,
  role text not null default 'user',
  -- Kept by the presence service on transitions, so that lists can sort and show it without asking Redis.
  is_online boolean not null default false,
  last_active timestamptz not null default now(),
  -- Where the person stands in the discovery feed. Who hides their activity must not be given away by their
  -- place: they stand among the offline, at the start of the week (UTC) in which they were last active.
  feed_online boolean not null generated always as (is_online and show_activity_status) stored,
  feed_active_at timestamptz not null generated always as (
    case when show_activity_status then last_active
      else date_trunc('week', last_active at time zone 'UTC') at time zone 'UTC' end
  ) stored,
  -- The sanctions in force, written with the sanction itself: a send checks them in its own statement.
  -- 'infinity' is for ever.
  muted_until timestamptz,
  suspended_until timestamptz,
  -- Load tests and seeds mark the people they make, so that they can be removed again.
  tag text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_pkey primary key (id),
  constraint users_name_length check (char_length(name) between 2 and 50),
  constraint users_gender_known check (gender in ('male', 'female', 'non-binary')),
  constraint users_preferred_genders_known check (preferred_genders <@ array['male', 'female', 'non-binary']),
  constraint users_role_known check (role in ('user', 'moderator', 'admin'))
) with (fillfactor = 80);
create unique index users_email_key on users (lower(email));
-- The discovery feed: online first, then the last active, inside one gender.
create index users_discovery_idx on users (gender, feed_online desc, feed_active_at desc, id desc) where is_active;
-- The moderators' look-up by the beginning of a name, as a range of bytes.
create index users_name_idx on users ((lower(name) collate "C"), id);
create index users_tag_idx on users (tag) where tag is not null;
-- The reaper compares these with the presence store.
create index users_online_idx on users (id) where is_online;

create table sessions (
  id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  revoked_at timestamptz,
  revoke_reason text,
  constraint sessions_pkey primary key (id),
  constraint sessions_user_fkey foreign key (user_id) references users (id) on delete cascade,
  constraint sessions_revoke_reason_known
    check (revoke_reason in ('logout', 'logout_all', 'token_reuse', 'sanction', 'deleted'))
);
create index sessions_user_idx on sessions (user_id) where revoked_at is null;

-- One row a token: SHA-256 of it, never the token. A session is the family.
create table refresh_tokens (
  token_hash bytea not null,
  session_id uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint refresh_tokens_pkey primary key (token_hash),
  constraint refresh_tokens_session_fkey foreign key (session_id) references sessions (id) on delete cascade
);
create index refresh_tokens_session_idx on refresh_tokens (session_id);
create index refresh_tokens_expiry_idx on refresh_tokens (expires_at);

-- At most one live code an address: a new one replaces it.
create table otp_codes (
  email text not null,
  code_hash text not null,
  attempts smallint not null default 0,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint otp_codes_pkey primary key (email),
  constraint otp_codes_email_lower check (email = lower(email))
);
create index otp_codes_expiry_idx on otp_codes (expires_at);

-- The head of each person's event log. Updated with every event: no index on what changes, room for HOT updates.
create table user_logs (
  user_id uuid not null,
  last_seq bigint not null default 0,
  -- Events up to this one have been trimmed: a client that asks from before it must start anew.
  trimmed_seq bigint not null default 0,
  constraint user_logs_pkey primary key (user_id),
  constraint user_logs_user_fkey foreign key (user_id) references users (id) on delete cascade
) with (fillfactor = 70);

-- A new_message row only names the message (its text lives once, in messages); every other event carries its data.
create table user_events (
  user_id uuid not null,
  seq bigint not null,
  event text not null,
  conversation_id uuid,
  message_id uuid,
  data jsonb,
  created_at timestamptz not null default now(),
  constraint user_events_pkey primary key (user_id, seq),
  constraint user_events_content check (data is not null or message_id is not null)
);
-- Trimming by age.
create index user_events_created_idx on user_events using brin (created_at);

-- down
drop table user_events;
drop table user_logs;
drop table otp_codes;
drop table refresh_tokens;
drop table sessions;
drop table users;
