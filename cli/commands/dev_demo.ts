/**
 * The people that `vibes dev` starts with, and which of them its first steps use. It fills an empty database only.
 * @module
 */
import type { Context } from "../../server/context.ts";
import { loadSeed, SEED_TAG } from "./seed/load.ts";
import { CAST_EMAILS } from "./seed/people.ts";
import { planSeed } from "./seed/plan.ts";

/** A few dozen people. */
const DEMO_SCALE = 0.03;
const DEMO_SEED = 42;

/** Somebody whom the first steps name. */
export interface DemoPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** What they can do, in a word. */
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

const REPORTS = [
  ["harassment", "He keeps writing although I asked him to stop."],
  ["scam", "Asked me to invest in a coin on the second day."],
  ["fake_profile", "These photos are from a catalogue."],
  ["spam", "The same advertisement three times."],
  ["inappropriate_behavior", null],
  ["underage", "Says in the chat that she is 16."],
] as const;

/**
 * Lets demo people report each other, through the service that the API uses: their evidence is really sealed. Ada,
 * Ben and staff stay out of it. Nothing happens once there is a report.
 */
export async function fileDemoReports({ database: { sql }, reports }: Context): Promise<void> {
  const talks = await sql<{ reporterId: string; reportedId: string; messageId: string }[]>`
    select m.receiver_id as reporter_id, m.sender_id as reported_id, m.id as message_id
    from conversations c
      join messages m on m.conversation_id = c.id and m.seq = 2
      join users reporter on reporter.id = m.receiver_id
      join users reported on reported.id = m.sender_id
    where not exists (select from user_reports)
      and reporter.tag = ${SEED_TAG} and reported.tag = ${SEED_TAG}
      and reporter.role = 'user' and reported.role = 'user'
      and not (array[reporter.email, reported.email] && ${[CAST_EMAILS.ada, CAST_EMAILS.ben]}::text[])
    order by c.id
    limit ${REPORTS.length}
  `;
  for (const [index, { messageId, ...two }] of talks.entries()) {
    const [reason, description] = REPORTS[index] ?? REPORTS[0];
    await reports.file({ ...two, reason, description, messageIds: index % 2 === 0 ? [messageId] : [] });
  }
}

/** @returns Undefined when they are not there: the database is somebody's own. */
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
      select from conversations
      where user1_id = least(${found.ada.id}, ${found.ben.id}::uuid)
        and user2_id = greatest(${found.ada.id}, ${found.ben.id}::uuid)
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
