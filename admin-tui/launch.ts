/**
 * Starts the dashboard on a terminal or as plain lines. `vibes admin` calls it; only {@link launch} loads Ink and
 * React.
 * @module
 */
import { createRest } from "../client/mod.ts";
import { type Api, type CallFacts, createApi } from "./api.ts";
import { Dashboard } from "./dashboard.ts";
import { createSession, type Session } from "./desk/session.ts";
import type { Group } from "./desk/state.ts";
import { fileStore, noStore, parseTokens } from "./desk/tokens.ts";
import { type LiveStream, socketStream } from "./live_stream.ts";
import { createOpener, type Machine, programs } from "./opener.ts";
import { runPlain } from "./plain/plain.ts";
import { createTalk } from "./plain/talk.ts";
import type { Ending } from "./terminal.ts";

/** How the dashboard is started. */
export interface LaunchOptions {
  /** `https://host`, without a path. */
  readonly url: string;
  /** Shown in the header: the environment's name, or the host. */
  readonly place: string;
  /** A token, a pair, or the answer of `vibes users token --json`. */
  readonly token: string | undefined;
  /** Of mode 0600; made when somebody signs in. */
  readonly tokenFile: string | undefined;
  readonly isReadonly: boolean;
  readonly isPlain: boolean;
  /** What a row of the queue stands for at first. */
  readonly group: Group;
  readonly colors: boolean;
  /** Tells whether there is a browser, and is the browser's. */
  readonly env: Machine["env"];
}

/** The streams of the process. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Cannot be started like this. */
export class LaunchError extends Error {
  /** For the command line: wrong usage. */
  readonly exitCode = 2;
  override readonly name = "LaunchError";
}

/** What a run stands on. */
export interface Parts {
  readonly api: Api;
  readonly session: Session;
  readonly stream: LiveStream;
}

/**
 * @param onPhase Hears when the session begins and ends.
 * @throws LaunchError, TokenFileError
 */
export function connectParts(
  { url, token, tokenFile }: Pick<LaunchOptions, "url" | "token" | "tokenFile">,
  {
    onPhase,
    onCall,
  }: {
    onPhase?: (phase: Session["phase"]) => void;
    onCall?: (facts: CallFacts) => void;
  } = {},
): Parts {
  const given = token === undefined ? null : parseTokens(token);
  if (token !== undefined && !given)
    throw new LaunchError("Cannot use VIBES_ADMIN_TOKEN: there is no token in it");
  const store = tokenFile === undefined ? noStore : fileStore(tokenFile);
  const session = createSession({ rest: createRest({ url }), store, onPhase }, given);
  const getToken = session.token;
  const api = createApi({ url, rest: createRest({ url, token: getToken }), session, onCall });
  return { api, session, stream: socketStream({ url, token: getToken }) };
}

/**
 * Runs the dashboard until it is left.
 *
 * @returns The exit code, and the error when the dashboard has crashed; the terminal is as it was.
 * @throws LaunchError, TokenFileError
 */
export async function launch(options: LaunchOptions, streams: Streams): Promise<Ending> {
  // Read when the modules are loaded: which build of React runs (a frame of the one for development takes half as
  // long again), and whether Ink has colours (it does not know NO_COLOR).
  process.env.NODE_ENV ??= "production";
  process.env.FORCE_COLOR = options.colors ? (process.env.FORCE_COLOR ?? "1") : "0";
  return await (options.isPlain ? launchPlain : launchTui)(options, streams);
}

async function launchPlain(options: LaunchOptions, { stdin, stdout }: Streams): Promise<Ending> {
  const { api, session } = connectParts(options);
  const talk = createTalk({ input: stdin, write: (text) => void stdout.write(text) });
  const { place, isReadonly, group } = options;
  return { exitCode: await runPlain({ api, session, talk, place, isReadonly, group }) };
}

async function launchTui(options: LaunchOptions, { stdin, stdout }: Streams): Promise<Ending> {
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new LaunchError("Cannot draw the dashboard: this is no terminal; --plain works with lines");
  }
  let dashboard: Dashboard | undefined;
  const parts = connectParts(options, {
    onPhase: (phase) => dashboard?.onPhase(phase),
    onCall: (facts) => dashboard?.desk.heardClock(facts),
  });
  const { runTui } = await import("./tui.tsx");
  return await runTui({
    stdin,
    stdout,
    colors: options.colors,
    make(onQuit) {
      dashboard = new Dashboard({
        ...parts,
        ...options,
        size: { columns: stdout.columns, rows: stdout.rows },
        openLink: createOpener({ ...programs, env: options.env }),
        copy: (text) => void stdout.write(clipboard(text)),
        onQuit,
      });
      return dashboard;
    },
  });
}

/** OSC 52: the terminal's own clipboard, also over SSH. */
function clipboard(text: string): string {
  return `\u001b]52;c;${Buffer.from(text).toString("base64")}\u0007`;
}
