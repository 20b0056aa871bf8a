/**
 * What a viewer has to do with another person, as profiles and the cards of discovery tell it. It runs nothing.
 * @module
 */
import type { Sql } from "./client.ts";
import { type Fragment, isMutedNow, isPremiumNow } from "./fragments.ts";

/**
 * `InteractionStatus` of the wire as one jsonb value. Every lookup is by a unique key of the pair, so that it costs the
 * same however much the two have written.
 *
 * @param v,u The names of `users` in the statement: who looks, and who is looked at.
 */
export function interactionStatus(sql: Sql, v: string, u: string): Fragment {
  const viewer = sql(v);
  const other = sql(u);
  return sql`(
    select jsonb_build_object(
      'has_liked', exists (
        select 1 from user_actions a
        where a.actor_id = ${viewer}.id and a.target_id = ${other}.id and a.action_type in ('like', 'super_like')),
      'has_messaged', coalesce(mine.status <> 'cancelled', false)
        or coalesce(case when c.user1_id = ${viewer}.id then c.user2_received else c.user1_received end > 0, false),
      'is_matched', exists (
        select 1 from matches t
        where t.user1_id = least(${viewer}.id, ${other}.id) and t.user2_id = greatest(${viewer}.id, ${other}.id)
          and t.status = 'active'),
      'can_message', ${viewer}.id <> ${other}.id and not ${isMutedNow(sql, v)} and case
        when c.status is not null then c.status = 'active'
        when ${isPremiumNow(sql, v)} then true
        else not coalesce(mine.status = 'pending'
          or (mine.status = 'declined' and mine.updated_at > now() - interval '30 days'), false)
        end
    )
    from (select conversation_id_of(${viewer}.id, ${other}.id) as id) pair
    left join conversations c on c.id = pair.id
    left join message_requests mine on mine.sender_id = ${viewer}.id and mine.receiver_id = ${other}.id
  )`;
}
