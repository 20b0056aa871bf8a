/**
 * Creates the demo users of `vibes dev` and picks those that its first steps use. It only fills an empty database.
 * @module
 */
import type { Context } from "../../server/context/mod.ts";
import { conversationIdOf } from "../../server/db/pair.ts";
import { loadSeed } from "./seed/load.ts";
import { CAST_EMAILS } from "./seed/people.ts";
import { planSeed } from "./seed/plan.ts";

/** The scale of the demo seed: a few dozen users. */
const DEMO_SCALE = 0.03;
const DEMO_SEED = 42;

/** Somebody whom the first steps name. */
export interface DemoPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** `premium`, `free` or `moderator`. */
  readonly kind: "premium" | "free" | "moderator";
}

/** Who is there for the first steps. */
export interface Demo {
  readonly ada: DemoPerson;
  readonly ben: DemoPerson;
  readonly mo: DemoPerson;
  readonly people: number;
  /** Whether Ada and Ben have a conversation already. */
  readonly met: boolean;
}

/**
 * Makes the demo people when nobody is there yet: all of them or, when it is cut short, none.
 * @returns Whether they were made now.
 */
export async function makeDemo({ database }: Context): Promise<boolean> {
  const plan = planSeed({ scale: DEMO_SCALE, seed: DEMO_SEED, now: new Date().toISOString() });
  return await database.begin(
    async (sql) => {
      const [row] = await sql<{ found: boolean }[]>`select exists (select from users) as found`;
      if (row?.found) return false;
      await loadSeed(plan, { database: { begin: (fn) => fn(sql) } });
      return true;
    },
    { deadlineMs: 0 },
  );
}

/** @returns Undefined when the database has other people, which are not ours to use. */
export async function findDemo({ database: { sql } }: Context): Promise<Demo | undefined> {
  const { ada, ben, mo } = CAST_EMAILS;
  const rows = await sql<{ id: string; name: string; email: string; role: string; isPremium: boolean }[]>`
    select id, name, email, role, is_premium from users
    where lower(email) = any(${[ada, ben, mo]}::text[])
  `;
  const find = (email: string, kind: DemoPerson["kind"]): DemoPerson | undefined => {
    const row = rows.find((candidate) => candidate.email === email);
    return row && { id: row.id, name: row.name, email, kind };
  };
  const found = { ada: find(ada, "premium"), ben: find(ben, "free"), mo: find(mo, "moderator") };
  if (!found.ada || !found.ben || !found.mo) return undefined;
  const [facts] = await sql<{ people: number; met: boolean }[]>`
    select (select count(*)::int from users) as people, exists (
      select from conversations where id = ${conversationIdOf(found.ada.id, found.ben.id)}
    ) as met
  `;
  return {
    ada: found.ada,
    ben: found.ben,
    mo: found.mo,
    people: facts?.people ?? 0,
    met: facts?.met ?? false,
  };
}
