-- Leaving for good, and the work of forgetting.
-- Nothing is released: these tables are small wherever this runs.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation

-- up
-- An account that was deleted keeps its row, emptied of the person: what others received still has an author.
alter table users
  add column deleted_at timestamptz,
  -- When nothing of theirs was left to end or to forget.
  add column erased_at timestamptz,
  add constraint users_deleted_closed check (deleted_at is null or not is_active),
  add constraint users_erased_deleted check (erased_at is null or deleted_at is not null);
create index users_unerased_idx on users (deleted_at) where deleted_at is not null and erased_at is null;

-- The term of evidence is counted from the decision.
create index user_reports_decided_idx on user_reports (resolved_at) where resolved_at is not null;

-- Whose turn it is to do a job that one process does for all.
create table job_turns (
  name text not null,
  next_at timestamptz not null,
  constraint job_turns_pkey primary key (name)
);

-- down
drop table job_turns;
drop index user_reports_decided_idx;
drop index users_unerased_idx;
alter table users
  drop constraint users_erased_deleted,
  drop constraint users_deleted_closed,
  drop column erased_at,
  drop column deleted_at;
