/**
 * Creates the users of load tests in bulk in the database, signed in and tagged, and deletes them. Creating them
 * through the API would measure sign-ups instead.
 * @module
 */
import type { Context } from "../../server/context/mod.ts";
import { erasePeople } from "../../server/db/erase_people.ts";
import { conversationIdOf } from "../../server/db/pair.ts";
import type { Layout } from "../load/catalogue.ts";
import { linksOf, type PersonKey, type Population } from "../load/people.ts";
import { CliError, EXIT, type Io } from "../output.ts";
import { type ConfigOptions, withContext } from "./db_context.ts";

/** Marks the people of one run: `load:<run id>`. */
export const TAG_PREFIX = "load:";

const CHUNK = 500;
const GENDERS = ["female", "male", "non-binary"] as const;

/** The users to create. */
export interface PeopleOptions extends ConfigOptions {
  readonly runId: string;
  readonly layout: Layout;
  readonly signal: AbortSignal;
}

/**
 * Makes people and opens their conversations.
 *
 * @throws CliError in production; the signal's reason when it is aborted (some may have been made).
 */
export async function makePeople(io: Io, options: PeopleOptions): Promise<Population> {
  return await withContext(io, { ...options, signs: true }, async (context) => {
    refuseProduction(context);
    const { runId, layout, signal } = options;
    const count = layout.groups.reduce((sum, group) => sum + group.people, 0);
    const people: PersonKey[] = [];
    for (let start = 0; start < count; start += CHUNK) {
      signal.throwIfAborted();
      people.push(...(await insertPeople(context, { runId, start, count: Math.min(CHUNK, count - start) })));
    }
    const links = linksOf(layout).map((link) => ({
      id: conversationIdOf(people[link.a]!.id, people[link.b]!.id),
      ...link,
    }));
    for (let start = 0; start < links.length; start += CHUNK) {
      signal.throwIfAborted();
      const chunk = links.slice(start, start + CHUNK).map(({ id, a, b }) => {
        const [user1, user2] = [people[a]!.id, people[b]!.id].sort() as [string, string];
        return { id, user1, user2 };
      });
      await insertConversations(context, chunk);
    }
    return { people, links };
  });
}

/** Deletes users of load tests with all their data. @returns How many. */
export async function removePeople(
  io: Io,
  { runId, onProgress, ...options }: ConfigOptions & { runId?: string; onProgress?: (gone: number) => void },
): Promise<number> {
  const pattern = runId === undefined ? `${TAG_PREFIX}%` : `${TAG_PREFIX}${runId}`;
  return await withContext(io, options, async ({ database }) => {
    for (let gone = 0; ; onProgress?.(gone)) {
      const removed = await database.begin(
        async (sql) => {
          const rows = await sql<{ id: string }[]>`
            select id from users where tag is not null and tag like ${pattern} order by id limit ${CHUNK}
          `;
          await erasePeople(
            sql,
            rows.map(({ id }) => id),
          );
          return rows.length;
        },
        { deadlineMs: 0 },
      );
      gone += removed;
      if (removed < CHUNK) return gone;
    }
  });
}

/** Refuses production: load-test users would appear in discovery and in statistics. */
function refuseProduction({ config }: Context): void {
  if (!config.production) return;
  throw new CliError("Cannot make people for a load test: this is a production configuration", {
    code: "PROTECTED",
    exitCode: EXIT.usage,
    hint: "test against a copy: give its configuration with --env or --config",
  });
}

async function insertPeople(
  { database, tokens }: Context,
  { runId, start, count }: { runId: string; start: number; count: number },
): Promise<PersonKey[]> {
  const rows = Array.from({ length: count }, (_, i) => ({
    id: Bun.randomUUIDv7(),
    sessionId: Bun.randomUUIDv7(),
    email: `load-${runId}-${start + i}@load.vibesmatch.test`,
    name: `Load ${start + i}`,
    gender: GENDERS[i % GENDERS.length]!,
  }));
  const ids = rows.map(({ id }) => id);
  await database.begin(async (sql) => {
    await sql`
      insert into users (id, email, name, date_of_birth, gender, country, is_premium, tag, onboarding_completed)
      select id, email, name, '1990-01-01', gender, 'DE', true, ${TAG_PREFIX + runId}, true
      from unnest(${ids}::uuid[], ${rows.map(({ email }) => email)}::text[], ${rows.map(({ name }) => name)}::text[],
        ${rows.map(({ gender }) => gender)}::text[]) as new (id, email, name, gender)
    `;
    await sql`insert into user_logs (user_id) select unnest(${ids}::uuid[])`;
    await sql`insert into user_presence (user_id, gender) select id, gender from users where id = any(${ids}::uuid[])`;
    await sql`
      insert into sessions (id, user_id)
      select * from unnest(${rows.map(({ sessionId }) => sessionId)}::uuid[], ${ids}::uuid[])
    `;
  });
  return await Promise.all(
    rows.map(async ({ id, sessionId }) => ({
      id,
      token: await tokens.signAccess({ userId: id, sessionId }),
    })),
  );
}

/** Inserts open, empty conversations, as a match creates them. */
async function insertConversations(
  { database }: Context,
  chunk: readonly { id: string; user1: string; user2: string }[],
): Promise<void> {
  const [ids, firsts, seconds] = [
    chunk.map(({ id }) => id),
    chunk.map(({ user1 }) => user1),
    chunk.map(({ user2 }) => user2),
  ];
  const matchIds = chunk.map(() => Bun.randomUUIDv7());
  await database.begin(async (sql) => {
    await sql`insert into pairs (user1_id, user2_id) select * from unnest(${firsts}::uuid[], ${seconds}::uuid[])`;
    await sql`
      insert into conversations (id, user1_id, user2_id)
      select * from unnest(${ids}::uuid[], ${firsts}::uuid[], ${seconds}::uuid[])
    `;
    await sql`
      insert into matches (id, user1_id, user2_id, match_type)
      select id, user1_id, user2_id, 'mutual_like'
      from unnest(${matchIds}::uuid[], ${firsts}::uuid[], ${seconds}::uuid[]) as new (id, user1_id, user2_id)
    `;
  });
}
