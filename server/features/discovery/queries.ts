/**
 * The SQL of discovery: the feed, and the actions that people take in it. It decides nothing.
 * @module
 */
import { userCard } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";
import { ageNow, blockExists, isPremiumNow, isSuspendedNow, wireTime } from "../../db/fragments.ts";
import { interactionStatus } from "../../db/interaction.ts";
import { type Standing, standing } from "../../db/standing.ts";
import type { Rate } from "../../domain/limits.ts";
import type { ActionType } from "../../protocol/models.ts";
import type { FeedPlace } from "./cursor.ts";
import type { Profile } from "./schema.ts";
import type { ClientAction } from "./transitions.ts";

/** Somebody in the feed, with their place in it. */
export interface FeedRow extends FeedPlace {
  readonly profile: Profile;
}

/**
 * One page of a person's feed: online first, then the last active, then by id.
 *
 * Each gender that the viewer wants is one ordered range of user_presence_feed_idx, read until `limit` people have
 * passed the lookups; the pages of the genders are merged. The exclusions are lookups by unique keys:
 * whoever the viewer has acted on; whoever they have any match or conversation with, whatever became of it;
 * blocks of either direction; accounts that are inactive or suspended; staff; people who want another gender.
 */
export async function selectProfiles(
  sql: Sql,
  { viewerId, limit, after }: { viewerId: string; limit: number; after: FeedPlace | null },
): Promise<FeedRow[]> {
  const further = after
    ? sql`and (p.feed_online, p.feed_active_at, p.user_id)
        < (${after.feedOnline}, ${after.position}::text::timestamptz, ${after.id}::uuid)`
    : sql``;
  return await sql<FeedRow[]>`
    select u.id, u.feed_online, u.feed_active_at::text as position,
      ${userCard(sql, "u", null)} || jsonb_build_object(
        'age', ${ageNow(sql, "u")}, 'gender', u.gender, 'country', u.country, 'state', u.state,
        'city', u.city, 'bio', u.bio, 'interests', to_jsonb(u.interests),
        'interaction_status', ${interactionStatus(sql, "v", "u")}
      ) as profile
    from users v
    cross join lateral (
      select distinct unnest(
        case when v.preferred_genders = '{}' then array['female', 'male', 'non-binary']
          else v.preferred_genders end
      ) as gender
    ) wanted
    cross join lateral (
      select u.*, p.feed_online, p.feed_active_at from user_presence p
      join users u on u.id = p.user_id
      where p.gender = wanted.gender and p.is_active and p.user_id <> v.id
        and u.gender = p.gender and u.role = 'user' and u.is_active and not ${isSuspendedNow(sql, "u")}
        and (u.preferred_genders = '{}' or v.gender = any (u.preferred_genders))
        and not exists (select 1 from user_actions a where a.actor_id = v.id and a.target_id = u.id)
        and not exists (
          select 1 from matches m where m.user1_id = least(u.id, v.id) and m.user2_id = greatest(u.id, v.id))
        and not exists (select 1 from conversations c where c.id = conversation_id_of(u.id, v.id))
        and not ${blockExists(sql, sql`v.id`, sql`u.id`)}
        ${further}
      order by p.feed_online desc, p.feed_active_at desc, p.user_id desc
      limit ${limit}
    ) u
    where v.id = ${viewerId}
    order by u.feed_online desc, u.feed_active_at desc, u.id desc
    limit ${limit}
  `;
}

/**
 * Locks the actor until the transaction ends, so that likes sent at the same time count each other.
 *
 * Not `for update`: that would wait for whatever is being stored that refers to them by a foreign key.
 * @returns Whether premium counts now.
 */
export async function lockActor(sql: Sql, actorId: string): Promise<boolean> {
  const [row] = await sql<{ premium: boolean }[]>`
    select ${isPremiumNow(sql, "u")} as premium from users u where u.id = ${actorId} for no key update
  `;
  return row?.premium ?? false;
}

/** When the next like is free, if the limit is reached. */
export interface LikeReset {
  /** Wire time. */
  readonly resetAt: string;
  readonly retryAfterMs: number;
}

/**
 * Looks for the like that fills the limit: the oldest of the last `points` ones, when it is still inside the
 * window. A range of user_actions_likes_idx of at most `points` rows. A like that stands toward the target is
 * not counted, because it is the one that changes.
 */
export async function selectLikeReset(
  sql: Sql,
  { actorId, targetId, rate }: { actorId: string; targetId: string; rate: Rate },
): Promise<LikeReset | undefined> {
  const window = sql`make_interval(secs => ${rate.seconds})`;
  const reset = sql`(updated_at + ${window})`;
  const [row] = await sql<LikeReset[]>`
    select ${wireTime(sql, reset)} as reset_at,
      greatest(1, ceil(extract(epoch from ${reset} - clock_timestamp()) * 1000))::float8 as retry_after_ms
    from user_actions
    where actor_id = ${actorId} and action_type in ('like', 'super_like')
      and updated_at > now() - ${window} and target_id <> ${targetId}
    order by updated_at desc
    offset ${rate.points - 1} limit 1
  `;
  return row;
}

/** How two people stand to each other, with what each has said of the other. */
export interface Relation extends Standing {
  readonly mineId: string | null;
  readonly mine: ActionType | null;
  readonly theirs: ActionType | null;
}

/** @returns Undefined when the actor's account is gone. */
export async function selectRelation(
  sql: Sql,
  { actorId, targetId }: { actorId: string; targetId: string },
): Promise<Relation | undefined> {
  const { columns, tables, where } = standing(sql, { actorId, otherId: targetId });
  const [row] = await sql<Relation[]>`
    select ${columns}, mine.id as mine_id, mine.action_type as mine, theirs.action_type as theirs
    from ${tables}
    left join user_actions mine on mine.actor_id = ${actorId} and mine.target_id = ${targetId}
    left join user_actions theirs on theirs.actor_id = ${targetId} and theirs.target_id = ${actorId}
    where ${where}
  `;
  return row;
}

/** Stores an action; a standing one of the same two people keeps its id and gets the new type and time. */
export async function upsertAction(
  sql: Sql,
  action: { id: string; actorId: string; targetId: string; type: ClientAction },
): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into user_actions (id, actor_id, target_id, action_type)
    values (${action.id}, ${action.actorId}, ${action.targetId}, ${action.type})
    on conflict (actor_id, target_id) do update
      set action_type = excluded.action_type, updated_at = excluded.updated_at
    returning id
  `;
  return row!.id;
}
