/**
 * `vibes migrate status|verify|wait|dump`: the commands that only look.
 * @module
 */
import {
  dumpSchema,
  type MigrationState,
  status,
  verify,
  verifyShadow,
  waitUntilMigrated,
} from "../../../server/db/migrate/mod.ts";
import { examples } from "../../help.ts";
import { interruptible } from "../../interrupt.ts";
import { CliError, EXIT } from "../../output.ts";
import type { CliDeps, Group } from "../../program.ts";
import { table } from "../../text.ts";
import { withTarget } from "../db_target.ts";
import { engineOptions, readSeconds } from "./options.ts";

const FOLDER = ["--folder <path>", "migrations of another folder than sql/migrations"] as const;

export function registerLooks(migrate: Group, deps: CliDeps): void {
  const { io } = deps;

  migrate
    .command("status")
    .description("every migration and whether it is applied")
    .addHelpText(
      "before",
      examples(io, ["migrate status", "migrate status --check", "migrate status --json"]),
    )
    .option("--check", "exit with 3 when something is pending, 4 when an applied file was changed")
    .option(...FOLDER)
    .action(async ({ check, folder }, command) => {
      const globals = command.optsWithGlobals();
      const states = await withTarget(io, globals, (target) => status(engineOptions(target, { folder })));
      const data = { migrations: states.map(toWire), pending: states.filter(isPending).length };
      if (check) requireSettled(states);
      deps.output(globals).result(data, ({ migrations }) =>
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

  migrate
    .command("verify")
    .description("check that the database is what the files say; exit with 4 when it is not")
    .addHelpText("before", examples(io, ["migrate verify", "migrate verify --shadow"]))
    .option("--shadow", "also compare with an empty database that gets the same migrations")
    .option("--shadow-url-env <name>", "take that empty database from this environment variable")
    .option(...FOLDER)
    .action(async ({ shadow, shadowUrlEnv, folder }, command) => {
      const globals = command.optsWithGlobals();
      const output = deps.output(globals);
      await withTarget(io, globals, (target) =>
        interruptible(io, async (signal) => {
          const options = engineOptions(target, { folder, signal });
          await verify(options);
          if (!shadow && shadowUrlEnv === undefined) return;
          output.note("Applying the migrations to an empty database");
          const shadowUrl = shadowUrlEnv === undefined ? {} : { shadowUrl: fromEnv(shadowUrlEnv) };
          await verifyShadow({ ...options, ...shadowUrl });
        }),
      );
      output.result(
        { verified: true, shadow: Boolean(shadow ?? shadowUrlEnv) },
        () => "The database is what the migrations say",
      );
    });

  migrate
    .command("wait")
    .description("wait until the database answers and somebody has applied all migrations")
    .addHelpText("before", examples(io, ["migrate wait", "migrate wait --timeout 120"]))
    .option("--timeout <seconds>", "then give up, with 5", readSeconds, 60_000)
    .option(...FOLDER)
    .action(async ({ timeout, folder }, command) => {
      const globals = command.optsWithGlobals();
      const started = performance.now();
      await withTarget(io, globals, (target) =>
        interruptible(io, (signal) =>
          waitUntilMigrated({ ...engineOptions(target, { folder, signal }), timeoutMs: timeout }),
        ),
      ).catch((error: Error) => {
        if (!["DriftError", "CliError"].includes(error.name) || (error as CliError).code === "INTERRUPTED")
          throw error;
        throw new CliError(`Cannot wait any longer than ${timeout / 1_000} s: ${error.message}`, {
          code: "TIMEOUT",
          exitCode: EXIT.locked,
          hint: "`vibes migrate up` applies what is pending",
          cause: error,
        });
      });
      const waitedMs = Math.round(performance.now() - started);
      deps.output(globals).result({ waited_ms: waitedMs }, () => "The database is migrated");
    });

  migrate
    .command("dump")
    .description("print the schema as SQL")
    .addHelpText("before", examples(io, ["migrate dump", "migrate dump > /tmp/schema.sql"]))
    .action(async (_, command) => {
      const globals = command.optsWithGlobals();
      const schema = await withTarget(io, globals, ({ url }) => dumpSchema({ url }));
      deps.output(globals).result({ schema }, () => schema.trimEnd());
    });

  function fromEnv(name: string): string {
    const url = io.env[name];
    if (url) return url;
    throw new CliError(`Cannot use the shadow database: ${name} is not set`, {
      code: "USAGE",
      exitCode: EXIT.usage,
      hint: "put its URL into that variable",
    });
  }
}

function isPending({ state }: MigrationState): boolean {
  return state === "pending";
}

function requireSettled(states: readonly MigrationState[]): void {
  const drifted = states.filter(({ state }) => state === "changed" || state === "missing");
  if (drifted.length > 0) {
    const findings = drifted.map(
      ({ file, state }) => `${file} ${state === "changed" ? "was changed" : "is gone"}`,
    );
    throw new CliError(`Cannot vouch for the migrations: ${findings.join("; ")}`, {
      code: "DRIFT",
      exitCode: EXIT.drift,
      hint: "an applied file must stay as it is: take the change into a new one",
    });
  }
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
