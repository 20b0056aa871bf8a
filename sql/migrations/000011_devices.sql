-- Devices that are notified while they are away, and the state of that: a device's row is the outbox of its pushes, the
-- log of events (user_events) is what they are made of. New tables: nothing is locked for long.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation

-- up
create table devices (
  id uuid not null,
  session_id uuid not null,
  user_id uuid not null,
  provider text not null,
  token text not null,
  -- SHA-256: a browser's subscription is longer than an index entry may be.
  token_hash bytea not null,
  -- When the token came: a provider's "gone since" that is older is about an earlier life of it.
  token_since timestamptz not null default now(),
  app_id text,
  environment text,
  locale text,
  preview text not null default 'none',
  -- Positions in the person's log. Up to received_seq everything has reached the device; up to pushed_seq it was
  -- decided about; hinted_seq is the newest event that somebody said is worth a look.
  received_seq bigint not null default 0,
  pushed_seq bigint not null default 0,
  hinted_seq bigint not null default 0,
  -- The unread total that the last notification showed; null: none did.
  badge integer,
  -- When a sender takes it next; while one works on it, when another may. Null: nothing to do.
  due_at timestamptz,
  lease uuid,
  -- Since when the pushes that are due have been tried.
  tried_since timestamptz,
  attempts integer not null default 0,
  disabled_at timestamptz,
  disabled_reason text,
  created_at timestamptz not null default now(),
  constraint devices_pkey primary key (id),
  constraint devices_session_key unique (session_id),
  constraint devices_token_key unique (provider, token_hash),
  constraint devices_session_fkey foreign key (session_id) references sessions (id) on delete cascade,
  constraint devices_user_fkey foreign key (user_id) references users (id) on delete cascade,
  constraint devices_provider_known check (provider in ('apns', 'fcm', 'webpush', 'expo')),
  constraint devices_preview_known check (preview in ('none', 'name', 'text')),
  constraint devices_environment_known check (environment in ('production', 'sandbox')),
  constraint devices_disabled_whole check ((disabled_at is null) = (disabled_reason is null))
) with (fillfactor = 70);
create index devices_user_idx on devices (user_id);
create index devices_due_idx on devices (provider, due_at) where due_at is not null;

-- One row: up to when the log of events was searched for pushes that a dead process forgot.
create table push_sweeps (
  only_row boolean not null default true,
  swept_to timestamptz not null,
  constraint push_sweeps_pkey primary key (only_row),
  constraint push_sweeps_one_row check (only_row)
);
insert into push_sweeps (swept_to) values (now());

-- down
drop table push_sweeps;
drop table devices;
