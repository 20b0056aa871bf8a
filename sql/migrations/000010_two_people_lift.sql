-- What took two people takes two to end, and the staff are found without reading everybody.
-- Nothing is released: these tables are small wherever this runs.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, adding-foreign-key-constraint

-- up
-- Who asked first for the end of a confirmed ban; a second person's request ends it.
alter table sanctions
  add column lift_requested_by uuid,
  add column lift_requested_at timestamptz,
  add constraint sanctions_lift_requested_by_fkey
    foreign key (lift_requested_by) references users (id) on delete set null,
  add constraint sanctions_lift_two_people check (lift_requested_by is null or lift_requested_by <> lifted_by);
create index sanctions_lift_requested_by_idx on sanctions (lift_requested_by) where lift_requested_by is not null;

create index users_staff_idx on users (id) where role <> 'user';

-- down
drop index users_staff_idx;
alter table sanctions
  drop constraint sanctions_lift_two_people,
  drop constraint sanctions_lift_requested_by_fkey,
  drop column lift_requested_by,
  drop column lift_requested_at;
