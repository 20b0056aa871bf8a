/**
 * The SQL of people and their profiles. Profiles leave the database in the wire's form.
 * @module
 */
import { activityOf } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";
import {
  ageNow,
  blockExists,
  type Fragment,
  isPremiumNow,
  isSuspendedNow,
  presenceOf,
  wireTime,
} from "../../db/fragments.ts";
import { interactionStatus } from "../../db/interaction.ts";
import type { Role } from "../../protocol/models.ts";
import type { OwnProfile, ProfileChanges, ProfileFields, PublicProfile } from "./schema.ts";

/** A row to insert: checked fields only. */
export interface UserRow {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly fields: ProfileFields;
  readonly role: Role;
  readonly isPremium: boolean;
  /** Marks people that a load test or a seed made. */
  readonly tag: string | null;
}

/** The rows of log and presence come with the person: events for somebody without a log are dropped. */
export async function insertUser(sql: Sql, { fields, ...user }: UserRow): Promise<void> {
  await sql`
    with new_user as (
      insert into users (id, email, name, date_of_birth, gender, country, state, city, bio, profile_photos,
        interests, preferred_genders, show_activity_status, role, is_premium, tag, onboarding_completed)
      values (${user.id}, ${user.email}, ${fields.name}, ${fields.date_of_birth}::text::date, ${fields.gender},
        ${fields.country}, ${fields.state ?? null}, ${fields.city ?? null}, ${fields.bio ?? null},
        ${fields.profile_photos ?? []}::text[], ${fields.interests ?? []}::text[],
        ${fields.preferred_genders ?? []}::text[], ${fields.show_activity_status ?? true}, ${user.role},
        ${user.isPremium}, ${user.tag}, true)
      returning id, gender, show_activity_status
    ), logged as (
      insert into user_logs (user_id) select id from new_user
    )
    insert into user_presence (user_id, gender, show_activity_status) select id, gender, show_activity_status from new_user
  `;
}

/** @returns Undefined when there is no such person or the account is closed. */
export async function selectOwnProfile(sql: Sql, userId: string): Promise<OwnProfile | undefined> {
  const [row] = await sql<{ profile: OwnProfile }[]>`
    select ${ownProfile(sql)} as profile from users u where u.id = ${userId} and u.is_active
  `;
  return row?.profile;
}

/** Only the given fields are written: two devices that change different ones do not undo each other. */
export async function updateProfile(
  sql: Sql,
  { userId, changes }: { userId: string; changes: ProfileChanges },
): Promise<OwnProfile | undefined> {
  const c = changes;
  const [row] = await sql<{ profile: OwnProfile }[]>`
    with presence as (
      update user_presence set
        gender = coalesce(${c.gender ?? null}, gender),
        show_activity_status = coalesce(${c.show_activity_status ?? null}, show_activity_status)
      where user_id = ${userId} and is_active
        and (${c.gender ?? null}::text is not null or ${c.show_activity_status ?? null}::boolean is not null)
    )
    update users u set
      name = coalesce(${c.name ?? null}, u.name),
      gender = coalesce(${c.gender ?? null}, u.gender),
      country = coalesce(${c.country ?? null}, u.country),
      state = case when ${c.state !== undefined} then ${c.state ?? null} else u.state end,
      city = case when ${c.city !== undefined} then ${c.city ?? null} else u.city end,
      bio = case when ${c.bio !== undefined} then ${c.bio ?? null} else u.bio end,
      profile_photos = coalesce(${c.profile_photos ?? null}::text[], u.profile_photos),
      interests = coalesce(${c.interests ?? null}::text[], u.interests),
      preferred_genders = coalesce(${c.preferred_genders ?? null}::text[], u.preferred_genders),
      show_activity_status = coalesce(${c.show_activity_status ?? null}, u.show_activity_status),
      updated_at = now()
    where u.id = ${userId} and u.is_active
    returning ${ownProfile(sql)} as profile
  `;
  return row?.profile;
}

function ownProfile(sql: Sql): Fragment {
  return sql`jsonb_build_object(
    'id', u.id, 'email', u.email, 'name', u.name,
    'date_of_birth', u.date_of_birth::text, 'age', ${ageNow(sql, "u")}, 'gender', u.gender,
    'country', u.country, 'state', u.state, 'city', u.city, 'bio', u.bio,
    'profile_photos', to_jsonb(u.profile_photos), 'interests', to_jsonb(u.interests),
    'preferred_genders', to_jsonb(u.preferred_genders), 'show_activity_status', u.show_activity_status,
    'is_premium', ${isPremiumNow(sql, "u")}, 'premium_expires_at', ${wireTime(sql, sql`u.premium_expires_at`)},
    'onboarding_completed', u.onboarding_completed, 'role', u.role,
    'last_active', ${wireTime(sql, presenceOf(sql, "u", "last_active"))},
    'created_at', ${wireTime(sql, sql`u.created_at`)}, 'updated_at', ${wireTime(sql, sql`u.updated_at`)}
  )`;
}

/**
 * How one person sees another.
 *
 * @returns Undefined when the person is unknown, closed, suspended, or one of the two blocked the other.
 */
export async function selectProfileFor(
  sql: Sql,
  { viewerId, userId }: { viewerId: string; userId: string },
): Promise<PublicProfile | undefined> {
  const [row] = await sql<{ profile: PublicProfile }[]>`
    select jsonb_build_object(
      'id', u.id, 'name', u.name, 'age', ${ageNow(sql, "u")}, 'gender', u.gender,
      'country', u.country, 'state', u.state, 'city', u.city, 'bio', u.bio,
      'profile_photos', to_jsonb(u.profile_photos), 'interests', to_jsonb(u.interests),
      'interaction_status', ${interactionStatus(sql, "v", "u")}
    ) || ${activityOf(sql, "u", viewerId)} as profile
    from users u
    join users v on v.id = ${viewerId}
    where u.id = ${userId} and u.is_active and not ${isSuspendedNow(sql, "u")}
      and not ${blockExists(sql, sql`u.id`, sql`v.id`)}
  `;
  return row?.profile;
}
