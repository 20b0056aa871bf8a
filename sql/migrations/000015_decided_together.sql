-- Several reports about one person can be decided by one decision; taking it back opens all of them again.
-- Nothing is released: these tables are small wherever this runs.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, adding-foreign-key-constraint

-- up
alter table user_reports add column decided_with uuid;
alter table user_reports add constraint user_reports_decided_with_fkey
  foreign key (decided_with) references user_reports (id) on delete set null;
create index user_reports_decided_with_idx on user_reports (decided_with) where decided_with is not null;
comment on column user_reports.decided_with is
  'the report that the decision was taken on, of each that it decided; null when it decided this one alone';

-- down
alter table user_reports drop constraint user_reports_decided_with_fkey, drop column decided_with;
