-- One durable queue for work that follows a commit and must survive the process: mail, webhooks, clean-up.
-- A new table: nothing is locked for long.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation

-- up
create table jobs (
  id uuid not null,
  kind text not null,
  -- Ids and numbers, never anybody's words.
  payload jsonb not null,
  -- At most one job of a kind has a key at a time.
  key text,
  run_at timestamptz not null,
  attempts integer not null default 0,
  -- A process works on it until then; another may take it afterwards.
  leased_until timestamptz,
  -- Given up: kept for an operator.
  failed_at timestamptz,
  last_error text,
  created_at timestamptz not null default now(),
  constraint jobs_pkey primary key (id),
  constraint jobs_kind_key unique (kind, key),
  constraint jobs_attempts_counted check (attempts >= 0)
);
create index jobs_due_idx on jobs (run_at) where failed_at is null;

-- down
drop table jobs;
