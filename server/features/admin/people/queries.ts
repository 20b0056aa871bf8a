/**
 * The SQL of looking people up.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { ageNow, type Fragment, isPremiumNow, presenceOf, wireTime } from "../../../db/fragments.ts";
import { reportCounts, selectHistory } from "../reports/queries.ts";
import { inForce, isOpen, notAbout } from "../staff/fragments.ts";
import type { Dossier, PersonRow } from "./schema.ts";

/** What somebody is looked up by. */
export type PersonSearch = { readonly id: string } | { readonly email: string } | { readonly name: string };

interface SelectOptions {
  readonly viewerId: string;
  readonly search: PersonSearch;
  /** Id of the last person of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/**
 * By name: a range of users_name_idx, from the text itself to the last text that begins with it. (LIKE could not
 * use the index in a prepared statement whose pattern is not known.)
 */
export async function selectPeople(
  sql: Sql,
  { viewerId, search, after, limit }: SelectOptions,
): Promise<PersonRow[]> {
  const key = sql`lower(u.name) collate "C", u.id`;
  const rows = await sql<{ person: PersonRow }[]>`
    select jsonb_build_object(
      'id', u.id, 'name', u.name, 'role', u.role, 'age', ${ageNow(sql, "u")}, 'country', u.country,
      'profile_photos', to_jsonb(u.profile_photos), 'is_active', u.is_active,
      'is_online', coalesce(${presenceOf(sql, "u", "is_online")}, false), ${inForce(sql)},
      'created_at', ${wireTime(sql, sql`u.created_at`)},
      'open_reports', (
        select count(*) from user_reports r
        where r.reported_id = u.id and ${isOpen(sql, "r")} and ${notAbout(sql, viewerId, sql`r.reported_id`)}
      )
    ) as person
    from users u
    where ${matches(sql, search)}
      ${after ? sql`and (${key}) > (select ${key} from users u where u.id = ${after})` : sql``}
    order by ${key}
    limit ${limit}
  `;
  return rows.map((row) => row.person);
}

function matches(sql: Sql, search: PersonSearch): Fragment {
  if ("id" in search) return sql`u.id = ${search.id}`;
  if ("email" in search) return sql`lower(u.email) = ${search.email}`;
  const { name } = search;
  return sql`lower(u.name) collate "C" >= lower(${name}::text)
    and lower(u.name) collate "C" < lower(${name}::text) || ${"\u{10ffff}"}`;
}

/** @returns Null for an unknown person. */
export async function selectDossier(
  sql: Sql,
  { userId, viewerId }: { userId: string; viewerId: string },
): Promise<Dossier | null> {
  const ofOthers = (subject: Fragment) => notAbout(sql, viewerId, subject);
  const [row] = await sql<{ dossier: Omit<Dossier, "sanctions" | "reports_against"> }[]>`
    with ${writtenToday(sql, userId)}
    select jsonb_build_object(
      'user', jsonb_build_object(
        'id', u.id, 'email', u.email, 'name', u.name, 'role', u.role,
        'date_of_birth', u.date_of_birth::text, 'age', ${ageNow(sql, "u")}, 'gender', u.gender,
        'country', u.country, 'state', u.state, 'city', u.city, 'bio', u.bio,
        'profile_photos', to_jsonb(u.profile_photos), 'interests', to_jsonb(u.interests),
        'is_premium', ${isPremiumNow(sql, "u")}, 'is_active', u.is_active,
        'is_online', coalesce(${presenceOf(sql, "u", "is_online")}, false), ${inForce(sql)},
        'last_active', ${wireTime(sql, presenceOf(sql, "u", "last_active"))},
        'created_at', ${wireTime(sql, sql`u.created_at`)}
      ),
      'active_sessions', (
        select count(*) from sessions s where s.user_id = u.id and s.revoked_at is null
      ),
      'reports_filed', ${reportCounts(sql, sql`r.reporter_id = u.id and ${ofOthers(sql`r.reported_id`)}`)},
      'blocks', jsonb_build_object(
        'against', (
          select count(*) from user_blocks b where b.blocked_id = u.id and ${ofOthers(sql`b.blocked_id`)}
        ),
        'made', (select count(*) from user_blocks b where b.blocker_id = u.id and ${ofOthers(sql`b.blocked_id`)})
      ),
      'activity', jsonb_build_object(
        'matches', (select count(*) from matches m where u.id in (m.user1_id, m.user2_id) and m.status = 'active'),
        'messages_24h', (select count(*) from written),
        'requests_24h', (
          select count(*) from message_requests q
          where q.sender_id = u.id and q.created_at > now() - interval '24 hours'
        )
      )
    ) as dossier
    from users u where u.id = ${userId}
  `;
  if (!row) return null;
  const { sanctions, reports } = await selectHistory(sql, { userId, viewerId });
  return { ...row.dossier, sanctions, reports_against: reports };
}

/**
 * The part `written`: what somebody wrote in the last 24 hours, without an index by sender, which every send would pay
 * for. Their own log tells of it and is read from its end to the first older event; a request tells nobody until it has
 * its place, and those without one are few.
 */
function writtenToday(sql: Sql, userId: string): Fragment {
  return sql`told as materialized (
      select message_id from user_events
      where user_id = ${userId} and event = 'new_message' and seq > coalesce((
        select seq from user_events where user_id = ${userId} and created_at <= now() - interval '24 hours'
        order by user_id desc, seq desc limit 1
      ), 0)
    ), written as materialized (
      select id from messages
      where id = any(array(select message_id from told)) and sender_id = ${userId}
        and created_at > now() - interval '24 hours'
      union all
      select id from messages
      where sender_id = ${userId} and seq is null and created_at > now() - interval '24 hours'
    )`;
}
