-- Who was active lately is counted, and a claim outlives its moderator's row.
-- Nothing is released: these tables are small wherever this runs.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation

-- up
-- The time changes at most once a minute and person, and stands in users_discovery_idx already.
create index users_active_idx on users (last_active) where is_active;

-- A lease is whose it is and until when. When the row of its holder is deleted, the key sets claimed_by to null and
-- can set nothing else: what is left of the lease is nobody's.
alter table user_reports
  drop constraint user_reports_claim_whole,
  add constraint user_reports_claim_whole check (claimed_by is null or claimed_until is not null);

-- down
update user_reports set claimed_until = null where claimed_by is null;
alter table user_reports
  drop constraint user_reports_claim_whole,
  add constraint user_reports_claim_whole check ((claimed_by is null) = (claimed_until is null));
drop index users_active_idx;
