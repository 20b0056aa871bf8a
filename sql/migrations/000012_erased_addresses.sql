-- Which addresses have just left: what proved an address before its account was deleted makes no account after it.
-- A new table: nothing is locked for long.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation

-- up
create table erased_addresses (
  -- Keyed with the server's secret: the address itself is forgotten.
  address_hash text not null,
  erased_at timestamptz not null,
  constraint erased_addresses_pkey primary key (address_hash)
);

-- down
drop table erased_addresses;
