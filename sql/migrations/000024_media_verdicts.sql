-- What the scanner of pictures said: null while it has said nothing final.

-- up
alter table media add column verdict text constraint media_verdict_known check (verdict in ('allow', 'reject'));

-- down
alter table media drop column verdict;
