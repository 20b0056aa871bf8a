/**
 * `vibes seed`: generates reproducible test data for demonstrations and measurements; the same seed gives the same
 * rows.
 * @module
 */

import { requireYes } from "../confirm.ts";
import { examples } from "../help.ts";
import { Interrupted, interruptible } from "../interrupt.ts";
import type { CliDeps, Program } from "../program.ts";
import { createProgress } from "../progress.ts";
import { pairs } from "../text.ts";
import { withContext } from "./db_context.ts";
import { guard, readTarget } from "./db_target.ts";
import { readNow, readParts, readScale, readSeed } from "./seed/options.ts";
import { SEED_PARTS } from "./seed/parts.ts";
import { DEFAULT_NOW, planSeed } from "./seed/plan.ts";

const SCALE = ["--scale <number>", "1: about 1,000 people and 50,000 messages"] as const;
const SEED = ["--seed <number>", "another number, other people"] as const;
const NOW = ["--now <time>", "where their past ends; the same now makes the same bytes"] as const;
const CONFIRM = ["--confirm <database>", "its name, in production"] as const;

/** Adds `vibes seed …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const seed = program
    .command("seed")
    .description("generate reproducible test data")
    .addHelpText("before", examples(io, ["seed run", "seed plan --scale 20", "seed clear"]));

  seed
    .command("run")
    .description(
      "generate users, conversations, requests, blocks and reports; identical for identical options",
    )
    .addHelpText(
      "before",
      examples(io, [
        "seed run",
        "seed run --scale 20 --seed 7",
        "seed run --only likes,requests",
        "seed run --resume",
      ]),
    )
    .option(...SCALE, readScale, 1)
    .option(...SEED, readSeed, 42)
    .option(...NOW, readNow, DEFAULT_NOW)
    .option("--only <parts>", `only some of ${SEED_PARTS.join(", ")}; users are always generated`, readParts)
    .option("--resume", "continue an interrupted run with the same options")
    .option(...CONFIRM)
    .action(async ({ scale, seed: number, now, only, resume = false, confirm }, command) => {
      const globals = command.optsWithGlobals();
      await guard(io, readTarget(io, globals), { ...globals, action: "fill the database", confirm });
      const plan = planSeed({ scale, seed: number, now });
      const done = await withContext(io, { ...globals, asOwner: true }, ({ database }) =>
        interruptible(io, async (signal) => {
          const { seed: run } = await import("./seed/run.ts");
          return await run({ plan, only, database, resume, signal, progress: createProgress(io, globals) });
        }),
      );
      deps.output(globals).result(done, ({ people, messages, reports, duration_ms }) => {
        const made = people === plan.people ? `${people} people` : `${people} of ${plan.people} people now`;
        return `${made}, ${messages} messages, ${reports} reports in ${(duration_ms / 1_000).toFixed(1)} s`;
      });
    });

  seed
    .command("plan")
    .description("print how much a run would generate; changes nothing")
    .addHelpText("before", examples(io, ["seed plan", "seed plan --scale 100 --json"]))
    .option(...SCALE, readScale, 1)
    .option(...SEED, readSeed, 42)
    .option(...NOW, readNow, DEFAULT_NOW)
    .action((options, command) => {
      const { nowMs: _, ...plan } = planSeed(options);
      deps.output(command.optsWithGlobals()).result(plan, (data) => {
        return pairs(Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(value)])));
      });
    });

  seed
    .command("clear")
    .description("delete all seeded users with their data, and nobody else")
    .addHelpText("before", examples(io, ["seed clear", "seed clear --yes"]))
    .option(...CONFIRM)
    .action(async ({ confirm }, command) => {
      const globals = command.optsWithGlobals();
      const target = readTarget(io, globals);
      await guard(io, target, { ...globals, action: "remove the seeded people of", confirm });
      const removed = await withContext(io, { ...globals, asOwner: true }, ({ database }) =>
        interruptible(io, async (signal) => {
          const { clearSeed, clearWhole, countSeeded } = await import("./seed/clear.ts");
          const total = await countSeeded(database);
          if (total > 0 && !target.isProtected)
            await requireYes(io, globals, `Remove ${total} seeded people?`);
          const progress = createProgress(io, globals);
          const onProgress = (gone: number) =>
            progress.update(gone / total, `${gone} of ${total} people removed`);
          const whole = await clearWhole(database);
          if (whole !== undefined) return whole;
          return await clearSeed(database, { signal, onProgress })
            .finally(progress.end)
            .catch(async (error) => {
              if (!(error instanceof Interrupted)) throw error;
              const left = await countSeeded(database);
              throw new Interrupted(
                `Interrupted: ${left} of ${total} seeded people are left, each with all of theirs`,
                {
                  signal: error.signal,
                  hint: "`vibes seed clear` goes on",
                },
              );
            });
        }),
      );
      deps.output(globals).result({ removed }, () => `${removed} seeded people removed`);
    });
}
