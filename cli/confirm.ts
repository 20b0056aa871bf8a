/**
 * Asks for confirmation of destructive commands: the name of the target, typed or given by --confirm.
 * @module
 */
import { createInterface } from "node:readline/promises";
import { aborted, Interrupted, interruptible } from "./interrupt.ts";
import { CliError, EXIT, type Io } from "./output.ts";

/** What a question needs of its surroundings. */
type Terminal = Pick<Io, "stdin" | "stderr" | "signals">;

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
export async function requireName(io: Terminal, question: Question): Promise<void> {
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
  io: Terminal,
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

/** @throws Interrupted on Ctrl-C: whatever else listens for it is not waiting for an answer. */
async function ask(io: Terminal, question: string): Promise<string> {
  io.stderr.write(question);
  const lines = createInterface({ input: io.stdin as NodeJS.ReadableStream, terminal: false });
  const answer = lines[Symbol.asyncIterator]().next();
  try {
    return await interruptible(io, async (signal) => {
      const given = await Promise.race([answer, aborted(signal)]);
      if (given === undefined) {
        const { signal: name } = signal.reason as Interrupted;
        throw new Interrupted("Interrupted: nothing was done", { signal: name });
      }
      return (given.value ?? "").trim();
    });
  } finally {
    lines.close();
  }
}

function refusal({ action, name }: Question, why: string): CliError {
  return new CliError(`Cannot ${action} ${name}: ${why}`, {
    code: "NOT_CONFIRMED",
    exitCode: EXIT.usage,
    hint: `if it is meant, add --confirm=${name}`,
  });
}
