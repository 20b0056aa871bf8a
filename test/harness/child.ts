/**
 * Runs one of our programs as a child process: its output by line, its exit code, signals. It inherits nothing but
 * PATH, and what the databases of tests are on.
 * @module
 */
import { join, resolve } from "node:path";
import { invocationOf } from "../../cli/invocation.ts";

const ROOT = join(import.meta.dir, "../..");
const PATIENCE_MS = 30_000;

/** @returns A command of `vibes` as a program that {@link startChild} starts prints it in its hints. */
export function asPrinted(command: string): string {
  const script = join(ROOT, "cli/main.ts");
  return `${invocationOf({ script, cwd: ROOT, path: process.env.PATH ?? "" })} ${command}`;
}

/** How a {@link Child} is started. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** @default the root of the repository */
  readonly cwd?: string;
  /** Written to its standard input, which is empty otherwise. */
  readonly stdin?: string;
  /** Its standard input is empty and has no end before {@link Child.endInput}. */
  readonly openStdin?: boolean;
  /** The executable of the build, which runs instead of Bun and a script. */
  readonly executable?: string;
  /** Runs in front of it: `["setpriv", "--reuid=nobody"]`. */
  readonly wrapper?: readonly string[];
}

/** How a process ended, and what it said. */
export interface Ended {
  /** 128 and the number of the signal when one ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Waits until either stream has it. @throws Error with both when the process ends or 30 s pass before. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Ends the standard input of one that was started with `openStdin`. */
  endInput(): void;
  /** Sends a signal. @returns How the process ended. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

/** @param args The script, from the root, and its arguments. */
export function startChild(args: readonly string[], options: ChildOptions = {}): Child {
  const { env = {}, cwd = ROOT, stdin, openStdin = false, wrapper = [], executable } = options;
  const [script = "", ...rest] = args;
  const program =
    executable === undefined ? [process.execPath, resolve(ROOT, script), ...rest] : [executable, ...args];
  // Of the databases that tests get.
  const engine = process.env.TEST_CITUS_URL ? { DATABASE_ENGINE: "citus" } : {};
  const process_ = Bun.spawn([...wrapper, ...program], {
    cwd,
    env: { PATH: process.env.PATH ?? "", ...engine, ...env },
    stdin: stdin !== undefined ? Buffer.from(stdin) : openStdin ? "pipe" : "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = { stdout: "", stderr: "" };
  let heard = Promise.withResolvers<void>();
  let over = false;
  async function listen(stream: ReadableStream<Uint8Array>, name: keyof typeof said): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream() as never)) {
      said[name] += text;
      heard.resolve();
      heard = Promise.withResolvers();
    }
  }
  const ended = Promise.all([
    process_.exited,
    listen(process_.stdout, "stdout"),
    listen(process_.stderr, "stderr"),
  ]).then(([code]) => {
    over = true;
    heard.resolve();
    return { code, ...said };
  });

  async function says(pattern: RegExp): Promise<RegExpMatchArray> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const waiting = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve()));
    for (;;) {
      const found = pattern.exec(said.stdout) ?? pattern.exec(said.stderr);
      if (found) return found;
      if (over || late.aborted) {
        throw new Error(
          `It ${over ? "ended" : "waits"} and never said ${pattern}\n${said.stdout}\n${said.stderr}`,
        );
      }
      await Promise.race([heard.promise, waiting]);
    }
  }

  return {
    pid: process_.pid,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    says,
    ended,
    endInput() {
      const { stdin } = process_;
      if (typeof stdin === "object") void stdin.end();
    },
    end(signal = "SIGTERM") {
      process_.kill(signal);
      return ended;
    },
    async [Symbol.asyncDispose]() {
      process_.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs a program to its end. */
export async function runChild(args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  await using child = startChild(args, options);
  const timer = setTimeout(() => void child.end("SIGKILL"), PATIENCE_MS);
  const ended = await child.ended;
  clearTimeout(timer);
  return ended;
}
