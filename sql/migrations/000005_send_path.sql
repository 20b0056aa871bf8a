-- What a message costs that is sent. Checking each one's people against users took a lock in two rows of users, which
-- also made every send and every change of a profile meet there; nothing else of a send leaves its conversation and
-- its people's logs. Who a message is from and to follows from the conversation or the request that it belongs to, and
-- those still refer to users and go with them. Nothing reads messages by receiver alone.
-- Nothing is released: this table is small wherever this runs.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion

-- up
alter table messages
  drop constraint messages_sender_fkey,
  drop constraint messages_receiver_fkey;
drop index messages_receiver_idx;

-- down
create index messages_receiver_idx on messages (receiver_id, created_at);
alter table messages
  add constraint messages_sender_fkey foreign key (sender_id) references users (id) on delete cascade,
  add constraint messages_receiver_fkey foreign key (receiver_id) references users (id) on delete cascade;
