-- Which JWT_SECRET the servers of this database sign with, as a fingerprint: the command line refuses to sign tokens
-- with another one, which no server would accept.

-- up
create table signing_key (
  singleton boolean not null default true,
  -- HMAC of a constant text, 16 bytes: a secret of 256 bits cannot be guessed from it.
  fingerprint bytea not null,
  declared_at timestamptz not null default now(),
  constraint signing_key_pkey primary key (singleton),
  constraint signing_key_singleton check (singleton)
);

-- down
drop table signing_key;
