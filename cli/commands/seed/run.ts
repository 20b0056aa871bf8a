/**
 * Executes `vibes seed run` after confirmation: detects existing seed data, shows progress, handles interruption.
 * @module
 */
import type { Database } from "../../../server/db/client.ts";
import { Interrupted } from "../../interrupt.ts";
import { CliError, EXIT } from "../../output.ts";
import type { Progress } from "../../progress.ts";
import { countSeeded } from "./clear.ts";
import { loadSeed, SEED_TAG } from "./load.ts";
import type { SeedPart } from "./parts.ts";
import { personAt } from "./people.ts";
import type { SeedPlan } from "./plan.ts";

/** What {@link seed} needs. */
export interface SeedRun {
  readonly plan: SeedPlan;
  /** Absent: everything. */
  readonly only?: readonly SeedPart[] | undefined;
  readonly database: Database;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What is in the database afterwards. */
export interface Seeded {
  /** Made now; what was there already is not counted. */
  readonly people: number;
  readonly messages: number;
  readonly reports: number;
  readonly duration_ms: number;
}

/** @throws CliError when there are seeded people of another run, or without `resume` of this one. */
export async function seed({ plan, only, database, resume, signal, progress }: SeedRun): Promise<Seeded> {
  await requireRoom(plan, database, resume);
  const startedAt = performance.now();
  // A relation with its messages weighs about as much as eight people.
  const weigh = (people: number, relations: number) => people + 8 * relations;
  const total = weigh(plan.people, plan.relations);
  try {
    const { people } = await loadSeed(plan, {
      database,
      only,
      signal,
      onProgress(done) {
        const what =
          done.relations === 0 ? `${done.people} people` : `${done.relations} of ${plan.relations} pairs`;
        progress.update(weigh(done.people, done.relations) / total, what);
      },
    });
    progress.update(1, "statistics");
    await analyze(database);
    const counts = await count(database);
    return { people, ...counts, duration_ms: Math.round(performance.now() - startedAt) };
  } catch (error) {
    throw await explain(error, database);
  } finally {
    progress.end();
  }
}

async function requireRoom(plan: SeedPlan, database: Database, resume: boolean): Promise<void> {
  const there = await countSeeded(database);
  if (there === 0) return;
  const [same] = await database.sql`select from users where id = ${personAt(plan, 0).id}`;
  if (same === undefined || there > plan.people) {
    throw new CliError(`Cannot seed: there are ${there} people of another seed, scale or now`, {
      code: "SEEDED_OTHERWISE",
      exitCode: EXIT.usage,
      hint: "remove them with `vibes seed clear`, or give the same --seed, --scale and --now and --resume",
    });
  }
  if (resume) return;
  throw new CliError(`Cannot seed: there are ${there} seeded people already`, {
    code: "SEEDED",
    exitCode: EXIT.usage,
    hint: "`vibes seed run --resume` goes on where a run was cut short, `vibes seed clear` removes them",
  });
}

/** Plans for the filled tables, not for the empty ones that were there before. */
async function analyze({ begin }: Database): Promise<void> {
  await begin(async (sql) => void (await sql`analyze`), { deadlineMs: 0 });
}

async function count({ begin }: Database): Promise<Pick<Seeded, "messages" | "reports">> {
  const [row] = await begin(
    (sql) => sql<{ messages: number; reports: number }[]>`
      select
        (select count(*)::int from messages where sender_id in (select id from users where tag = ${SEED_TAG})) as messages,
        (select count(*)::int from user_reports r join users u on u.id = r.reporter_id where u.tag = ${SEED_TAG})
          as reports
    `,
    { deadlineMs: 0 },
  );
  return { messages: row?.messages ?? 0, reports: row?.reports ?? 0 };
}

async function explain(error: unknown, database: Database): Promise<unknown> {
  if (error instanceof Interrupted) {
    const people = await countSeeded(database);
    const { messages } = await count(database);
    return new Interrupted(
      `Interrupted: ${people} people and ${messages} messages are there, each chunk whole`,
      {
        signal: error.signal,
        hint: "`vibes seed run --resume` with the same options goes on, `vibes seed clear` removes them",
      },
    );
  }
  if ((error as { code?: string }).code === "23505") {
    return new CliError(
      "Cannot seed: some of these people or pairs exist, made by another scale or by hand",
      {
        code: "SEEDED_OTHERWISE",
        exitCode: EXIT.usage,
        hint: "remove what was seeded with `vibes seed clear`, or take another --seed",
        cause: error,
      },
    );
  }
  return error;
}
