/**
 * People and their profiles: making them, reading and changing one's own, looking at somebody else's. It owns
 * the rules of profiles; sessions and codes are the auth feature's.
 * @module
 */
import type { Database, Sql } from "../../db/client.ts";
import { invalidFields } from "../../domain/validation.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import type { FieldFlaw } from "../../protocol/fields.ts";
import type { Role } from "../../protocol/models.ts";
import { checkProfile, emailFlaw, normalizeEmail } from "./profile_rules.ts";
import { insertUser, selectOwnProfile, selectProfileFor, updateProfile } from "./queries.ts";
import type { OwnProfile, ProfileChanges, ProfileFields, PublicProfile } from "./schema.ts";

/** A new account. */
export interface NewUser {
  readonly email: string;
  /** As they come from outside; the rules are applied here. */
  readonly profile: ProfileFields;
  /** @default "user" */
  readonly role?: Role;
  /** @default false */
  readonly isPremium?: boolean;
  /** Marks people that a load test or a seed made. @default null */
  readonly tag?: string | null;
}

/** See {@link createUserService}. */
export interface UserService {
  /** Makes a person inside the caller's transaction. @returns Their id. @throws VALIDATION_ERROR, CONFLICT */
  createUser(sql: Sql, user: NewUser): Promise<string>;
  /** @throws NOT_FOUND when the account is closed. */
  getOwnProfile(userId: string, sql?: Sql): Promise<OwnProfile>;
  /** @throws VALIDATION_ERROR naming every bad field; nothing is changed then. */
  changeProfile(userId: string, changes: ProfileChanges): Promise<OwnProfile>;
  /** @throws NOT_FOUND when the person is unknown, closed, suspended, or one blocked the other. */
  getProfileFor(viewerId: string, userId: string): Promise<PublicProfile>;
}

interface UserDeps {
  readonly database: Pick<Database, "sql">;
  /** For ages. @default the machine's */
  readonly clock?: Clock;
  /** Called when a person shows or hides their activity. */
  readonly onActivityShown?: (userId: string, isShown: boolean) => void;
}

/** @returns What is wrong with the address, as a field of a body. */
function emailFlaws(address: string): FieldFlaw[] {
  const flaw = emailFlaw(address);
  return flaw ? [{ field: "email", ...flaw }] : [];
}

/** @returns The service of people and profiles. */
export function createUserService(deps: UserDeps): UserService {
  const { database, clock = systemClock, onActivityShown } = deps;
  function check<T extends ProfileFields | ProfileChanges>(given: T) {
    return checkProfile(given, new Date(clock.now()));
  }

  return {
    async createUser(sql, { email: address, profile, role = "user", isPremium = false, tag = null }) {
      const email = normalizeEmail(address);
      const { fields, problems } = check(profile);
      if (email === undefined) throw invalidFields([...emailFlaws(address), ...problems]);
      if (problems.length > 0) throw invalidFields(problems);
      const id = newId();
      await insertUser(sql, { id, email, fields, role, isPremium, tag });
      return id;
    },

    async getOwnProfile(userId, sql = database.sql) {
      return found(await selectOwnProfile(sql, userId));
    },

    async changeProfile(userId, given) {
      const { fields: changes, problems } = check(given);
      if (problems.length > 0) throw invalidFields(problems);
      const unchanged = Object.keys(changes).length === 0;
      if (unchanged) return found(await selectOwnProfile(database.sql, userId));
      const profile = found(await updateProfile(database.sql, { userId, changes }));
      if (changes.show_activity_status !== undefined) onActivityShown?.(userId, profile.show_activity_status);
      return profile;
    },

    async getProfileFor(viewerId, userId) {
      return found(await selectProfileFor(database.sql, { viewerId, userId }));
    },
  };
}

/**
 * @returns The address in the form in which it is stored.
 * @throws VALIDATION_ERROR
 */
export function requireEmail(text: string): string {
  const email = normalizeEmail(text);
  if (email === undefined) throw invalidFields(emailFlaws(text));
  return email;
}

function found<T>(profile: T | undefined): T {
  if (profile === undefined) throw new AppError("NOT_FOUND");
  return profile;
}
