-- For databases whose events were put into one table a day by `vibes db partition`: the server owns no table, so what it
-- does once an hour to make and drop days are functions that run as the owner. Where user_events is one table they find
-- no day and do nothing.

-- up
create function event_days(out part name, out since timestamptz, out until timestamptz) returns setof record
language sql stable
set timezone = 'UTC'
as $$
  select c.relname,
    coalesce(substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \(''([^'']+)''\)'), '-infinity')::timestamptz,
    substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'user_events'::regclass and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
$$;

-- Today and three days ahead. What no day was made for in time is in user_events_default, and moves into its day.
create function add_event_days() returns integer
language plpgsql security definer
set search_path = public, pg_temp
set timezone = 'UTC'
set lock_timeout = '500ms'
as $$
declare
  day timestamptz;
  stamp text;
  made integer := 0;
begin
  if not exists (select from event_days()) then return 0; end if;
  for n in 0..3 loop
    day := date_trunc('day', now()) + n * interval '1 day';
    continue when exists (select from event_days() d where d.since <= day and d.until > day);
    stamp := to_char(day, 'YYYYMMDD');
    lock table user_events_default in access exclusive mode;
    execute format(
      'create table user_events_%s (like user_events including defaults including constraints including storage)', stamp);
    execute format('alter table user_events_%1$s add constraint user_events_pkey_%1$s primary key (user_id, seq)', stamp);
    execute format('create index user_events_created_idx_%1$s on user_events_%1$s using brin (created_at)', stamp);
    execute format(
      'with moved as (delete from user_events_default where created_at >= $1 and created_at < $2 returning *)
       insert into user_events_%s select * from moved', stamp) using day, day + interval '1 day';
    execute format('alter table user_events attach partition user_events_%s for values from (%L) to (%L)',
      stamp, day, day + interval '1 day');
    made := made + 1;
  end loop;
  return made;
end
$$;

-- Notes in the logs of the next people how far a day goes, so that it can be dropped. The last of them; null at the end.
create function trim_event_day(day name, after uuid, batch integer, out last uuid, out events bigint)
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  if not exists (select from event_days() d where d.part = day and d.until <= now() - interval '30 days') then
    raise exception 'Cannot trim %: it is no day of user_events that is over for 30 days', day;
  end if;
  execute format(
    'with old as materialized (
       select user_id, max(seq) as seq, count(*) as count from %I where user_id > $1
       group by user_id order by user_id limit $2
     ), locked as materialized (
       select l.user_id, o.seq from user_logs l join old o on o.user_id = l.user_id
       order by l.user_id for no key update of l
     ), noted as (
       update user_logs l set trimmed_seq = greatest(l.trimmed_seq, k.seq) from locked k where l.user_id = k.user_id
     )
     select (array_agg(user_id order by user_id desc))[1], coalesce(sum(count), 0) from old', day)
  into last, events using after, batch;
end
$$;

create function drop_event_day(day name) returns void
language plpgsql security definer
set search_path = public, pg_temp
set lock_timeout = '500ms'
as $$
begin
  if not exists (select from event_days() d where d.part = day and d.until <= now() - interval '30 days') then
    raise exception 'Cannot drop %: it is no day of user_events that is over for 30 days', day;
  end if;
  execute format('drop table %I', day);
end
$$;

revoke execute on function add_event_days(), trim_event_day(name, uuid, integer), drop_event_day(name) from public;

-- down
drop function drop_event_day(name);
drop function trim_event_day(name, uuid, integer);
drop function add_event_days();
drop function event_days();
