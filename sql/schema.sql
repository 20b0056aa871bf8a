-- The schema that all migrations together make. Written by `bun run generate`, never by hand.

set check_function_bodies = off;

CREATE OR REPLACE FUNCTION public.add_event_days()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET "TimeZone" TO 'UTC'
 SET lock_timeout TO '500ms'
AS $function$
declare
  day timestamptz;
  stamp text;
  made integer := 0;
begin
  if not exists (select from event_days()) then return 0; end if;
  for n in 0..3 loop
    day := date_trunc('day', now()) + n * interval '1 day';
    continue when exists (select from event_days() d where d.since <= day and d.until > day);
    stamp := to_char(day, 'YYYYMMDD');
    lock table user_events_default in access exclusive mode;
    execute format(
      'create table user_events_%s (like user_events including defaults including constraints including storage)', stamp);
    execute format('alter table user_events_%1$s add constraint user_events_pkey_%1$s primary key (user_id, seq)', stamp);
    execute format('create index user_events_created_idx_%1$s on user_events_%1$s using brin (created_at)', stamp);
    execute format(
      'with moved as (delete from user_events_default where created_at >= $1 and created_at < $2 returning *)
       insert into user_events_%s select * from moved', stamp) using day, day + interval '1 day';
    execute format('alter table user_events attach partition user_events_%s for values from (%L) to (%L)',
      stamp, day, day + interval '1 day');
    made := made + 1;
  end loop;
  return made;
end
$function$
;

CREATE OR REPLACE FUNCTION public.conversation_id_of(a uuid, b uuid)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (OVERLAY(OVERLAY("left"(encode(sha256((((LEAST(a, b))::text || (GREATEST(a, b))::text))::bytea), 'hex'::text), 32) PLACING '8'::text FROM 13) PLACING '8'::text FROM 17))::uuid
;

CREATE OR REPLACE FUNCTION public.drop_event_day(day name)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '500ms'
AS $function$
begin
  if not exists (select from event_days() d where d.part = day and d.until <= now() - interval '30 days') then
    raise exception 'Cannot drop %: it is no day of user_events that is over for 30 days', day;
  end if;
  execute format('drop table %I', day);
end
$function$
;

CREATE OR REPLACE FUNCTION public.event_days(OUT part name, OUT since timestamp with time zone, OUT until timestamp with time zone)
 RETURNS SETOF record
 LANGUAGE sql
 STABLE
 SET "TimeZone" TO 'UTC'
AS $function$
  select c.relname,
    coalesce(substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \(''([^'']+)''\)'), '-infinity')::timestamptz,
    substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'user_events'::regclass and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
$function$
;

CREATE OR REPLACE FUNCTION public.forbid_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'Cannot % %: it is append-only', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege', constraint = 'append_only';
end
$function$
;

CREATE OR REPLACE FUNCTION public.trim_event_day(day name, after uuid, batch integer, OUT last uuid, OUT events bigint)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if not exists (select from event_days() d where d.part = day and d.until <= now() - interval '30 days') then
    raise exception 'Cannot trim %: it is no day of user_events that is over for 30 days', day;
  end if;
  execute format(
    'with old as materialized (
       select user_id, max(seq) as seq, count(*) as count from %I where user_id > $1
       group by user_id order by user_id limit $2
     ), locked as materialized (
       select l.user_id, o.seq from user_logs l join old o on o.user_id = l.user_id
       order by l.user_id for no key update of l
     ), noted as (
       update user_logs l set trimmed_seq = greatest(l.trimmed_seq, k.seq) from locked k where l.user_id = k.user_id
     )
     select (array_agg(user_id order by user_id desc))[1], coalesce(sum(count), 0) from old', day)
  into last, events using after, batch;
end
$function$
;

create table appeals (
  id uuid not null,
  appellant_id uuid not null,
  sanction_id uuid,
  report_id uuid,
  text text not null,
  status text not null default 'open'::text,
  due_at timestamp with time zone not null,
  claimed_by uuid,
  claimed_until timestamp with time zone,
  decided_by uuid,
  decided_at timestamp with time zone,
  decision_reason text,
  created_at timestamp with time zone not null default now(),
  constraint appeals_pkey PRIMARY KEY (id),
  constraint appeals_decision_whole CHECK ((((status = 'open'::text) = (decided_at IS NULL)) AND ((decided_at IS NULL) = (decision_reason IS NULL)))),
  constraint appeals_of_one_thing CHECK (((sanction_id IS NULL) <> (report_id IS NULL))),
  constraint appeals_report_key UNIQUE (report_id),
  constraint appeals_sanction_key UNIQUE (sanction_id),
  constraint appeals_status_known CHECK ((status = ANY (ARRAY['open'::text, 'upheld'::text, 'overturned'::text]))),
  constraint appeals_text_length CHECK (((char_length(text) >= 1) AND (char_length(text) <= 2000)))
);

create table audit_head (
  singleton boolean not null default true,
  seq bigint not null,
  hash bytea not null,
  constraint audit_head_pkey PRIMARY KEY (singleton),
  constraint audit_head_singleton CHECK (singleton)
);

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
  created_at timestamp with time zone not null default now(),
  prev_hash bytea not null,
  hash bytea not null,
  constraint audit_log_pkey PRIMARY KEY (seq),
  constraint audit_log_hash_size CHECK (((octet_length(hash) = 32) AND (octet_length(prev_hash) = 32))),
  constraint audit_log_id_key UNIQUE (id),
  constraint audit_log_target_known CHECK ((target_type = ANY (ARRAY['report'::text, 'block'::text, 'user'::text, 'sanction'::text, 'appeal'::text])))
);

create table conversations (
  id uuid not null,
  user1_id uuid not null,
  user2_id uuid not null,
  status character varying(20) not null default 'active'::character varying,
  last_message_id uuid,
  last_seq bigint not null default 0,
  last_activity timestamp with time zone not null default now(),
  awaiting_reply_from uuid,
  created_at timestamp with time zone not null default now(),
  user1_final_read_seq bigint,
  user2_final_read_seq bigint,
  user1_read_seq bigint not null default 0,
  user2_read_seq bigint not null default 0,
  user1_received bigint not null default 0,
  user2_received bigint not null default 0,
  user1_read bigint not null default 0,
  user2_read bigint not null default 0,
  constraint conversations_pkey PRIMARY KEY (id),
  constraint conversations_status_known CHECK (((status)::text = ANY ((ARRAY['active'::character varying, 'blocked'::character varying, 'archived'::character varying])::text[]))),
  constraint conversations_whole CHECK (((user1_id < user2_id) AND ((awaiting_reply_from = user1_id) OR (awaiting_reply_from = user2_id)) AND (user1_read_seq <= last_seq) AND (user2_read_seq <= last_seq) AND (user1_read <= user1_received) AND (user2_read <= user2_received)))
) with (fillfactor=70);

create table devices (
  id uuid not null,
  session_id uuid not null,
  user_id uuid not null,
  provider text not null,
  token text not null,
  token_hash bytea not null,
  token_since timestamp with time zone not null default now(),
  app_id text,
  environment text,
  locale text,
  preview text not null default 'none'::text,
  received_seq bigint not null default 0,
  pushed_seq bigint not null default 0,
  hinted_seq bigint not null default 0,
  badge integer,
  due_at timestamp with time zone,
  lease uuid,
  tried_since timestamp with time zone,
  attempts integer not null default 0,
  disabled_at timestamp with time zone,
  disabled_reason text,
  created_at timestamp with time zone not null default now(),
  constraint devices_pkey PRIMARY KEY (id),
  constraint devices_disabled_whole CHECK (((disabled_at IS NULL) = (disabled_reason IS NULL))),
  constraint devices_environment_known CHECK ((environment = ANY (ARRAY['production'::text, 'sandbox'::text]))),
  constraint devices_preview_known CHECK ((preview = ANY (ARRAY['none'::text, 'name'::text, 'text'::text]))),
  constraint devices_provider_known CHECK ((provider = ANY (ARRAY['apns'::text, 'fcm'::text, 'webpush'::text, 'expo'::text]))),
  constraint devices_session_key UNIQUE (session_id),
  constraint devices_token_key UNIQUE (provider, token_hash)
) with (fillfactor=70);

create table erased_addresses (
  address_hash text not null,
  erased_at timestamp with time zone not null,
  constraint erased_addresses_pkey PRIMARY KEY (address_hash)
);

create table evidence_views (
  token_hash bytea not null,
  report_id uuid not null,
  media_id uuid not null,
  expires_at timestamp with time zone not null,
  constraint evidence_views_pkey PRIMARY KEY (token_hash),
  constraint evidence_views_hash_size CHECK ((octet_length(token_hash) = 32))
);

create table job_turns (
  name text not null,
  next_at timestamp with time zone not null,
  constraint job_turns_pkey PRIMARY KEY (name)
);

create table jobs (
  id uuid not null,
  kind text not null,
  payload jsonb not null,
  key text,
  run_at timestamp with time zone not null,
  attempts integer not null default 0,
  leased_until timestamp with time zone,
  failed_at timestamp with time zone,
  last_error text,
  created_at timestamp with time zone not null default now(),
  constraint jobs_pkey PRIMARY KEY (id),
  constraint jobs_attempts_counted CHECK ((attempts >= 0)),
  constraint jobs_kind_key UNIQUE (kind, key)
);

create table matches (
  id uuid not null,
  user1_id uuid not null,
  user2_id uuid not null,
  status text not null default 'active'::text,
  match_type text not null,
  matched_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint matches_pkey PRIMARY KEY (id),
  constraint matches_ordered CHECK ((user1_id < user2_id)),
  constraint matches_pair_key UNIQUE (user1_id, user2_id),
  constraint matches_status_known CHECK ((status = ANY (ARRAY['active'::text, 'unmatched'::text, 'blocked'::text]))),
  constraint matches_type_known CHECK ((match_type = ANY (ARRAY['mutual_like'::text, 'message_accepted'::text, 'message_replied'::text])))
);

create table media (
  id uuid not null,
  owner_id uuid,
  state text not null default 'pending'::text,
  content_type text not null,
  size integer not null,
  width integer,
  height integer,
  placeholder text,
  hash bytea,
  created_at timestamp with time zone not null default now(),
  claimed_at timestamp with time zone,
  has_objects boolean not null default true,
  verdict text,
  constraint media_pkey PRIMARY KEY (id),
  constraint media_hash_size CHECK ((octet_length(hash) = 32)),
  constraint media_ready_whole CHECK (((state <> 'ready'::text) OR ((width IS NOT NULL) AND (height IS NOT NULL) AND (placeholder IS NOT NULL) AND (hash IS NOT NULL)))),
  constraint media_state_known CHECK ((state = ANY (ARRAY['pending'::text, 'held'::text, 'ready'::text, 'rejected'::text, 'gone'::text]))),
  constraint media_verdict_known CHECK ((verdict = ANY (ARRAY['allow'::text, 'reject'::text])))
);

create table media_evidence (
  report_id uuid not null,
  media_id uuid not null,
  sealed_at timestamp with time zone,
  constraint media_evidence_pkey PRIMARY KEY (report_id, media_id)
);

create table media_uses (
  media_id uuid not null,
  conversation_id uuid not null,
  constraint media_uses_pkey PRIMARY KEY (media_id, conversation_id)
);

create table message_requests (
  id uuid not null,
  sender_id uuid not null,
  receiver_id uuid not null,
  message_id uuid not null,
  status character varying(20) not null default 'pending'::character varying,
  preview_text text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint message_requests_pkey PRIMARY KEY (id),
  constraint message_requests_not_self CHECK ((sender_id <> receiver_id)),
  constraint message_requests_pair_key UNIQUE (sender_id, receiver_id),
  constraint message_requests_preview_length CHECK (((char_length(preview_text) >= 1) AND (char_length(preview_text) <= 250))),
  constraint message_requests_status_known CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'accepted'::character varying, 'declined'::character varying, 'cancelled'::character varying])::text[])))
);

create table messages (
  id uuid not null,
  conversation_id uuid not null,
  seq bigint,
  sender_id uuid not null,
  receiver_id uuid not null,
  content text not null,
  message_type character varying(20) not null default 'text'::character varying,
  is_request boolean not null default false,
  request_status character varying(20),
  request_id uuid,
  is_read boolean not null default false,
  read_at timestamp with time zone,
  client_message_id text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint messages_pkey PRIMARY KEY (id, conversation_id),
  constraint messages_order_key UNIQUE (conversation_id, seq),
  constraint messages_request_status_known CHECK (((request_status)::text = ANY ((ARRAY['pending'::character varying, 'accepted'::character varying, 'declined'::character varying, 'cancelled'::character varying])::text[]))),
  constraint messages_type_known CHECK (((message_type)::text = ANY ((ARRAY['text'::character varying, 'image'::character varying, 'emoji'::character varying])::text[]))),
  constraint messages_whole CHECK (((sender_id <> receiver_id) AND ((char_length(content) >= 1) AND (char_length(content) <= 1000)) AND ((char_length(client_message_id) >= 1) AND (char_length(client_message_id) <= 64)) AND ((seq IS NOT NULL) OR is_request) AND (is_request = (request_status IS NOT NULL)) AND (is_read = (read_at IS NOT NULL))))
);

create table notices (
  id uuid not null,
  user_id uuid not null,
  notice text not null,
  kind text,
  text text not null,
  until timestamp with time zone,
  sanction_id uuid,
  report_id uuid,
  created_at timestamp with time zone not null default now(),
  told_at timestamp with time zone,
  constraint notices_pkey PRIMARY KEY (id),
  constraint notices_kind_known CHECK ((kind = ANY (ARRAY['warn'::text, 'mute'::text, 'suspend'::text, 'ban'::text]))),
  constraint notices_notice_known CHECK ((notice = ANY (ARRAY['sanction'::text, 'sanction_lifted'::text, 'block_lifted'::text, 'report_outcome'::text, 'appeal_decided'::text])))
);

create table operator_events (
  seq bigint not null,
  id uuid not null,
  type text not null,
  data jsonb not null,
  created_at timestamp with time zone not null default now(),
  constraint operator_events_pkey PRIMARY KEY (seq),
  constraint operator_events_id_key UNIQUE (id)
);

create table otp_codes (
  email text not null,
  code_hash text not null,
  attempts smallint not null default 0,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  constraint otp_codes_pkey PRIMARY KEY (email),
  constraint otp_codes_email_lower CHECK ((email = lower(email)))
);

create table pairs (
  user1_id uuid not null,
  user2_id uuid not null,
  constraint pairs_pkey PRIMARY KEY (user1_id, user2_id),
  constraint pairs_ordered CHECK ((user1_id < user2_id))
) with (fillfactor=70);

create table push_sweeps (
  only_row boolean not null default true,
  swept_to timestamp with time zone not null,
  constraint push_sweeps_pkey PRIMARY KEY (only_row),
  constraint push_sweeps_one_row CHECK (only_row)
);

create table read_marks (
  conversation_id uuid not null,
  reader_id uuid not null,
  seq bigint not null,
  read_at timestamp with time zone not null default now(),
  constraint read_marks_pkey PRIMARY KEY (conversation_id, reader_id, seq) INCLUDE (read_at)
);

create table refresh_tokens (
  token_hash bytea not null,
  session_id uuid not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint refresh_tokens_pkey PRIMARY KEY (token_hash)
);

create table report_evidence (
  report_id uuid not null,
  "position" integer not null,
  kind text not null,
  sealed bytea not null,
  prev_hash bytea not null,
  hash bytea not null,
  created_at timestamp with time zone not null default now(),
  constraint report_evidence_pkey PRIMARY KEY (report_id, "position"),
  constraint report_evidence_hash_size CHECK (((octet_length(hash) = 32) AND (octet_length(prev_hash) = 32))),
  constraint report_evidence_kind_known CHECK ((kind = ANY (ARRAY['statement'::text, 'profile'::text, 'message'::text, 'picture'::text])))
);

create table report_evidence_keys (
  report_id uuid not null,
  key bytea not null,
  constraint report_evidence_keys_pkey PRIMARY KEY (report_id),
  constraint report_evidence_keys_size CHECK ((octet_length(key) = 32))
);

create table report_notes (
  id uuid not null,
  report_id uuid not null,
  author_id uuid,
  text text not null,
  created_at timestamp with time zone not null default now(),
  constraint report_notes_pkey PRIMARY KEY (id),
  constraint report_notes_text_length CHECK (((char_length(text) >= 1) AND (char_length(text) <= 2000)))
);

create table sanctions (
  id uuid not null,
  user_id uuid not null,
  kind text not null,
  reason text not null,
  until timestamp with time zone,
  report_id uuid,
  created_by uuid,
  confirmed_by uuid,
  confirmed_at timestamp with time zone,
  lifted_at timestamp with time zone,
  lifted_by uuid,
  lift_reason text,
  created_at timestamp with time zone not null default now(),
  lift_requested_by uuid,
  lift_requested_at timestamp with time zone,
  constraint sanctions_pkey PRIMARY KEY (id),
  constraint sanctions_confirmed_ban CHECK (((confirmed_at IS NULL) OR (kind = 'ban'::text))),
  constraint sanctions_kind_known CHECK ((kind = ANY (ARRAY['warn'::text, 'mute'::text, 'suspend'::text, 'ban'::text]))),
  constraint sanctions_lift_two_people CHECK (((lift_requested_by IS NULL) OR (lift_requested_by <> lifted_by))),
  constraint sanctions_lift_whole CHECK (((lifted_at IS NULL) = (lift_reason IS NULL))),
  constraint sanctions_two_people CHECK (((confirmed_by IS NULL) OR (confirmed_by <> created_by))),
  constraint sanctions_until_present CHECK (((kind = 'warn'::text) = (until IS NULL)))
);

create table sessions (
  id uuid not null,
  user_id uuid not null,
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone not null default now(),
  revoked_at timestamp with time zone,
  revoke_reason text,
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_revoke_reason_known CHECK ((revoke_reason = ANY (ARRAY['logout'::text, 'logout_all'::text, 'token_reuse'::text, 'sanction'::text, 'deleted'::text])))
);

create table signing_key (
  singleton boolean not null default true,
  fingerprint bytea not null,
  declared_at timestamp with time zone not null default now(),
  constraint signing_key_pkey PRIMARY KEY (singleton),
  constraint signing_key_singleton CHECK (singleton)
);

create table unmatch_reasons (
  about_id uuid not null,
  by_id uuid not null,
  reason character varying(100) not null,
  created_at timestamp with time zone not null default now(),
  constraint unmatch_reasons_pkey PRIMARY KEY (about_id, by_id),
  constraint unmatch_reasons_not_self CHECK ((about_id <> by_id))
);

create table user_actions (
  id uuid not null,
  actor_id uuid not null,
  target_id uuid not null,
  action_type text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint user_actions_pkey PRIMARY KEY (id),
  constraint user_actions_not_self CHECK ((actor_id <> target_id)),
  constraint user_actions_pair_key UNIQUE (actor_id, target_id),
  constraint user_actions_type_known CHECK ((action_type = ANY (ARRAY['like'::text, 'dislike'::text, 'super_like'::text, 'message_request'::text])))
);

create table user_blocks (
  id uuid not null,
  blocker_id uuid not null,
  blocked_id uuid not null,
  reason character varying(100),
  upheld_at timestamp with time zone,
  upheld_by uuid,
  created_at timestamp with time zone not null default now(),
  blocked_name text,
  blocked_photos text[],
  blocker_name text,
  blocker_photos text[],
  constraint user_blocks_pkey PRIMARY KEY (id),
  constraint user_blocks_not_self CHECK ((blocker_id <> blocked_id)),
  constraint user_blocks_pair_key UNIQUE (blocker_id, blocked_id)
);

create table user_events (
  user_id uuid not null,
  seq bigint not null,
  event text not null,
  conversation_id uuid,
  message_id uuid,
  data jsonb,
  created_at timestamp with time zone not null default now(),
  constraint user_events_pkey PRIMARY KEY (user_id, seq),
  constraint user_events_content CHECK (((data IS NOT NULL) OR (message_id IS NOT NULL)))
);

create table user_logs (
  user_id uuid not null,
  last_seq bigint not null default 0,
  trimmed_seq bigint not null default 0,
  constraint user_logs_pkey PRIMARY KEY (user_id)
) with (fillfactor=70);

create table user_presence (
  user_id uuid not null,
  gender text not null,
  show_activity_status boolean not null default true,
  is_active boolean not null default true,
  is_online boolean not null default false,
  last_active timestamp with time zone not null default now(),
  feed_online boolean not null generated always as ((is_online AND show_activity_status)) stored,
  feed_active_at timestamp with time zone not null generated always as (
CASE
    WHEN show_activity_status THEN last_active
    ELSE (date_trunc('week'::text, (last_active AT TIME ZONE 'UTC'::text)) AT TIME ZONE 'UTC'::text)
END) stored,
  constraint user_presence_pkey PRIMARY KEY (user_id)
) with (fillfactor=70);

create table user_reports (
  id uuid not null,
  reporter_id uuid not null,
  reported_id uuid not null,
  reason character varying(100) not null,
  description text,
  status character varying(20) not null default 'pending'::character varying,
  priority smallint not null,
  due_at timestamp with time zone not null,
  claimed_by uuid,
  claimed_until timestamp with time zone,
  resolution_action text,
  resolution_reason text,
  resolved_by uuid,
  resolved_at timestamp with time zone,
  evidence_count integer not null default 0,
  evidence_head bytea,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  decided_with uuid,
  constraint user_reports_pkey PRIMARY KEY (id),
  constraint user_reports_action_known CHECK ((resolution_action = ANY (ARRAY['none'::text, 'warn'::text, 'mute'::text, 'suspend'::text, 'ban'::text]))),
  constraint user_reports_claim_whole CHECK (((claimed_by IS NULL) OR (claimed_until IS NOT NULL))),
  constraint user_reports_description_length CHECK ((char_length(description) <= 1000)),
  constraint user_reports_dismissed_acts_on_nobody CHECK ((((status)::text <> 'dismissed'::text) OR (resolution_action = 'none'::text))),
  constraint user_reports_evidence_head_size CHECK ((octet_length(evidence_head) = 32)),
  constraint user_reports_not_self CHECK ((reporter_id <> reported_id)),
  constraint user_reports_priority_range CHECK (((priority >= 0) AND (priority <= 3))),
  constraint user_reports_reason_known CHECK (((reason)::text = ANY ((ARRAY['fake_profile'::character varying, 'inappropriate_behavior'::character varying, 'spam'::character varying, 'harassment'::character varying, 'scam'::character varying, 'underage'::character varying, 'other'::character varying])::text[]))),
  constraint user_reports_resolution_whole CHECK (((((status)::text = ANY ((ARRAY['resolved'::character varying, 'dismissed'::character varying])::text[])) = (resolution_action IS NOT NULL)) AND ((resolution_action IS NULL) = (resolution_reason IS NULL)) AND ((resolution_action IS NULL) = (resolved_at IS NULL)))),
  constraint user_reports_status_known CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'reviewed'::character varying, 'resolved'::character varying, 'dismissed'::character varying])::text[])))
);

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
  profile_photos text[] not null default '{}'::text[],
  interests text[] not null default '{}'::text[],
  preferred_genders text[] not null default '{}'::text[],
  show_activity_status boolean not null default true,
  is_premium boolean not null default false,
  premium_expires_at timestamp with time zone,
  is_active boolean not null default true,
  onboarding_completed boolean not null default false,
  role text not null default 'user'::text,
  muted_until timestamp with time zone,
  suspended_until timestamp with time zone,
  tag text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  deleted_at timestamp with time zone,
  erased_at timestamp with time zone,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_deleted_closed CHECK (((deleted_at IS NULL) OR (NOT is_active))),
  constraint users_erased_deleted CHECK (((erased_at IS NULL) OR (deleted_at IS NOT NULL))),
  constraint users_gender_known CHECK ((gender = ANY (ARRAY['male'::text, 'female'::text, 'non-binary'::text]))),
  constraint users_name_length CHECK (((char_length(name) >= 2) AND (char_length(name) <= 50))),
  constraint users_preferred_genders_known CHECK ((preferred_genders <@ ARRAY['male'::text, 'female'::text, 'non-binary'::text])),
  constraint users_role_known CHECK ((role = ANY (ARRAY['user'::text, 'moderator'::text, 'admin'::text])))
) with (fillfactor=80);

create table webhook_attempts (
  id uuid not null,
  event_id uuid not null,
  attempted_at timestamp with time zone not null default now(),
  duration_ms integer not null,
  status integer,
  error text,
  constraint webhook_attempts_pkey PRIMARY KEY (id)
);

create table webhook_disabled (
  url text not null,
  since timestamp with time zone not null default now(),
  reason text not null,
  constraint webhook_disabled_pkey PRIMARY KEY (url)
);

alter table appeals add constraint appeals_appellant_fkey FOREIGN KEY (appellant_id) REFERENCES users(id) ON DELETE CASCADE;

alter table appeals add constraint appeals_claimed_by_fkey FOREIGN KEY (claimed_by) REFERENCES users(id) ON DELETE SET NULL;

alter table appeals add constraint appeals_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users(id) ON DELETE SET NULL;

alter table appeals add constraint appeals_report_fkey FOREIGN KEY (report_id) REFERENCES user_reports(id) ON DELETE CASCADE;

alter table appeals add constraint appeals_sanction_fkey FOREIGN KEY (sanction_id) REFERENCES sanctions(id) ON DELETE CASCADE;

alter table conversations add constraint conversations_user1_fkey FOREIGN KEY (user1_id) REFERENCES users(id) ON DELETE CASCADE;

alter table conversations add constraint conversations_user2_fkey FOREIGN KEY (user2_id) REFERENCES users(id) ON DELETE CASCADE;

alter table devices add constraint devices_session_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE;

alter table devices add constraint devices_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

alter table evidence_views add constraint evidence_views_picture_fkey FOREIGN KEY (report_id, media_id) REFERENCES media_evidence(report_id, media_id) ON DELETE CASCADE;

alter table matches add constraint matches_user1_fkey FOREIGN KEY (user1_id) REFERENCES users(id) ON DELETE CASCADE;

alter table matches add constraint matches_user2_fkey FOREIGN KEY (user2_id) REFERENCES users(id) ON DELETE CASCADE;

alter table media add constraint media_owner_fkey FOREIGN KEY (owner_id) REFERENCES users(id) ON DELETE SET NULL;

alter table media_evidence add constraint media_evidence_report_fkey FOREIGN KEY (report_id) REFERENCES user_reports(id) ON DELETE CASCADE;

alter table media_uses add constraint media_uses_media_fkey FOREIGN KEY (media_id) REFERENCES media(id) ON DELETE CASCADE;

alter table message_requests add constraint message_requests_receiver_fkey FOREIGN KEY (receiver_id) REFERENCES users(id) ON DELETE CASCADE;

alter table message_requests add constraint message_requests_sender_fkey FOREIGN KEY (sender_id) REFERENCES users(id) ON DELETE CASCADE;

alter table notices add constraint notices_report_fkey FOREIGN KEY (report_id) REFERENCES user_reports(id) ON DELETE CASCADE;

alter table notices add constraint notices_sanction_fkey FOREIGN KEY (sanction_id) REFERENCES sanctions(id) ON DELETE CASCADE;

alter table notices add constraint notices_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

alter table refresh_tokens add constraint refresh_tokens_session_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE;

alter table report_evidence add constraint report_evidence_report_fkey FOREIGN KEY (report_id) REFERENCES user_reports(id) ON DELETE CASCADE;

alter table report_evidence_keys add constraint report_evidence_keys_report_fkey FOREIGN KEY (report_id) REFERENCES user_reports(id) ON DELETE CASCADE;

alter table report_notes add constraint report_notes_author_fkey FOREIGN KEY (author_id) REFERENCES users(id) ON DELETE SET NULL;

alter table report_notes add constraint report_notes_report_fkey FOREIGN KEY (report_id) REFERENCES user_reports(id) ON DELETE CASCADE;

alter table sanctions add constraint sanctions_confirmed_by_fkey FOREIGN KEY (confirmed_by) REFERENCES users(id) ON DELETE SET NULL;

alter table sanctions add constraint sanctions_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL;

alter table sanctions add constraint sanctions_lift_requested_by_fkey FOREIGN KEY (lift_requested_by) REFERENCES users(id) ON DELETE SET NULL;

alter table sanctions add constraint sanctions_lifted_by_fkey FOREIGN KEY (lifted_by) REFERENCES users(id) ON DELETE SET NULL;

alter table sanctions add constraint sanctions_report_fkey FOREIGN KEY (report_id) REFERENCES user_reports(id) ON DELETE SET NULL;

alter table sanctions add constraint sanctions_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

alter table sessions add constraint sessions_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_actions add constraint user_actions_actor_fkey FOREIGN KEY (actor_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_actions add constraint user_actions_target_fkey FOREIGN KEY (target_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_blocks add constraint user_blocks_blocked_fkey FOREIGN KEY (blocked_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_blocks add constraint user_blocks_blocker_fkey FOREIGN KEY (blocker_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_blocks add constraint user_blocks_upheld_by_fkey FOREIGN KEY (upheld_by) REFERENCES users(id) ON DELETE SET NULL;

alter table user_logs add constraint user_logs_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_presence add constraint user_presence_user_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_reports add constraint user_reports_claimed_by_fkey FOREIGN KEY (claimed_by) REFERENCES users(id) ON DELETE SET NULL;

alter table user_reports add constraint user_reports_decided_with_fkey FOREIGN KEY (decided_with) REFERENCES user_reports(id) ON DELETE SET NULL;

alter table user_reports add constraint user_reports_reported_fkey FOREIGN KEY (reported_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_reports add constraint user_reports_reporter_fkey FOREIGN KEY (reporter_id) REFERENCES users(id) ON DELETE CASCADE;

alter table user_reports add constraint user_reports_resolved_by_fkey FOREIGN KEY (resolved_by) REFERENCES users(id) ON DELETE SET NULL;

CREATE INDEX appeals_appellant_idx ON public.appeals USING btree (appellant_id, created_at DESC, id DESC);

CREATE INDEX appeals_claimed_by_idx ON public.appeals USING btree (claimed_by) WHERE (claimed_by IS NOT NULL);

CREATE INDEX appeals_created_idx ON public.appeals USING btree (created_at DESC, id DESC);

CREATE INDEX appeals_decided_by_idx ON public.appeals USING btree (decided_by) WHERE (decided_by IS NOT NULL);

CREATE INDEX appeals_queue_idx ON public.appeals USING btree (due_at, id) WHERE (status = 'open'::text);

CREATE INDEX audit_log_action_idx ON public.audit_log USING btree (action, seq DESC);

CREATE INDEX audit_log_actor_idx ON public.audit_log USING btree (actor_id, seq DESC);

CREATE INDEX audit_log_target_idx ON public.audit_log USING btree (target_type, target_id, seq DESC);

CREATE INDEX conversations_created_idx ON public.conversations USING brin (created_at);

CREATE INDEX conversations_user1_idx ON public.conversations USING btree (user1_id, status);

CREATE INDEX conversations_user2_idx ON public.conversations USING btree (user2_id, status);

CREATE INDEX devices_due_idx ON public.devices USING btree (provider, due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX devices_user_idx ON public.devices USING btree (user_id);

CREATE INDEX evidence_views_expires_idx ON public.evidence_views USING btree (expires_at);

CREATE INDEX evidence_views_picture_idx ON public.evidence_views USING btree (report_id, media_id);

CREATE INDEX jobs_due_idx ON public.jobs USING btree (run_at) WHERE (failed_at IS NULL);

CREATE INDEX matches_user1_idx ON public.matches USING btree (user1_id, status, matched_at DESC, id DESC);

CREATE INDEX matches_user2_idx ON public.matches USING btree (user2_id, status, matched_at DESC, id DESC);

CREATE INDEX media_leftovers_idx ON public.media USING btree (id) WHERE (has_objects AND (state = ANY (ARRAY['gone'::text, 'rejected'::text])));

CREATE INDEX media_orphans_idx ON public.media USING btree (created_at) WHERE ((claimed_at IS NULL) AND (state <> 'gone'::text));

CREATE INDEX media_owner_idx ON public.media USING btree (owner_id, created_at, id);

CREATE INDEX media_ownerless_idx ON public.media USING btree (id) WHERE ((owner_id IS NULL) AND (state <> 'gone'::text));

CREATE INDEX media_evidence_unsealed_idx ON public.media_evidence USING btree (media_id) WHERE (sealed_at IS NULL);

CREATE UNIQUE INDEX message_requests_one_pending ON public.message_requests USING btree (LEAST(sender_id, receiver_id), GREATEST(sender_id, receiver_id)) WHERE ((status)::text = 'pending'::text);

CREATE INDEX message_requests_received_idx ON public.message_requests USING btree (receiver_id, status, created_at DESC, id DESC);

CREATE INDEX message_requests_sent_idx ON public.message_requests USING btree (sender_id, status, created_at DESC, id DESC);

CREATE UNIQUE INDEX messages_idempotency_key ON public.messages USING btree (conversation_id, sender_id, client_message_id) WHERE (client_message_id IS NOT NULL);

CREATE INDEX messages_unplaced_idx ON public.messages USING btree (sender_id, created_at) WHERE (seq IS NULL);

CREATE INDEX notices_report_idx ON public.notices USING btree (report_id) WHERE (report_id IS NOT NULL);

CREATE INDEX notices_sanction_idx ON public.notices USING btree (sanction_id) WHERE (sanction_id IS NOT NULL);

CREATE INDEX notices_user_idx ON public.notices USING btree (user_id, told_at DESC, id DESC);

CREATE INDEX operator_events_created_idx ON public.operator_events USING btree (created_at);

CREATE INDEX otp_codes_expiry_idx ON public.otp_codes USING btree (expires_at);

CREATE INDEX refresh_tokens_expiry_idx ON public.refresh_tokens USING btree (expires_at);

CREATE INDEX refresh_tokens_session_idx ON public.refresh_tokens USING btree (session_id);

CREATE INDEX report_notes_author_idx ON public.report_notes USING btree (author_id);

CREATE INDEX report_notes_report_idx ON public.report_notes USING btree (report_id, created_at);

CREATE INDEX sanctions_confirmed_by_idx ON public.sanctions USING btree (confirmed_by);

CREATE INDEX sanctions_created_by_idx ON public.sanctions USING btree (created_by);

CREATE INDEX sanctions_created_idx ON public.sanctions USING btree (created_at DESC, id DESC);

CREATE INDEX sanctions_lift_requested_by_idx ON public.sanctions USING btree (lift_requested_by) WHERE (lift_requested_by IS NOT NULL);

CREATE INDEX sanctions_lifted_by_idx ON public.sanctions USING btree (lifted_by);

CREATE INDEX sanctions_report_idx ON public.sanctions USING btree (report_id);

CREATE INDEX sanctions_unconfirmed_idx ON public.sanctions USING btree (created_at) WHERE ((kind = 'ban'::text) AND (confirmed_at IS NULL) AND (lifted_at IS NULL));

CREATE INDEX sanctions_user_idx ON public.sanctions USING btree (user_id, created_at DESC);

CREATE INDEX sessions_user_idx ON public.sessions USING btree (user_id) WHERE (revoked_at IS NULL);

CREATE INDEX unmatch_reasons_by_idx ON public.unmatch_reasons USING btree (by_id);

CREATE INDEX user_actions_likes_idx ON public.user_actions USING btree (actor_id, updated_at) WHERE (action_type = ANY (ARRAY['like'::text, 'super_like'::text]));

CREATE INDEX user_actions_target_idx ON public.user_actions USING btree (target_id, actor_id);

CREATE INDEX user_blocks_blocked_idx ON public.user_blocks USING btree (blocked_id);

CREATE INDEX user_blocks_blocker_idx ON public.user_blocks USING btree (blocker_id, created_at DESC, id DESC);

CREATE INDEX user_blocks_created_idx ON public.user_blocks USING btree (created_at DESC, id DESC);

CREATE INDEX user_blocks_upheld_by_idx ON public.user_blocks USING btree (upheld_by) WHERE (upheld_by IS NOT NULL);

CREATE INDEX user_events_created_idx ON public.user_events USING brin (created_at);

CREATE INDEX user_presence_active_idx ON public.user_presence USING btree (last_active) WHERE is_active;

CREATE INDEX user_presence_feed_idx ON public.user_presence USING btree (gender, feed_online DESC, feed_active_at DESC, user_id DESC) WHERE is_active;

CREATE INDEX user_presence_online_idx ON public.user_presence USING btree (user_id) WHERE is_online;

CREATE INDEX user_reports_age_idx ON public.user_reports USING btree (created_at, id) WHERE ((status)::text = ANY ((ARRAY['pending'::character varying, 'reviewed'::character varying])::text[]));

CREATE INDEX user_reports_claimed_by_idx ON public.user_reports USING btree (claimed_by) WHERE (claimed_by IS NOT NULL);

CREATE INDEX user_reports_created_idx ON public.user_reports USING btree (created_at, id);

CREATE INDEX user_reports_decided_idx ON public.user_reports USING btree (resolved_at) WHERE (resolved_at IS NOT NULL);

CREATE INDEX user_reports_decided_with_idx ON public.user_reports USING btree (decided_with) WHERE (decided_with IS NOT NULL);

CREATE UNIQUE INDEX user_reports_one_open ON public.user_reports USING btree (reporter_id, reported_id) WHERE ((status)::text = ANY ((ARRAY['pending'::character varying, 'reviewed'::character varying])::text[]));

CREATE INDEX user_reports_queue_idx ON public.user_reports USING btree (priority, due_at, id) WHERE ((status)::text = ANY ((ARRAY['pending'::character varying, 'reviewed'::character varying])::text[]));

CREATE INDEX user_reports_reported_idx ON public.user_reports USING btree (reported_id, created_at DESC);

CREATE INDEX user_reports_reporter_idx ON public.user_reports USING btree (reporter_id, created_at DESC);

CREATE INDEX user_reports_resolved_by_idx ON public.user_reports USING btree (resolved_by) WHERE (resolved_by IS NOT NULL);

CREATE UNIQUE INDEX users_email_key ON public.users USING btree (lower(email));

CREATE INDEX users_name_idx ON public.users USING btree (lower(name) COLLATE "C", id);

CREATE INDEX users_staff_idx ON public.users USING btree (id) WHERE (role <> 'user'::text);

CREATE INDEX users_tag_idx ON public.users USING btree (tag) WHERE (tag IS NOT NULL);

CREATE INDEX users_unerased_idx ON public.users USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (erased_at IS NULL));

CREATE INDEX webhook_attempts_event_idx ON public.webhook_attempts USING btree (event_id);

CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION forbid_change();

CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

CREATE TRIGGER report_evidence_append_only BEFORE UPDATE ON public.report_evidence FOR EACH ROW EXECUTE FUNCTION forbid_change();

comment on column user_reports.decided_with is 'the report that the decision was taken on, of each that it decided; null when it decided this one alone';
