/**
 * Asks for confirmation of destructive commands: the name of the target, typed or given by --confirm.
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
  const typed = await ask(io, `This will ${action} ${name}. Type its name to go on: `);
  if (typed !== name) throw refusal(question, "its name was not typed");
}

/**
 * Asks a question at a terminal; elsewhere, and with --yes, the answer is yes: whoever writes a script has decided.
 * @throws CliError when the answer is no.
 */
export async function requireYes(
  io: Pick<Io, "stdin" | "stderr">,
  { yes, input = true }: { readonly yes?: boolean | undefined; readonly input?: boolean | undefined },
  question: string,
): Promise<void> {
  if (yes || !input || io.stdin?.isTTY !== true) return;
  const answer = await ask(io, `${question} [y/N] `);
  if (/^y(es)?$/i.test(answer)) return;
  throw new CliError("Nothing was done", {
    code: "NOT_CONFIRMED",
    exitCode: EXIT.usage,
    hint: "--yes answers for you",
  });
}

async function ask(io: Pick<Io, "stdin" | "stderr">, question: string): Promise<string> {
  io.stderr.write(question);
  const lines = createInterface({ input: io.stdin as NodeJS.ReadableStream, terminal: false });
  const { value = "" } = await lines[Symbol.asyncIterator]().next();
  lines.close();
  return value.trim();
}

function refusal({ action, name }: Question, why: string): CliError {
  return new CliError(`Cannot ${action} ${name}: ${why}`, {
    code: "NOT_CONFIRMED",
    exitCode: EXIT.usage,
    hint: `if it is meant, add --confirm=${name}`,
  });
}
