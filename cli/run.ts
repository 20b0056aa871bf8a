/**
 * Runs a command line: registers every command and turns failures into messages and exit codes. main.ts passes the
 * process, tests pass streams.
 * @module
 */
import { CommanderError } from "commander";
import { register as registerAdmin } from "./commands/admin.ts";
import { register as registerAudit } from "./commands/audit.ts";
import { register as registerCompletion } from "./commands/completion.ts";
import { register as registerConfig } from "./commands/config.ts";
import { register as registerDb } from "./commands/db.ts";
import { register as registerDev } from "./commands/dev.ts";
import { register as registerDoctor } from "./commands/doctor.ts";
import { register as registerJobs } from "./commands/jobs.ts";
import { register as registerLoad } from "./commands/load.ts";
import { register as registerMigrate } from "./commands/migrate.ts";
import { register as registerOpenapi } from "./commands/openapi.ts";
import { register as registerPush } from "./commands/push.ts";
import { register as registerSeed } from "./commands/seed.ts";
import { register as registerServe } from "./commands/serve.ts";
import { register as registerUsers } from "./commands/users.ts";
import { register as registerWebhooks } from "./commands/webhooks.ts";
import { CliError, createOutput, EXIT, type ExitCode, type Io } from "./output.ts";
import { type CliDeps, createProgram } from "./program.ts";

/** Every command, in the order of the help. */
const COMMANDS = [
  registerDev,
  registerServe,
  registerMigrate,
  registerDb,
  registerSeed,
  registerUsers,
  registerLoad,
  registerAdmin,
  registerAudit,
  registerJobs,
  registerPush,
  registerWebhooks,
  registerDoctor,
  registerConfig,
  registerOpenapi,
  registerCompletion,
];

/**
 * @param options.json The failure is told once, in the envelope: commander itself says nothing.
 * @returns The program with every command.
 */
export function buildProgram(io: Io, { json = false }: { json?: boolean } = {}) {
  const program = createProgram(io);
  // Before the commands are added: they take it over.
  if (json) program.configureOutput({ writeErr: () => {} });
  const deps: CliDeps = { io, output: (options) => createOutput(io, options) };
  for (const register of COMMANDS) register(program, deps);
  return program;
}

/**
 * Runs one command line.
 *
 * @param argv Without the interpreter and the script.
 * @returns The exit code; nothing here ends the process.
 */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const json = argv.includes("--json");
  const program = buildProgram(io, { json });
  try {
    await program.parseAsync(argv, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return failUsage(error, { io, json });
    return createOutput(io, program.opts()).fail(error);
  }
}

/** Commander has told people already; it counts help and version as failures, too. */
function failUsage(error: CommanderError, { io, json }: { io: Io; json: boolean }): ExitCode {
  if (error.exitCode === 0) return EXIT.ok;
  const message = error.message.replace(/^error: /, "");
  const hint = "vibes --help lists the commands, vibes <command> --help their options";
  if (json)
    createOutput(io, { json }).fail(new CliError(message, { code: "USAGE", exitCode: EXIT.usage, hint }));
  return EXIT.usage;
}
