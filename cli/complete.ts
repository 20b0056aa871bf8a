/**
 * Computes the completions of a partial command line from the program's definition. Pure.
 * @module
 */
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** A word that fits. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** @returns The commands that people see. */
export function visibleCommands(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return command.commands.filter((child) => !child.name().startsWith("_"));
}

/**
 * @param words What has been typed after the program's name; the last one may be empty or half a word.
 * @returns What the last word may become, in the order of the help.
 */
export function complete(program: CommandUnknownOpts, words: readonly string[]): Candidate[] {
  const typed = words.slice(0, -1);
  const begun = words.at(-1) ?? "";
  let command = program;
  let value: Option | undefined;
  let argument = 0;
  for (const word of typed) {
    if (value !== undefined) {
      value = undefined;
    } else if (word.startsWith("-")) {
      value = takesValue(word.includes("=") ? undefined : findOption(command, word));
    } else {
      const next = command.commands.find((child) => child.name() === word);
      if (next) command = next;
      else argument++;
    }
  }
  const fitting = value ? choicesOf(value.argChoices) : optionsAndCommands(command, { begun, argument });
  return fitting.filter(({ word }) => word.startsWith(begun));
}

function optionsAndCommands(
  command: CommandUnknownOpts,
  { begun, argument }: { begun: string; argument: number },
): Candidate[] {
  if (begun.startsWith("-")) {
    return allOptions(command)
      .filter(({ hidden, long }) => !hidden && long)
      .map(({ long, description }) => ({ word: long as string, description }));
  }
  const commands = visibleCommands(command).map((child) => ({
    word: child.name(),
    description: child.description(),
  }));
  return [...commands, ...choicesOf(command.registeredArguments[argument]?.argChoices)];
}

function choicesOf(choices: readonly string[] | undefined): Candidate[] {
  return (choices ?? []).map((word) => ({ word, description: "" }));
}

/** Those of the command and the global ones. */
function allOptions(command: CommandUnknownOpts): Option[] {
  const own = [...command.options];
  for (let parent = command.parent; parent; parent = parent.parent) own.push(...parent.options);
  return own;
}

function findOption(command: CommandUnknownOpts, word: string): Option | undefined {
  return allOptions(command).find(({ short, long }) => word === short || word === long);
}

function takesValue(option: Option | undefined): Option | undefined {
  return option?.required || option?.optional ? option : undefined;
}
