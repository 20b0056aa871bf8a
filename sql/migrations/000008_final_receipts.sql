-- What the sender of a message knows about its reading stays as it was when the conversation ended.
-- Nothing is released: these tables are small wherever this runs.

-- up
-- How far each of the two had read when the conversation stopped being active; null while it is.
alter table conversations add column user1_final_read_seq bigint, add column user2_final_read_seq bigint;

update conversations c set
  user1_final_read_seq = coalesce((
    select max(m.seq) from messages m where m.conversation_id = c.id and m.receiver_id = c.user1_id and m.is_read), 0),
  user2_final_read_seq = coalesce((
    select max(m.seq) from messages m where m.conversation_id = c.id and m.receiver_id = c.user2_id and m.is_read), 0)
where c.status <> 'active';

-- Whom one has blocked is listed as one knew them: name and pictures that either has taken since a block, of whichever
-- direction, are not for the other. `blocker_…` is kept for the case that the blocked one blocks back.
alter table user_blocks
  add column blocked_name text, add column blocked_photos text[],
  add column blocker_name text, add column blocker_photos text[];

update user_blocks b set
  blocked_name = blocked.name, blocked_photos = blocked.profile_photos,
  blocker_name = blocker.name, blocker_photos = blocker.profile_photos
from users blocked, users blocker
where blocked.id = b.blocked_id and blocker.id = b.blocker_id;

-- down
alter table user_blocks
  drop column blocked_name, drop column blocked_photos, drop column blocker_name, drop column blocker_photos;
alter table conversations drop column user1_final_read_seq, drop column user2_final_read_seq;
