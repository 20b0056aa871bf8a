/**
 * Leave to do what cannot be undone: the name of what it is done to, typed or given. It does nothing itself.
 * @module
 */
import { createInterface } from "node:readline/promises";
import { CliError, EXIT, type Io } from "./output.ts";

/** What is about to happen, and what was said about it. */
export interface Question {
  /** After "Cannot" and before the name: `drop the database`. */
  readonly action: string;
  /** What has to be typed. */
  readonly name: string;
  /** The value of --confirm. */
  readonly confirm: string | undefined;
  /** False with --no-input. */
  readonly input?: boolean | undefined;
}

/** @throws CliError unless the name was given, or is typed at the terminal. */
export async function requireName(io: Pick<Io, "stdin" | "stderr">, question: Question): Promise<void> {
  const { action, name, confirm, input = true } = question;
  if (confirm === name) return;
  if (confirm !== undefined) throw refusal(question, `it is called ${name}, not ${confirm}`);
  if (!input || io.stdin?.isTTY !== true) throw refusal(question, "nobody is there to type its name");
  io.stderr.write(`This will ${action} ${name}. Type its name to go on: `);
  const lines = createInterface({ input: io.stdin, terminal: false });
  const { value: typed = "" } = await lines[Symbol.asyncIterator]().next();
  lines.close();
  if (typed.trim() !== name) throw refusal(question, "its name was not typed");
}

function refusal({ action, name }: Question, why: string): CliError {
  return new CliError(`Cannot ${action} ${name}: ${why}`, {
    code: "NOT_CONFIRMED",
    exitCode: EXIT.usage,
    hint: `if it is meant, add --confirm=${name}`,
  });
}
