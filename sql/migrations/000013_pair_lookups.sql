-- Pairs are looked up by the unique key of the pair. While most people have one match or conversation, the statistics
-- make an index on one person look as good, and a look-up about somebody with thousands reads all of theirs.
-- Only the planner's estimate changes, with the next analyze: everybody is said to have about five.

-- up
alter table matches
  alter column user1_id set (n_distinct = -0.2),
  alter column user2_id set (n_distinct = -0.2);
alter table conversations
  alter column user1_id set (n_distinct = -0.2),
  alter column user2_id set (n_distinct = -0.2);

-- down
alter table conversations
  alter column user1_id reset (n_distinct),
  alter column user2_id reset (n_distinct);
alter table matches
  alter column user1_id reset (n_distinct),
  alter column user2_id reset (n_distinct);
