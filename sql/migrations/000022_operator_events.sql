-- What the operator's own systems are told, by webhook and at GET /admin/events, kept for thirty days; the attempts to
-- deliver each; the endpoints that no longer take any. New tables: nothing is locked for long.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation

-- up
create table operator_events (
  -- In the order of commits, without gaps: whoever inserts holds an advisory lock until its commit.
  seq bigint not null,
  id uuid not null,
  type text not null,
  -- Ids, kinds and times, never anybody's words.
  data jsonb not null,
  created_at timestamptz not null default now(),
  constraint operator_events_pkey primary key (seq),
  constraint operator_events_id_key unique (id)
);
create index operator_events_created_idx on operator_events (created_at);

create table webhook_attempts (
  id uuid not null,
  event_id uuid not null,
  attempted_at timestamptz not null default now(),
  duration_ms integer not null,
  -- Null: no answer, see error.
  status integer,
  error text,
  constraint webhook_attempts_pkey primary key (id)
);
create index webhook_attempts_event_idx on webhook_attempts (event_id);

create table webhook_disabled (
  url text not null,
  since timestamptz not null default now(),
  reason text not null,
  constraint webhook_disabled_pkey primary key (url)
);

-- down
drop table webhook_disabled;
drop table webhook_attempts;
drop table operator_events;
