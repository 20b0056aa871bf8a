-- Why people ended a match, in their words: moderators read it beside reports about the person who was left.

-- up
create table unmatch_reasons (
  about_id uuid not null,
  by_id uuid not null,
  reason varchar(100) not null,
  created_at timestamptz not null default now(),
  constraint unmatch_reasons_pkey primary key (about_id, by_id),
  constraint unmatch_reasons_not_self check (about_id <> by_id)
);
create index unmatch_reasons_by_idx on unmatch_reasons (by_id);

-- down
drop table unmatch_reasons;
