/**
 * The moderator's desk: what every screen stands on. It says words, asks questions, knows whether anything may be
 * changed now, and holds what the screens share. It knows no screen and draws nothing.
 * @module
 */
import type { Api } from "../api.ts";
import type { Size } from "../layout.ts";
import { sanitise } from "../sanitise.ts";
import { type DialogSpec, openDialog } from "./dialog_state.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { SessionPhase } from "./session.ts";
import {
  initialShell,
  openPrompt,
  reduceShell,
  type ShellAction,
  type ShellState,
  serverNow,
  type Toast,
} from "./shell_state.ts";
import { createStore, type Store } from "./store.ts";

/** What the desk is made of. */
export interface DeskOptions {
  readonly api: Api;
  readonly session: SessionPhase;
  readonly size: Size;
  readonly isReadonly: boolean;
  /** What the moderator works on: a host, or the environment's name. */
  readonly place: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Puts a text on the clipboard of the terminal. */
  readonly copy: (text: string) => void;
}

type Values = Readonly<Record<string, string>>;

/** See the module. */
export interface Desk {
  readonly api: Api;
  readonly shell: Store<ShellState, ShellAction>;
  readonly isReadonly: boolean;
  readonly place: string;
  readonly now: () => number;
  /** The server's time, ms. */
  readonly serverNow: () => number;
  readonly copy: (text: string) => void;
  /** @param text From anybody: it is sanitised here. */
  say(kind: Toast["kind"], text: string): void;
  /** Tells of a failed call. @returns The failure. */
  tell(what: string, error: unknown): Failure;
  /** Something is awaited: the screen looks at the clock again when that has taken long enough to be said. */
  lookSoon(): void;
  /** Whether something may be changed now; says why not. */
  mayAct(): boolean;
  /** Opens a dialog at once. @returns The values, or null when it was cancelled. */
  ask(spec: DialogSpec): Promise<Values | null>;
  /** Opens a line at the bottom. @returns The text, or null. */
  prompt(options: { sign: string; hint: string; text?: string; error?: string }): Promise<string | null>;
  /** Ends the dialog or prompt that is open; whoever asked gets this. */
  answer(values: Values | string | null): void;
}

const TOAST_MS = 6_000;
/** Something that comes this fast needs no word that it is coming, ms. */
export const PATIENCE_MS = 150;

/** @returns A desk with nothing on it. */
export function createDesk(options: DeskOptions): Desk {
  const { api, isReadonly, place, now, copy } = options;
  const shell = createStore(reduceShell, initialShell({ ...options, now: now() }));
  let waiting: ((values: never) => void) | undefined;

  function say(kind: Toast["kind"], text: string): void {
    shell.dispatch({ type: "said", toast: { kind, text: sanitise(text), until: now() + TOAST_MS } });
  }

  function wait<T>(open: () => void): Promise<T | null> {
    // A second question takes the place of the first one, which is as good as cancelled.
    answer(null);
    const { promise, resolve } = Promise.withResolvers<T | null>();
    waiting = resolve as (values: never) => void;
    open();
    return promise;
  }

  function answer(values: Values | string | null): void {
    const resolve = waiting;
    waiting = undefined;
    if (!resolve) return;
    shell.dispatch({ type: "overlay", overlay: null });
    resolve(values as never);
  }

  return {
    api,
    shell,
    isReadonly,
    place,
    now,
    copy,
    say,
    answer,
    serverNow: () => serverNow({ now: now(), offsetMs: shell.get().offsetMs }),

    tell(what, error) {
      const failure = failureOf(error);
      // The dialog for signing in says it already.
      if (failure.kind !== "expired") say("error", `${what}: ${failure.text}`);
      return failure;
    },

    lookSoon: () => void setTimeout(() => shell.dispatch({ type: "ticked", now: now() }), PATIENCE_MS + 10),

    mayAct() {
      const { link, session } = shell.get();
      if (isReadonly) say("warn", "Read-only: started with --readonly");
      else if (session !== "signed_in")
        say("warn", "Not possible now: the session has ended, press R to sign in");
      else if (link.state === "down") say("warn", "Not possible now: the connection is lost, trying again");
      else return true;
      return false;
    },

    ask: (spec) =>
      wait<Values>(() =>
        shell.dispatch({ type: "overlay", overlay: { kind: "dialog", dialog: openDialog(spec) } }),
      ),

    prompt: (spec) =>
      wait<string>(() =>
        shell.dispatch({ type: "overlay", overlay: { kind: "prompt", prompt: openPrompt(spec) } }),
      ),
  };
}
