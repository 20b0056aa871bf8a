/**
 * `vibes migrate`: the schema's changes, from hand-written files. The engine is server/db/migrate.
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { declareFirst } from "../../server/db/history.ts";
import {
  describeDrift,
  down,
  driftError,
  dumpSchema,
  type MigrationState,
  type RunOptions,
  redo,
  type Step,
  status,
  up,
  verify,
} from "../../server/db/migrate/mod.ts";
import { spanOption } from "../durations.ts";
import { examples } from "../help.ts";
import { Interrupted, interruptible } from "../interrupt.ts";
import { CliError, EXIT, type Output, type OutputOptions } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { table } from "../text.ts";
import { guard, type Target, type TargetOptions, withTarget } from "./db_target.ts";
import { addFileCommands, SQL_FILE } from "./migrate/files.ts";

const FOLDER = ["--folder <path>", "migrations of another folder than sql/migrations"] as const;
const CONFIRM = ["--confirm <database>", "its name, in production"] as const;

interface Changing {
  readonly lockWait?: number | undefined;
  readonly folder?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly ignoreServers?: true | undefined;
  /** What needs the database's name in production: `roll back migrations of the database`. */
  readonly action?: string;
  readonly confirm?: string | undefined;
}

/** Adds `vibes migrate …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const migrate = program
    .command("migrate")
    .description("manage the database schema")
    .addHelpText(
      "before",
      examples(io, ["migrate status", "migrate up", "migrate new add_user_language", "migrate verify"]),
    )
    .addHelpText("after", SQL_FILE);

  const add = (name: string, description: string, lines: readonly string[]) =>
    migrate
      .command(name)
      .description(description)
      .addHelpText("before", examples(io, lines.length > 0 ? lines : [`migrate ${name}`]));
  const changing = (name: string, description: string, lines: readonly string[] = []) =>
    add(name, description, [`migrate ${name}`, `migrate ${name} --dry-run`, ...lines])
      .option("--dry-run", "print what would run and change nothing")
      .option("--ignore-servers", "also apply what is marked `-- stop-servers` while servers are connected")
      .addOption(spanOption("--lock-wait <time>", "how long to wait for another run to end", 60_000))
      .option(...FOLDER);

  changing("up", "apply what is pending, each file in a transaction of its own", ["migrate up --to 2"])
    .option("--to <version>", "stop after this one", readVersion)
    .option("--out-of-order", "also apply files that are older than the newest applied one")
    .action((given, command) =>
      change(command.optsWithGlobals(), given, async (options) => {
        const steps = await up({ ...given, ...options });
        if (!given.dryRun) await declareFirst(options.url);
        return steps;
      }),
    );
  changing("down", "roll back the newest migration, as it was applied", ["migrate down --to 2"])
    .option("--to <version>", "roll back everything newer; 0: everything", readVersion)
    .option(...CONFIRM)
    .action((given, command) =>
      change(
        command.optsWithGlobals(),
        { ...given, action: "roll back migrations of the database" },
        (options) => down({ ...given, ...options }),
      ),
    );
  changing("redo", "roll back the newest migration as it was applied, and apply it as it is written now")
    .option(...CONFIRM)
    .action((given, command) =>
      change(command.optsWithGlobals(), { ...given, action: "roll back a migration of the database" }, redo),
    );

  add("status", "every migration and whether it is applied", ["migrate status", "migrate status --check"])
    .option("--check", "exit with 3 when something is pending, 4 when an applied file was changed")
    .option(...FOLDER)
    .action(async ({ check, folder }, command) => {
      const states = await withTarget(io, command.optsWithGlobals(), ({ url }) => status({ url, folder }));
      if (check) requireSettled(states);
      const data = { migrations: states.map(toWire), pending: states.filter(isPending).length };
      deps.output(command.optsWithGlobals()).result(data, ({ migrations }) =>
        table(
          ["MIGRATION", "STATE", "APPLIED", "TOOK"],
          migrations.map(({ file, state, applied_at, duration_ms }) => [
            file,
            state,
            applied_at?.slice(0, 19).replace("T", " ") ?? "",
            duration_ms === null ? "" : `${duration_ms} ms`,
          ]),
        ),
      );
    });

  add("verify", "check that the database is what the files make; exit with 4 when it is not", [
    "migrate verify",
    "migrate verify --accept",
  ])
    .option("--accept", "when it is, record files that were changed since as what was applied")
    .option(...FOLDER)
    .action(async ({ accept, folder }, command) => {
      const accepted = await withTarget(io, command.optsWithGlobals(), ({ url }) =>
        interruptible(io, (signal) => verify({ url, folder, accept, signal })),
      );
      deps.output(command.optsWithGlobals()).result({ verified: true, accepted }, () => {
        const lines = accepted.map((file) => `Recorded ${file} as it is now`);
        return [...lines, "The database is what the migrations make"].join("\n");
      });
    });

  add("dump", "print the schema as SQL", ["migrate dump", "migrate dump > /tmp/schema.sql"]).action(
    async (_, command) => {
      const schema = await withTarget(io, command.optsWithGlobals(), ({ url }) => dumpSchema({ url }));
      deps.output(command.optsWithGlobals()).result({ schema }, () => schema.trimEnd());
    },
  );

  addFileCommands(migrate, deps);

  /** Runs one that changes the schema: permission first, progress while it runs, what is done when interrupted. */
  async function change(
    globals: TargetOptions & OutputOptions,
    given: Changing,
    engine: (options: RunOptions) => Promise<Step[]>,
  ): Promise<void> {
    const output = deps.output(globals);
    const { action, confirm, lockWait: waitMs, folder, dryRun = false, ignoreServers = false } = given;
    const done: Step[] = [];
    const steps = await withTarget(io, globals, async (target) => {
      if (action !== undefined && !dryRun) await guard(io, target, { ...globals, action, confirm });
      const onStep = (step: Step) => {
        done.push(step);
        tellStep(output, step);
      };
      return await interruptible(io, (signal) =>
        engine({
          url: target.url,
          serverRole: target.serverRole,
          waitMs,
          folder,
          dryRun,
          refuseServers: !ignoreServers,
          signal,
          onStep,
        }).catch((error) => {
          throw error instanceof Interrupted ? interrupted(error, done, target) : error;
        }),
      );
    });
    output.result({ steps: steps.map(stepToWire), dry_run: dryRun }, () => {
      if (steps.length === 0) return "Nothing to do: the schema is where it should be";
      const [applied, undone] = dryRun ? ["Would apply", "Would roll back"] : ["Applied", "Rolled back"];
      return steps
        .map(({ direction, file }) => `${direction === "up" ? applied : undone} ${file}`)
        .join("\n");
    });
  }
}

/** A step as --json prints it. */
export function stepToWire({ version, file, direction, durationMs }: Step) {
  return { version, file, direction, duration_ms: durationMs === null ? null : Math.round(durationMs) };
}

/** Tells a step on standard error while others are still to come. */
export function tellStep(output: Output, { file, direction, durationMs }: Step): void {
  output.note(
    `${direction === "up" ? "applied" : "rolled back"} ${file} (${Math.round(durationMs ?? 0)} ms)`,
  );
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

function isPending({ state }: MigrationState): boolean {
  return state === "pending";
}

function requireSettled(states: readonly MigrationState[]): void {
  const drift = describeDrift(states);
  if (drift.length > 0) throw driftError("Cannot vouch for the migrations", drift);
  const pending = states.filter(isPending);
  if (pending.length === 0) return;
  throw new CliError(`Migrations are pending: ${pending.map(({ file }) => file).join(", ")}`, {
    code: "MIGRATIONS_PENDING",
    exitCode: EXIT.gate,
    hint: "run `vibes migrate up`",
  });
}

function toWire({ version, file, state, appliedAt, durationMs }: MigrationState) {
  return { version, file, state, applied_at: appliedAt?.toISOString() ?? null, duration_ms: durationMs };
}

/** @returns A version: 3, 000003 or 000003_moderation.sql. @throws InvalidArgumentError */
function readVersion(text: string): number {
  const digits = /^(\d{1,6})(_[a-z0-9_]+(\.sql)?)?$/.exec(text)?.[1];
  if (digits === undefined) throw new InvalidArgumentError("Give a version such as 3.");
  return Number(digits);
}
