/**
 * People in the list of the users screen: those who were looked up, or, without a filter, those whose ban waits for a
 * second person. Pure.
 * @module
 */
import type { Dossier, PersonRow, SanctionRow } from "../../wire.ts";

/** A person in the list. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  /** `31 DE`; empty when the list does not know it. */
  readonly who: string;
  readonly role: string;
  /** `banned`, `muted`, `ban to confirm`; empty: nothing against them. */
  readonly standing: string;
  readonly openReports: number | null;
  /** Since when a ban waits for a second person. */
  readonly waitsSince: string | null;
}

/** @returns Somebody who was found. */
export function entryOf(row: PersonRow): Entry {
  const { id, name, role, age, country, open_reports } = row;
  return {
    id,
    name,
    role,
    who: `${age} ${country}`,
    standing: standingOf(row),
    openReports: open_reports,
    waitsSince: null,
  };
}

/** @returns Somebody whose ban waits. */
export function waitingEntry({ user, created_at }: SanctionRow): Entry {
  return {
    ...user,
    role: "user",
    who: "",
    standing: "ban to confirm",
    openReports: null,
    waitsSince: created_at,
  };
}

/** @returns The entry with what the person's dossier says: a ban that was confirmed or lifted meanwhile waits no longer. */
export function withDossier(entry: Entry, { user, sanctions }: Dossier): Entry {
  const waiting = sanctions.find(({ state }) => state === "awaiting_confirmation");
  return { ...entry, standing: standingOf(user), waitsSince: waiting?.created_at ?? null };
}

/** @returns The sanction that is in force, such as `muted`; empty without one. */
export function standingOf(
  person: Pick<PersonRow, "banned" | "suspended_until" | "muted_until" | "is_active">,
): string {
  if (person.banned) return "banned";
  if (person.suspended_until) return "suspended";
  if (person.muted_until) return "muted";
  return person.is_active ? "" : "closed";
}

/** @returns Sanctions that act now, the newest first. */
export function actingSanctions({ sanctions }: Dossier): Dossier["sanctions"] {
  return sanctions.filter(({ state }) => state === "in_force" || state === "awaiting_confirmation");
}
