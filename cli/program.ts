/**
 * The command line as a value: options, commands, and what becomes of failures. main.ts gives it the process;
 * tests give it texts.
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { CommanderError } from "commander";
import { register as registerUsers } from "./commands/users.ts";
import {
  CliError,
  createOutput,
  EXIT,
  type ExitCode,
  type Io,
  type Output,
  type OutputOptions,
} from "./output.ts";

/** What commands are given. */
export interface CliDeps {
  readonly io: Io;
  /** @returns The voice of a command, from `command.optsWithGlobals()`. */
  output(options: OutputOptions): Output;
}

/** The program with its global options, to which commands are added. */
export type Program = ReturnType<typeof createProgram>;

const EXAMPLES = `Examples:
  vibes users create --email ana@example.com --name Ana --birthdate 1995-05-15 --gender female --country DE
  vibes users token ana@example.com --json
`;

function createProgram(io: Io) {
  return new Command("vibes")
    .description("VibesMatch's messaging backend: run it, look after it, load it")
    .addHelpText("before", EXAMPLES)
    .option("--env <name>", "take the configuration from vibes.<name>.env")
    .option("--config <file>", "take the configuration from a file of KEY=value lines")
    .option("--json", "print one JSON object: {schema, ok, data} or {schema, ok, error}")
    .option("-q, --quiet", "no progress, only results and failures")
    .option("-v, --verbose", "say more")
    .option("--no-color", "no colours (NO_COLOR does the same)")
    .option("--no-input", "never ask; fail where an answer is needed")
    .option("-y, --yes", "answer yes to every question")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    })
    .showHelpAfterError("(--help says more)")
    .exitOverride();
}

/**
 * Runs one command line.
 *
 * @param argv Without the interpreter and the script.
 * @returns The exit code; nothing here ends the process.
 */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const program = createProgram(io);
  const json = argv.includes("--json");
  // The failure is told once, in the envelope.
  if (json) program.configureOutput({ outputError: () => {} });
  const deps: CliDeps = { io, output: (options) => createOutput(io, options) };
  for (const register of [registerUsers]) register(program, deps);
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
