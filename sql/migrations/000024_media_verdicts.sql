-- What the scanner of pictures said: null while it has said nothing final.

-- up
alter table media add column verdict text;
alter table media add constraint media_verdict_known check (verdict in ('allow', 'reject')) not valid;
alter table media validate constraint media_verdict_known;

-- down
alter table media drop column verdict;
