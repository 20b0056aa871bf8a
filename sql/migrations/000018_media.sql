-- Pictures that people upload, the conversations they were sent to, and the copies that reports keep.

-- up
create table media (
  id uuid not null,
  -- Null once the account is deleted: the objects go, the row stays as long as messages name it.
  owner_id uuid,
  -- pending: not uploaded or not decoded; held: waits for the verdict of the scanner; ready; rejected; gone.
  state text not null default 'pending',
  content_type text not null,
  -- What the client declared, then what is stored.
  size integer not null,
  width integer,
  height integer,
  placeholder text,
  -- SHA-256 of the stored picture.
  hash bytea,
  created_at timestamptz not null default now(),
  -- When it was sent first; until then it is an orphan.
  claimed_at timestamptz,
  -- Whether the store may hold objects of it.
  has_objects boolean not null default true,
  constraint media_pkey primary key (id),
  constraint media_owner_fkey foreign key (owner_id) references users (id) on delete set null,
  constraint media_state_known check (state in ('pending', 'held', 'ready', 'rejected', 'gone')),
  constraint media_hash_size check (octet_length(hash) = 32),
  constraint media_ready_whole check (state <> 'ready' or (
    width is not null and height is not null and placeholder is not null and hash is not null
  ))
);
create index media_owner_idx on media (owner_id, created_at, id);
create index media_orphans_idx on media (created_at) where claimed_at is null and state <> 'gone';
create index media_ownerless_idx on media (id) where owner_id is null and state <> 'gone';
create index media_leftovers_idx on media (id) where has_objects and state in ('gone', 'rejected');

-- Where a picture was sent: who is in the conversation may see it while the conversation may be read.
create table media_uses (
  media_id uuid not null,
  conversation_id uuid not null,
  constraint media_uses_pkey primary key (media_id, conversation_id),
  constraint media_uses_media_fkey foreign key (media_id) references media (id) on delete cascade
);

-- down
drop table media_uses;
drop table media;
