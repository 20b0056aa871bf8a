/**
 * The root program with its global options. Commands register themselves; this module knows none of them.
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { versionText } from "../server/lib/version.ts";
import { examples } from "./help.ts";
import type { Io, Output, OutputOptions } from "./output.ts";

/** What commands are given. */
export interface CliDeps {
  readonly io: Io;
  /** @returns The voice of a command, from `command.optsWithGlobals()`. */
  output(options: OutputOptions): Output;
}

/** A command that commands are added to. */
export type Group = Command<[], Record<never, never>, ReturnType<Program["opts"]>>;

/** The program with its global options, to which commands are added. */
export type Program = ReturnType<typeof createProgram>;

/** @returns The program without commands. */
export function createProgram(io: Io) {
  return new Command("vibes")
    .description("VibesMatch's messaging backend: run, operate and load-test it")
    .addHelpText(
      "before",
      examples(io, [
        "dev",
        "users token ada@demo.vibesmatch.test --access",
        "migrate status",
        "seed run --scale 1",
      ]),
    )
    .version(versionText(), "--version", "print the version, the commit and the Bun of this build")
    .option("--env <name>", "read the configuration from vibes.<name>.env")
    .option("--config <file>", "read the configuration from a file of KEY=value lines")
    .option("--json", "print one JSON object: {schema, ok, data, error}")
    .option("-q, --quiet", "no progress, only results and failures")
    .option("-v, --verbose", "print more detail")
    .option("--no-color", "no colours (NO_COLOR does the same)")
    .option("--no-input", "never prompt; fail where an answer is needed")
    .option("-y, --yes", "answer yes to every question")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    })
    .showHelpAfterError("(--help says more)")
    .exitOverride();
}
