/**
 * Adds examples that can be pasted to the beginning of every help text.
 * @module
 */
import type { Io } from "./output.ts";

/**
 * @param lines Command lines without the program's name.
 * @returns The text for `addHelpText("before", …)`.
 */
export function examples({ invocation = "vibes" }: Pick<Io, "invocation">, lines: readonly string[]): string {
  return `Examples:\n${lines.map((line) => `  ${invocation} ${line}\n`).join("")}`;
}
