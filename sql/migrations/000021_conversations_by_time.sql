-- Conversations that began in a month are counted for the statistics of moderation. Rows lie in the order in which they
-- began, so the smallest of indexes finds the pages: a send pays nothing for it.
-- Nothing is released: these tables are small wherever this runs.
-- squawk-ignore-file require-concurrent-index-creation

-- up
create index conversations_created_idx on conversations using brin (created_at);

-- down
drop index conversations_created_idx;
