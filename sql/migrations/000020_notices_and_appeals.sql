-- What moderation tells people is stored, and told after the time in which it may be undone; a decision can be appealed
-- once, and somebody who had no part in it decides about that.
-- New tables, and a constraint that only allows more: nothing is locked for long.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation
-- up
create table notices (
  id uuid not null,
  user_id uuid not null,
  notice text not null,
  kind text,
  text text not null,
  until timestamptz,
  sanction_id uuid,
  report_id uuid,
  created_at timestamptz not null default now(),
  -- Null: not told yet, and deleted without a trace when what it tells of is undone.
  told_at timestamptz,
  constraint notices_pkey primary key (id),
  constraint notices_user_fkey foreign key (user_id) references users (id) on delete cascade,
  constraint notices_sanction_fkey foreign key (sanction_id) references sanctions (id) on delete cascade,
  constraint notices_report_fkey foreign key (report_id) references user_reports (id) on delete cascade,
  constraint notices_notice_known check
    (notice in ('sanction', 'sanction_lifted', 'block_lifted', 'report_outcome', 'appeal_decided')),
  constraint notices_kind_known check (kind in ('warn', 'mute', 'suspend', 'ban'))
);
create index notices_user_idx on notices (user_id, told_at desc, id desc);
create index notices_sanction_idx on notices (sanction_id) where sanction_id is not null;
create index notices_report_idx on notices (report_id) where report_id is not null;
create table appeals (
  id uuid not null,
  appellant_id uuid not null,
  -- Of the two exactly one: a sanction on the appellant, or a report of theirs on which nothing was done.
  sanction_id uuid,
  report_id uuid,
  text text not null,
  status text not null default 'open',
  due_at timestamptz not null,
  claimed_by uuid,
  claimed_until timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  decision_reason text,
  created_at timestamptz not null default now(),
  constraint appeals_pkey primary key (id),
  constraint appeals_sanction_key unique (sanction_id),
  constraint appeals_report_key unique (report_id),
  constraint appeals_appellant_fkey foreign key (appellant_id) references users (id) on delete cascade,
  constraint appeals_sanction_fkey foreign key (sanction_id) references sanctions (id) on delete cascade,
  constraint appeals_report_fkey foreign key (report_id) references user_reports (id) on delete cascade,
  constraint appeals_claimed_by_fkey foreign key (claimed_by) references users (id) on delete set null,
  constraint appeals_decided_by_fkey foreign key (decided_by) references users (id) on delete set null,
  constraint appeals_of_one_thing check ((sanction_id is null) <> (report_id is null)),
  constraint appeals_text_length check (char_length(text) between 1 and 2000),
  constraint appeals_status_known check (status in ('open', 'upheld', 'overturned')),
  constraint appeals_decision_whole check
    ((status = 'open') = (decided_at is null) and (decided_at is null) = (decision_reason is null))
);
create index appeals_queue_idx on appeals (due_at, id) where status = 'open';
create index appeals_created_idx on appeals (created_at desc, id desc);
create index appeals_appellant_idx on appeals (appellant_id, created_at desc, id desc);
create index appeals_claimed_by_idx on appeals (claimed_by) where claimed_by is not null;
create index appeals_decided_by_idx on appeals (decided_by) where decided_by is not null;
alter table audit_log
  drop constraint audit_log_target_known,
  add constraint audit_log_target_known check (target_type in ('report', 'block', 'user', 'sanction', 'appeal'));
-- down
alter table audit_log
  drop constraint audit_log_target_known,
  add constraint audit_log_target_known check (target_type in ('report', 'block', 'user', 'sanction')) not valid;
drop table appeals;
drop table notices;
