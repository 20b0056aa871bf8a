-- Pictures that reports seal: which are to be copied, and links by which staff look at one once.
-- squawk-ignore-file constraint-missing-not-valid

-- up
create table media_evidence (
  report_id uuid not null,
  -- No key: the picture's own row may go.
  media_id uuid not null,
  -- When the encrypted copies were stored; until then the picture's objects are kept, whatever becomes of it.
  sealed_at timestamptz,
  constraint media_evidence_pkey primary key (report_id, media_id),
  constraint media_evidence_report_fkey foreign key (report_id) references user_reports (id) on delete cascade
);
create index media_evidence_unsealed_idx on media_evidence (media_id) where sealed_at is null;

-- A link is used up by looking, or ends.
create table evidence_views (
  -- SHA-256 of what the link carries.
  token_hash bytea not null,
  report_id uuid not null,
  media_id uuid not null,
  expires_at timestamptz not null,
  constraint evidence_views_pkey primary key (token_hash),
  constraint evidence_views_picture_fkey foreign key (report_id, media_id)
    references media_evidence (report_id, media_id) on delete cascade,
  constraint evidence_views_hash_size check (octet_length(token_hash) = 32)
);
create index evidence_views_picture_idx on evidence_views (report_id, media_id);
create index evidence_views_expires_idx on evidence_views (expires_at);

alter table report_evidence drop constraint report_evidence_kind_known;
alter table report_evidence add constraint report_evidence_kind_known
  check (kind in ('statement', 'profile', 'message', 'picture'));

-- down
drop table evidence_views;
drop table media_evidence;
alter table report_evidence drop constraint report_evidence_kind_known;
alter table report_evidence add constraint report_evidence_kind_known
  check (kind in ('statement', 'profile', 'message'));
