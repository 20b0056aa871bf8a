#!/usr/bin/env bun
/**
 * The entry point of the moderators' dashboard: options, environment, and the end. `vibes admin` is the same.
 * @module
 */
import { parseArgs } from "node:util";
import { type LaunchOptions, launchPlain, launchTui, type Streams } from "./launch.ts";

const HELP = `Usage: bun admin-tui/main.tsx [options]

  --url <address>      the server (VIBES_URL; http://127.0.0.1:3000)
  --name <name>        shown in the header, such as prod-eu; the host by default
  --token-file <file>  of mode 0600; signing in writes it (VIBES_ADMIN_TOKEN_FILE)
  --readonly           nothing can be changed
  --plain              lines instead of a screen, for screen readers and pipes
  --no-color           no colours (NO_COLOR does the same)

VIBES_ADMIN_TOKEN holds a token, or what \`vibes users token <e-mail> --json\` prints.
`;

type Env = Readonly<Record<string, string | undefined>>;

/** What the command line and this file's own options say. */
export interface AdminFlags {
  readonly url?: string | undefined;
  readonly name?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly readonly?: boolean | undefined;
  readonly plain?: boolean | undefined;
  /** False: no colours. */
  readonly color?: boolean | undefined;
}

/** @returns The options of a run: flags before the environment. */
export function readOptions(flags: AdminFlags, env: Env): LaunchOptions {
  const url = flags.url ?? env.VIBES_URL ?? "http://127.0.0.1:3000";
  return {
    url,
    place: flags.name ?? hostOf(url),
    token: env.VIBES_ADMIN_TOKEN || undefined,
    tokenFile: flags.tokenFile ?? (env.VIBES_ADMIN_TOKEN_FILE || undefined),
    isReadonly: flags.readonly ?? false,
    isPlain: flags.plain ?? false,
    colors: flags.color !== false && !env.NO_COLOR && env.TERM !== "dumb",
  };
}

/** Runs the dashboard. @returns The exit code. @throws LaunchError, TokenFileError */
export async function runAdmin(options: LaunchOptions, streams: Streams): Promise<number> {
  // Decided when they are loaded: which build React is (a frame of the one for development takes half as long
  // again), and whether Ink has colours (it does not know NO_COLOR).
  process.env.NODE_ENV ??= "production";
  process.env.FORCE_COLOR = options.colors ? (process.env.FORCE_COLOR ?? "1") : "0";
  const { exitCode, error } = await (options.isPlain ? launchPlain : launchTui)(options, streams);
  if (error !== undefined) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    streams.stderr.write(`error: the dashboard has crashed; the terminal is as it was\n${text}\n`);
  }
  return exitCode;
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}

async function main(): Promise<number> {
  const { stdin, stdout, stderr } = process;
  try {
    const { values } = parseArgs({
      options: {
        url: { type: "string" },
        name: { type: "string" },
        "token-file": { type: "string" },
        readonly: { type: "boolean" },
        plain: { type: "boolean" },
        "no-color": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      stdout.write(HELP);
      return 0;
    }
    const flags = {
      ...values,
      tokenFile: values["token-file"],
      color: values["no-color"] ? false : undefined,
    };
    return await runAdmin(readOptions(flags, process.env), { stdin, stdout, stderr });
  } catch (error) {
    const { message, exitCode = error instanceof TypeError ? 2 : 1 } = error as Error & { exitCode?: number };
    stderr.write(`error: ${message}\n`);
    return exitCode;
  }
}

if (import.meta.main) {
  // What still holds the process, a call under way, is of no use to anybody any more.
  main().then((code) => process.exit(code));
}
