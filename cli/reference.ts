/**
 * Generates the command reference of the README from the program's definition.
 * @module
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { visibleCommands } from "./complete.ts";
import { buildProgram } from "./run.ts";

/** A command as people type it, without options. */
interface Entry {
  /** `migrate up`. */
  readonly name: string;
  readonly description: string;
  /** The lines that its help begins with, without the program's name. */
  readonly examples: readonly string[];
}

/** @returns Every command that does something, in the order of the help. */
export function listCommands(): Entry[] {
  const silent = { write: () => {} };
  return leaves(
    buildProgram({ env: {}, stdout: silent, stderr: silent }) as unknown as CommandUnknownOpts,
    "",
  );
}

/** @returns A table of the commands, with an example of each. */
export function cliReference(): string {
  const rows = listCommands().map(({ name, description, examples }) => {
    return `| \`${name}\` | ${description.replaceAll("|", "\\|")} | \`vibes ${examples[0] ?? name}\` |`;
  });
  return ["| command | what it does | for example |", "|---|---|---|", ...rows].join("\n");
}

function leaves(command: CommandUnknownOpts, path: string): Entry[] {
  return visibleCommands(command).flatMap((child) => {
    const name = `${path} ${child.name()}`.trim();
    if (child.commands.length > 0) return leaves(child, name);
    return [{ name, description: child.description(), examples: examplesOf(child) }];
  });
}

/** @returns The lines under "Examples:" of the command's help. */
export function examplesOf(command: CommandUnknownOpts): string[] {
  let help = "";
  command.configureOutput({
    writeOut(text) {
      help += text;
    },
  });
  command.outputHelp();
  const [, block = ""] = /^Examples:\n((?: {2}vibes .*\n)+)/.exec(help) ?? [];
  return block.split("\n").flatMap((line) => line.replace(/^ {2}vibes /, "") || []);
}
