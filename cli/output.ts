/**
 * Writes a command's output: results to standard output, everything else to standard error, one JSON envelope with
 * --json. It never calls process.exit, which would truncate output that is still being written.
 * @module
 */
import pc from "picocolors";
import { AppError, type ErrorDetails } from "../server/protocol/errors.ts";

/** The version of every `--json` answer's shape. */
export const SCHEMA = 1;

/** Exit codes, the same for every command. */
export const EXIT = {
  ok: 0,
  /** Something unexpected, or a refusal without a code of its own. */
  failed: 1,
  /** Usage, configuration, or not a terminal. */
  usage: 2,
  /** A gate failed: pending migrations, an SLO, lint, doctor. */
  gate: 3,
  /** A checksum or the schema differs. */
  drift: 4,
  /** Locked, or out of time. */
  locked: 5,
  /** Something that we depend on cannot be reached. */
  unreachable: 6,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM, or the terminal is gone. */
  terminated: 143,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where bytes go; `process.stdout` is one. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Where signals come from and how a process ends at once; `process` is one. */
export interface Signals {
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
  exit(code: number): unknown;
}

/** The surroundings of one run. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Absent: nobody is there to answer a question. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Absent: nobody interrupts. */
  readonly signals?: Signals;
  /** What people type to run this program from the folder they are in. @default "vibes" */
  readonly invocation?: string;
  /** The same for scripts that are run from any folder. @default invocation */
  readonly invocationAnywhere?: string;
}

/** The options that every command takes. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** False with --no-color. */
  readonly color?: boolean;
  /** The value of --env. Commands in messages repeat it. */
  readonly env?: string | undefined;
  /** The value of --config, likewise. */
  readonly config?: string | undefined;
}

/** Colours, or functions that change nothing. */
export type Style = ReturnType<typeof pc.createColors>;

/** A failure with an exit code and a hint. */
export class CliError extends Error {
  /** Stable name of the failure, for scripts. */
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  /** The envelope of the command's result has it: with --json there is no second one. */
  isTold = false;

  constructor(
    message: string,
    options: {
      code: string;
      exitCode: ExitCode;
      hint?: string | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.name = "CliError";
    this.code = options.code;
    this.exitCode = options.exitCode;
    this.hint = options.hint;
  }
}

/** The voice of one command. */
export interface Output {
  readonly json: boolean;
  readonly verbose: boolean;
  /** For what goes to standard output. */
  readonly style: Style;
  /**
   * The command's result; call it once.
   * @param data What --json prints inside its envelope.
   * @param render The same for people, without the last newline.
   * @param failure What the result amounts to: then `ok` is false and the exit code is the failure's.
   * @throws CliError the failure
   */
  result<T>(data: T, render: (data: T, style: Style) => string, failure?: CliError): void;
  /** A line about what is going on; silent with --quiet. */
  note(text: string): void;
  /** A line that --quiet does not silence. */
  warn(text: string): void;
  /** Tells of a failure. @returns The exit code to end with. */
  fail(error: unknown): ExitCode;
}

/** @returns The voice of a command with these options. */
export function createOutput(io: Io, options: OutputOptions): Output {
  const { json = false, quiet = false, verbose = false } = options;
  const style = styleFor(io.stdout, io.env, options.color);
  const errorStyle = styleFor(io.stderr, io.env, options.color);
  const say = (text: string) => void io.stderr.write(`${asTyped(text, io, options)}\n`);
  function worded(error: unknown) {
    const { code, message, hint } = describeFailure(error);
    return { code, message: asTyped(message, io, options), hint: hint && asTyped(hint, io, options) };
  }

  return {
    json,
    verbose,
    style,
    result(data, render, failure) {
      const error = failure && worded(failure);
      const envelope = { schema: SCHEMA, ok: failure === undefined, data, error };
      io.stdout.write(`${json ? JSON.stringify(envelope) : render(data, style)}\n`);
      if (!failure) return;
      failure.isTold = json;
      throw failure;
    },
    note: (text) => (quiet ? undefined : say(text)),
    warn: (text) => say(`${errorStyle.yellow("warning:")} ${text}`),
    fail(error) {
      const { exitCode } = describeFailure(error);
      if (error instanceof CliError && error.isTold) return exitCode;
      const { code, message, hint } = worded(error);
      if (json) {
        io.stdout.write(`${JSON.stringify({ schema: SCHEMA, ok: false, error: { code, message, hint } })}\n`);
      } else {
        say(`${errorStyle.red("error:")} ${message}`);
        if (hint) say(`${errorStyle.cyan("hint:")} ${hint}`);
      }
      if (verbose && error instanceof Error) say(errorStyle.dim(error.stack ?? ""));
      return exitCode;
    },
  };
}

/**
 * The one place where commands in messages get the name of this program as it was called, and the configuration that
 * was named. Messages write `` `vibes migrate up` `` (or begin with `vibes`); `cli/invocation_test.ts` finds those
 * that do not.
 *
 * @returns The text with each command as it can be pasted here.
 */
export function asTyped(
  text: string,
  { invocation = "vibes" }: Pick<Io, "invocation">,
  { env, config }: Pick<OutputOptions, "env" | "config"> = {},
): string {
  const named =
    config !== undefined ? ` --config ${shellWord(config)}` : env ? ` --env ${shellWord(env)}` : "";
  return text.replace(/(^|`(?:[A-Z_]+=\S* )*)vibes /g, (_, before) => `${before}${invocation}${named} `);
}

/** @returns The text as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w./@:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function styleFor(sink: Sink, env: Io["env"], wanted: boolean | undefined): Style {
  return pc.createColors(wanted !== false && sink.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb");
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: ExitCode;
}

function describeFailure(error: unknown): Failure {
  if (error instanceof CliError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null, exitCode: error.exitCode };
  }
  if (error instanceof AppError) {
    const { code } = error;
    const message = [error.message, ...problemLines(error.details)].join("\n  ");
    const exitCode =
      code === "SERVICE_UNAVAILABLE"
        ? EXIT.unreachable
        : code === "VALIDATION_ERROR"
          ? EXIT.usage
          : EXIT.failed;
    return { code, message, hint: null, exitCode };
  }
  if (error instanceof Error) {
    // Errors of the server's own tools (configuration, migrations) bring their exit code.
    const { exitCode, hint: own } = error as { exitCode?: unknown; hint?: string };
    const known = Object.values(EXIT).find((value) => value === exitCode);
    const usage = error.name === "ConfigError" ? EXIT.usage : EXIT.failed;
    const isUnknown = known === undefined && usage === EXIT.failed;
    const hint = own ?? (isUnknown ? "run it again with -v for the details" : null);
    return { code: snake(error.name), message: error.message, hint, exitCode: known ?? usage };
  }
  return { code: "ERROR", message: String(error), hint: null, exitCode: EXIT.failed };
}

/** Details of a VALIDATION_ERROR as `body.name: must be …`. */
function problemLines(details: ErrorDetails): string[] {
  if (!Array.isArray(details)) return [];
  return details.map(({ path, message }) => `${path}: ${message}`);
}

function snake(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}
