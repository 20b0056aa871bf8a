/**
 * How every help begins: with lines that work when they are pasted.
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
