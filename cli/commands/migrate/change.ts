/**
 * `vibes migrate up|down|redo|baseline`: the commands that change a schema.
 * @module
 */
import { baseline, down, type RunOptions, redo, type Step, up } from "../../../server/db/migrate/mod.ts";
import { examples } from "../../help.ts";
import { Interrupted, interruptible } from "../../interrupt.ts";
import type { OutputOptions } from "../../output.ts";
import type { CliDeps, Group } from "../../program.ts";
import { guard, type Target, type TargetOptions, withTarget } from "../db_target.ts";
import { engineOptions, readSeconds, readVersion, stepToWire, tellStep } from "./options.ts";

const WAIT = ["--lock-wait <seconds>", "how long to wait for another run to end; 60 by default"] as const;
const FOLDER = ["--folder <path>", "migrations of another folder than sql/migrations"] as const;
const CONFIRM = ["--confirm <database>", "its name, in production"] as const;
const DRY = ["--dry-run", "only say what would run"] as const;

type Globals = TargetOptions & OutputOptions;
interface Given {
  readonly lockWait?: number | undefined;
  readonly folder?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly confirm?: string | undefined;
}

export function registerChanges(migrate: Group, deps: CliDeps): void {
  const { io } = deps;

  migrate
    .command("up")
    .description("apply what is pending, each file in a transaction of its own")
    .addHelpText("before", examples(io, ["migrate up", "migrate up --dry-run", "migrate up --to 2"]))
    .option("--to <version>", "stop after this one", readVersion)
    .option("--out-of-order", "also apply files that are older than the newest applied one")
    .option(...DRY)
    .option(...WAIT, readSeconds)
    .option(...FOLDER)
    .action((given, command) =>
      run(command.optsWithGlobals(), { given }, (options) => {
        return up({ ...options, to: given.to, outOfOrder: given.outOfOrder });
      }),
    );

  migrate
    .command("down")
    .description("roll back the newest migration")
    .addHelpText("before", examples(io, ["migrate down", "migrate down --to 2 --dry-run"]))
    .option("--to <version>", "roll back everything newer; 0: everything", readVersion)
    .option(...DRY)
    .option(...CONFIRM)
    .option(...WAIT, readSeconds)
    .option(...FOLDER)
    .action((given, command) =>
      run(command.optsWithGlobals(), { given, action: "roll back migrations of the database" }, (options) =>
        down({ ...options, ...(given.to === undefined ? {} : { to: given.to }) }),
      ),
    );

  migrate
    .command("redo")
    .description("roll back the newest migration and apply it again")
    .addHelpText("before", examples(io, ["migrate redo", "migrate redo --dry-run"]))
    .option(...DRY)
    .option(...CONFIRM)
    .option(...WAIT, readSeconds)
    .option(...FOLDER)
    .action((given, command) =>
      run(command.optsWithGlobals(), { given, action: "roll back a migration of the database" }, redo),
    );

  migrate
    .command("baseline")
    .description("record migrations as applied without running them, for a database that has their schema")
    .addHelpText("before", examples(io, ["migrate baseline 3"]))
    .argument("<version>", "the newest one that the database has", readVersion)
    .option(...WAIT, readSeconds)
    .option(...FOLDER)
    .action((version, given, command) =>
      run(command.optsWithGlobals(), { given, verb: "Recorded" }, (options) =>
        baseline({ ...options, version }),
      ),
    );

  /** Runs one of them: leave first, progress while it runs, what is done when it is cut short. */
  async function run(
    globals: Globals,
    command: { given: Given; action?: string; verb?: string },
    engine: (options: RunOptions) => Promise<Step[]>,
  ): Promise<void> {
    const output = deps.output(globals);
    const { given, action, verb } = command;
    const { dryRun = false } = given;
    const done: Step[] = [];
    const tell = tellStep(output);
    const onStep = (step: Step) => {
      done.push(step);
      tell(step);
    };
    const steps = await withTarget(io, globals, async (target) => {
      if (action !== undefined && !dryRun) {
        await guard(io, target, { ...globals, action, confirm: given.confirm });
      }
      return await interruptible(io, (signal) =>
        engine({ ...engineOptions(target, { ...given, signal }), onStep, dryRun }).catch((error) => {
          throw error instanceof Interrupted ? interrupted(error, done, target) : error;
        }),
      );
    });
    output.result({ steps: steps.map(stepToWire), dry_run: dryRun }, () =>
      tellSteps(steps, { dryRun, verb }),
    );
  }
}

function tellSteps(steps: readonly Step[], { dryRun, verb }: { dryRun: boolean; verb?: string | undefined }) {
  if (steps.length === 0) return "Nothing to do: the schema is where it should be";
  return steps
    .map(({ direction, file }) => {
      if (dryRun) return `Would ${direction === "up" ? "apply" : "roll back"} ${file}`;
      return `${verb ?? (direction === "up" ? "Applied" : "Rolled back")} ${file}`;
    })
    .join("\n");
}

function interrupted({ signal }: Interrupted, done: readonly Step[], { name }: Target): Interrupted {
  const files = done.map(
    ({ direction, file }) => `${direction === "up" ? "applied" : "rolled back"} ${file}`,
  );
  const told =
    files.length === 0 ? "nothing was changed" : `${files.join(", ")}; the rest was not begun or is undone`;
  return new Interrupted(`Interrupted while migrating ${name}: ${told}`, {
    signal,
    hint: "`vibes migrate status` says where it stands, `vibes migrate up` goes on",
  });
}
