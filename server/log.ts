/**
 * The log: one structured line per event, JSON except to a developer's terminal. It must never hold a message body, an
 * e-mail address, a code or a token; redaction here is a second line of defence behind callers, who do not log them.
 * @module
 */
import pc from "picocolors";
import { type Logger, pino, stdTimeFunctions } from "pino";
import type { LogLevel, Mode } from "./config/mod.ts";

/** What the application sees of the logger. */
export type Log = Pick<
  Logger,
  "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "child" | "level" | "isLevelEnabled"
>;

interface LogOptions {
  readonly level: LogLevel;
  readonly mode: Mode;
  /** Lines for people instead of JSON. @default in development, when standard output is a terminal */
  readonly pretty?: boolean;
  /** Takes each finished line, newline included. @default standard output */
  readonly write?: (line: string) => void;
}

/** Keys whose value never reaches a line, at any depth, however they are written. */
const HIDDEN = new Set(
  (
    "password secret otp token accesstoken refreshtoken temptoken authorization cookie jwtsecret databaseurl databasedirecturl redisurl " +
    "redisurls smtpurl email content previewtext body description bio dateofbirth headers parameters"
  ).split(" "),
);
const REDACTED = "[redacted]";
const MAX_DEPTH = 6;

/**
 * Creates a log. Give each part of the server its own with `log.child({ component: "http" })`.
 *
 * Outside development every line is also searched for e-mail addresses, tokens and URL passwords, whatever the
 * key: errors of libraries quote them. In development they stay, because the sign-in code is printed there.
 */
export function createLog({ level, mode, pretty, write = writeOut }: LogOptions): Log {
  const human = pretty ?? (mode === "development" && process.stdout.isTTY === true);
  const render = human ? prettyLine : (line: string) => line;
  const clean = mode === "development" ? (line: string) => line : scrub;
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (facts: object) => redact(facts) as Record<string, unknown>,
    },
    serializers: { err: (value: unknown) => value },
  };
  return guardChildren(pino(options, { write: (line: string) => write(render(clean(line))) }));
}

/** What a child is bound to passes pino's formatters by, so it is redacted on the way in. */
function guardChildren(logger: Log): Log {
  const child = logger.child.bind(logger) as (facts: object, options?: object) => Log;
  const guarded = (facts: object, options?: object) => guardChildren(child(redact(facts) as object, options));
  return Object.assign(logger, { child: guarded });
}

/** @returns A log that drops everything, for tests and tools. */
export function silentLog(): Log {
  return createLog({ level: "silent", mode: "test", write: () => {} });
}

/**
 * Logs a failure that nobody expected, so that the request id in the client's answer finds it.
 *
 * @param facts What else is known: ids and numbers, no personal data.
 */
export function logError(
  log: Log,
  error: unknown,
  facts: { requestId?: string; [fact: string]: unknown } = {},
): void {
  const { requestId, ...rest } = facts;
  log.error(
    { ...(requestId === undefined ? {} : { request_id: requestId }), ...rest, err: error },
    "unexpected error",
  );
}

/** Through the stream, which buffers what a full pipe does not take. A closed pipe must not end the server. */
function writeOut(line: string): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => {});
  process.stdout.write(line);
}

/** Copies facts with hidden keys masked and errors as plain facts. */
function redact(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return errorFacts(value, depth);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[deep]";
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return value;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const hidden = HIDDEN.has(key.toLowerCase().replaceAll(/[_-]/g, ""));
    copy[key] = hidden && inner !== null && inner !== undefined ? REDACTED : redact(inner, depth + 1);
  }
  return copy;
}

/** Only these: drivers hang queries, parameters and row values (`detail`) on their errors. */
function errorFacts(error: Error, depth: number): Record<string, unknown> {
  const { code, constraint_name } = error as { code?: unknown; constraint_name?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(constraint_name === undefined ? {} : { constraint: constraint_name }),
    stack: error.stack,
    ...(error.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

const EMAIL = /[^\s"'<>()[\]=,;:\\/@]+@[^\s"'<>()[\]=,;:\\/@]+\.[^\s"'<>()[\]=,;:\\/@.]+/g;
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const BEARER = /\b(bearer[ .])[\w~+/.-]+=*/gi;
const URL_PASSWORD = /([a-z]+:\/\/[^\s:@/"]*):[^\s@"]+@/gi;

/** Masks what looks personal or secret in a finished line; JSON stays JSON. */
function scrub(line: string): string {
  if (!/@|eyJ|bearer/i.test(line)) return line;
  return line
    .replace(URL_PASSWORD, "$1:[redacted]@")
    .replace(JWT, "[token]")
    .replace(BEARER, "$1[token]")
    .replace(EMAIL, "[email]");
}

const COLOURS: Record<string, (text: string) => string> = {
  trace: pc.dim,
  debug: pc.dim,
  info: pc.green,
  warn: pc.yellow,
  error: pc.red,
  fatal: pc.bgRed,
};

/** `10:35:00.123 info  http  message key=value`, and the stack below. */
function prettyLine(line: string): string {
  const { level, time, pid: _, component, msg, err, ...facts } = JSON.parse(line);
  const label = (COLOURS[level] ?? String)(String(level).padEnd(5));
  const pairs = Object.entries(facts).map(
    ([key, value]) => `${pc.dim(`${key}=`)}${visible(JSON.stringify(value) ?? "")}`,
  );
  const head = [
    pc.dim(String(time).slice(11, 23)),
    label,
    component && pc.cyan(component),
    visible(String(msg ?? "")),
  ];
  const stack = err?.stack ?? err?.message;
  const text = [...head.filter(Boolean), ...pairs].join(" ");
  return stack ? `${text}\n${visible(String(stack), "  ")}\n` : `${text}\n`;
}

/** Text from elsewhere cannot move the cursor; with an indent it may have lines. */
function visible(text: string, indent?: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const escaped = text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (c) => {
    return `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return indent === undefined
    ? escaped.replaceAll("\n", "\\n")
    : indent + escaped.replaceAll("\n", `\n${indent}`);
}
