-- What became of the reports that somebody filed is shown beside each report of theirs.
-- Nothing is released: these tables are small wherever this runs.
-- squawk-ignore-file require-concurrent-index-creation

-- up
create index user_reports_reporter_idx on user_reports (reporter_id, created_at desc);

-- down
drop index user_reports_reporter_idx;
