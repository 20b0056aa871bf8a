-- Blocks, reports with sealed evidence, sanctions, and the append-only audit log.

-- up
create table user_blocks (
  id uuid not null,
  blocker_id uuid not null,
  blocked_id uuid not null,
  reason varchar(100),
  -- A moderator looked at it and left it in force.
  upheld_at timestamptz,
  upheld_by uuid,
  created_at timestamptz not null default now(),
  constraint user_blocks_pkey primary key (id),
  constraint user_blocks_pair_key unique (blocker_id, blocked_id),
  constraint user_blocks_blocker_fkey foreign key (blocker_id) references users (id) on delete cascade,
  constraint user_blocks_blocked_fkey foreign key (blocked_id) references users (id) on delete cascade,
  constraint user_blocks_upheld_by_fkey foreign key (upheld_by) references users (id) on delete set null,
  constraint user_blocks_not_self check (blocker_id <> blocked_id)
);
create index user_blocks_blocked_idx on user_blocks (blocked_id);
create index user_blocks_blocker_idx on user_blocks (blocker_id, created_at desc, id desc);
create index user_blocks_created_idx on user_blocks (created_at desc, id desc);
create index user_blocks_upheld_by_idx on user_blocks (upheld_by) where upheld_by is not null;

create table user_reports (
  id uuid not null,
  reporter_id uuid not null,
  reported_id uuid not null,
  reason varchar(100) not null,
  description text,
  status varchar(20) not null default 'pending',
  -- 0 is the most urgent; with due_at it is the order of the moderators' list.
  priority smallint not null,
  due_at timestamptz not null,
  claimed_by uuid,
  claimed_until timestamptz,
  resolution_action text,
  resolution_reason text,
  resolved_by uuid,
  resolved_at timestamptz,
  -- Length and last hash of the evidence chain: a chain that lost its end does not verify.
  evidence_count integer not null default 0,
  evidence_head bytea,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint user_reports_pkey primary key (id),
  constraint user_reports_reporter_fkey foreign key (reporter_id) references users (id) on delete cascade,
  constraint user_reports_reported_fkey foreign key (reported_id) references users (id) on delete cascade,
  constraint user_reports_claimed_by_fkey foreign key (claimed_by) references users (id) on delete set null,
  constraint user_reports_resolved_by_fkey foreign key (resolved_by) references users (id) on delete set null,
  constraint user_reports_not_self check (reporter_id <> reported_id),
  constraint user_reports_reason_known check (reason in
    ('fake_profile', 'inappropriate_behavior', 'spam', 'harassment', 'scam', 'underage', 'other')),
  constraint user_reports_description_length check (char_length(description) <= 1000),
  constraint user_reports_status_known check (status in ('pending', 'reviewed', 'resolved', 'dismissed')),
  constraint user_reports_action_known
    check (resolution_action in ('none', 'warn', 'mute', 'suspend', 'ban')),
  constraint user_reports_claim_whole check ((claimed_by is null) = (claimed_until is null)),
  constraint user_reports_priority_range check (priority between 0 and 3),
  constraint user_reports_resolution_whole check (
    (status in ('resolved', 'dismissed')) = (resolution_action is not null)
    and (resolution_action is null) = (resolution_reason is null)
    and (resolution_action is null) = (resolved_at is null)
  ),
  constraint user_reports_dismissed_acts_on_nobody check (status <> 'dismissed' or resolution_action = 'none'),
  constraint user_reports_evidence_head_size check (octet_length(evidence_head) = 32)
);
-- One open report a reporter and person: a second one adds to it.
create unique index user_reports_one_open on user_reports (reporter_id, reported_id)
  where status in ('pending', 'reviewed');
create index user_reports_reported_idx on user_reports (reported_id, created_at desc);
-- The moderators' queue in its two orders, and what has been decided.
create index user_reports_queue_idx on user_reports (priority, due_at, id) where status in ('pending', 'reviewed');
create index user_reports_age_idx on user_reports (created_at, id) where status in ('pending', 'reviewed');
create index user_reports_created_idx on user_reports (created_at, id);
create index user_reports_claimed_by_idx on user_reports (claimed_by) where claimed_by is not null;
create index user_reports_resolved_by_idx on user_reports (resolved_by) where resolved_by is not null;

-- The key of one report's evidence. Destroying the row destroys the evidence at the end of its term.
create table report_evidence_keys (
  report_id uuid not null,
  key bytea not null,
  constraint report_evidence_keys_pkey primary key (report_id),
  constraint report_evidence_keys_report_fkey
    foreign key (report_id) references user_reports (id) on delete cascade,
  constraint report_evidence_keys_size check (octet_length(key) = 32)
);

-- Sealed: encrypted under the report's key; hash = SHA-256(prev_hash ‖ position ‖ kind ‖ sealed).
create table report_evidence (
  report_id uuid not null,
  position integer not null,
  kind text not null,
  sealed bytea not null,
  prev_hash bytea not null,
  hash bytea not null,
  created_at timestamptz not null default now(),
  constraint report_evidence_pkey primary key (report_id, position),
  constraint report_evidence_report_fkey foreign key (report_id) references user_reports (id) on delete cascade,
  constraint report_evidence_kind_known check (kind in ('statement', 'profile', 'message')),
  constraint report_evidence_hash_size check (octet_length(hash) = 32 and octet_length(prev_hash) = 32)
);

create table report_notes (
  id uuid not null,
  report_id uuid not null,
  author_id uuid,
  text text not null,
  created_at timestamptz not null default now(),
  constraint report_notes_pkey primary key (id),
  constraint report_notes_report_fkey foreign key (report_id) references user_reports (id) on delete cascade,
  constraint report_notes_author_fkey foreign key (author_id) references users (id) on delete set null,
  constraint report_notes_text_length check (char_length(text) between 1 and 2000)
);
create index report_notes_report_idx on report_notes (report_id, created_at);
create index report_notes_author_idx on report_notes (author_id);

create table sanctions (
  id uuid not null,
  user_id uuid not null,
  kind text not null,
  reason text not null,
  -- Null for a warning; 'infinity' for a confirmed ban.
  until timestamptz,
  report_id uuid,
  created_by uuid,
  -- A ban needs two people: until the second one has confirmed it, it is a suspension of seven days.
  confirmed_by uuid,
  confirmed_at timestamptz,
  lifted_at timestamptz,
  lifted_by uuid,
  lift_reason text,
  created_at timestamptz not null default now(),
  constraint sanctions_pkey primary key (id),
  constraint sanctions_user_fkey foreign key (user_id) references users (id) on delete cascade,
  constraint sanctions_report_fkey foreign key (report_id) references user_reports (id) on delete set null,
  constraint sanctions_created_by_fkey foreign key (created_by) references users (id) on delete set null,
  constraint sanctions_confirmed_by_fkey foreign key (confirmed_by) references users (id) on delete set null,
  constraint sanctions_lifted_by_fkey foreign key (lifted_by) references users (id) on delete set null,
  constraint sanctions_kind_known check (kind in ('warn', 'mute', 'suspend', 'ban')),
  constraint sanctions_until_present check ((kind = 'warn') = (until is null)),
  constraint sanctions_confirmed_ban check (confirmed_at is null or kind = 'ban'),
  constraint sanctions_two_people check (confirmed_by is null or confirmed_by <> created_by),
  constraint sanctions_lift_whole check ((lifted_at is null) = (lift_reason is null))
);
create index sanctions_user_idx on sanctions (user_id, created_at desc);
create index sanctions_created_idx on sanctions (created_at desc, id desc);
-- Bans that wait for the second person.
create index sanctions_unconfirmed_idx on sanctions (created_at)
  where kind = 'ban' and confirmed_at is null and lifted_at is null;
create index sanctions_report_idx on sanctions (report_id);
create index sanctions_created_by_idx on sanctions (created_by);
create index sanctions_confirmed_by_idx on sanctions (confirmed_by);
create index sanctions_lifted_by_idx on sanctions (lifted_by);

-- Who did what, for ever: no foreign keys (it outlives everybody), no change after the fact, a hash chain over all.
create table audit_log (
  seq bigint not null,
  id uuid not null,
  actor_id uuid not null,
  action text not null,
  target_type text not null,
  target_id uuid not null,
  reason text,
  before jsonb,
  after jsonb,
  created_at timestamptz not null default now(),
  prev_hash bytea not null,
  hash bytea not null,
  constraint audit_log_pkey primary key (seq),
  constraint audit_log_id_key unique (id),
  constraint audit_log_target_known
    check (target_type in ('report', 'block', 'user', 'sanction')),
  constraint audit_log_hash_size check (octet_length(hash) = 32 and octet_length(prev_hash) = 32)
);
create index audit_log_target_idx on audit_log (target_type, target_id, seq desc);
create index audit_log_actor_idx on audit_log (actor_id, seq desc);
create index audit_log_action_idx on audit_log (action, seq desc);

-- The end of the chain; its lock is what orders the log.
create table audit_head (
  singleton boolean not null default true,
  seq bigint not null,
  hash bytea not null,
  constraint audit_head_pkey primary key (singleton),
  constraint audit_head_singleton check (singleton)
);
insert into audit_head (seq, hash) values (0, decode(repeat('00', 32), 'hex'));

create function forbid_change() returns trigger language plpgsql as $$
begin
  raise exception 'Cannot % %: it is append-only', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege', constraint = 'append_only';
end
$$;
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function forbid_change();
create trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function forbid_change();
create trigger report_evidence_append_only before update on report_evidence
  for each row execute function forbid_change();

-- down
drop table audit_head;
drop table audit_log;
drop table sanctions;
drop table report_notes;
drop table report_evidence;
drop table report_evidence_keys;
drop table user_reports;
drop table user_blocks;
drop function forbid_change();
