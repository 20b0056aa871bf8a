/**
 * Runs one `vibes` command line in this process and returns its output and exit code.
 * @module
 */
import { Readable } from "node:stream";
import type { Signals } from "../../cli/output.ts";
import { runCli } from "../../cli/run.ts";

/** What one run said. */
export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How a {@link runVibes} differs from a plain run in a pipe. */
export interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Both streams are terminals. */
  readonly tty?: boolean;
  /** Typed at the terminal. */
  readonly stdin?: string;
  readonly signals?: Signals;
}

/** @param line Words separated by spaces, or an array of words. */
export async function runVibes(
  line: string | readonly string[],
  { env = {}, tty = false, stdin, signals }: CliOptions = {},
): Promise<CliResult> {
  const said = { out: "", err: "" };
  const sink = (key: "out" | "err") => ({
    isTTY: tty,
    write(text: string) {
      said[key] += text;
    },
  });
  const argv = typeof line === "string" ? line.split(" ").filter(Boolean) : line;
  const input = stdin === undefined ? undefined : Object.assign(Readable.from([stdin]), { isTTY: true });
  const code = await runCli(argv, {
    env,
    stdout: sink("out"),
    stderr: sink("err"),
    ...(input ? { stdin: input } : {}),
    ...(signals ? { signals } : {}),
  });
  return { code, ...said };
}

/** @returns What --json printed: the result, or else the failure. */
export function dataOf({ out }: CliResult) {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  const { schema, ok, data, error } = JSON.parse(out) as any;
  if (schema !== 1) throw new Error(`Not the envelope: ${out}`);
  return ok || data !== undefined ? data : error;
}
