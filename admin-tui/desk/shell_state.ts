/**
 * What surrounds every screen: who is signed in, whether the line is up, the numbers in the header, the word at the
 * bottom, and what stands in front. Pure.
 * @module
 */
import { type Layout, layoutOf, type Size } from "../layout.ts";
import type { Stats } from "../wire.ts";
import type { DialogState } from "./dialog_state.ts";
import { type LineEdit, lineOf } from "./line_edit.ts";
import type { Me, SessionPhase } from "./session.ts";

export const SCREENS = ["reports", "blocks", "live", "users", "audit"] as const;
export type ScreenName = (typeof SCREENS)[number];

/** One word about what has just happened. */
export interface Toast {
  readonly kind: "ok" | "info" | "warn" | "error";
  /** Sanitised. */
  readonly text: string;
  /** When it goes away, ms. */
  readonly until: number;
}

/** A decision that can be taken back with one key. */
export interface Undoable {
  readonly reportIds: readonly string[];
  readonly until: number;
}

/** The line to the server. */
export interface Link {
  readonly state: "starting" | "up" | "polling" | "down";
  /** Since when, ms. */
  readonly since: number;
}

/** A line to be typed at the bottom. */
export interface PromptState {
  /** `/` or `:`. */
  readonly sign: string;
  readonly line: LineEdit;
  readonly hint: string;
  readonly error: string | undefined;
}

/** What stands in front of the screen and takes the keys. */
export type Overlay =
  | { readonly kind: "help"; readonly scroll: number }
  | { readonly kind: "dialog"; readonly dialog: DialogState }
  | { readonly kind: "prompt"; readonly prompt: PromptState };

export interface ShellState {
  readonly layout: Layout;
  readonly screen: ScreenName;
  readonly session: SessionPhase;
  readonly me: Me | null;
  readonly link: Link;
  /** Of the last call, ms. */
  readonly latencyMs: number | null;
  /** The server's clock minus ours, ms. */
  readonly offsetMs: number;
  readonly stats: Stats | null;
  /** Connections of the last seconds, the newest last. */
  readonly connections: readonly number[];
  readonly overlay: Overlay | null;
  readonly toast: Toast | null;
  readonly undo: Undoable | null;
  /** Our clock, ms: moves once a second while something on the screen counts. */
  readonly now: number;
}

export type ShellAction =
  | { readonly type: "resized"; readonly size: Size }
  | { readonly type: "ticked"; readonly now: number }
  | { readonly type: "went"; readonly screen: ScreenName }
  | { readonly type: "session"; readonly phase: SessionPhase }
  | { readonly type: "identified"; readonly me: Me }
  | { readonly type: "link"; readonly state: Link["state"]; readonly now: number }
  | { readonly type: "called"; readonly ms: number; readonly offsetMs: number | undefined }
  | { readonly type: "stats"; readonly stats: Stats; readonly now: number }
  | { readonly type: "overlay"; readonly overlay: Overlay | null }
  | { readonly type: "said"; readonly toast: Toast }
  | { readonly type: "undoable"; readonly undo: Undoable | null };

const HEADER_SPARK = 5;
/** Between two questions while the live stream is shut, ms. */
export const POLL_MS = 3_000;

/** @returns The state before anything has happened. */
export function initialShell(options: { size: Size; session: SessionPhase; now: number }): ShellState {
  const { size, session, now } = options;
  return {
    layout: layoutOf(size),
    screen: "reports",
    session,
    me: null,
    link: { state: "starting", since: now },
    latencyMs: null,
    offsetMs: 0,
    stats: null,
    connections: [],
    overlay: null,
    toast: null,
    undo: null,
    now,
  };
}

/** @returns The shell after an action. */
export function reduceShell(shell: ShellState, action: ShellAction): ShellState {
  switch (action.type) {
    case "resized":
      return { ...shell, layout: layoutOf(action.size) };
    case "ticked":
      return tick(shell, action.now);
    case "went":
      return shell.screen === action.screen ? shell : { ...shell, screen: action.screen };
    case "session":
      return { ...shell, session: action.phase };
    case "identified":
      return { ...shell, me: action.me };
    case "link":
      return shell.link.state === action.state
        ? shell
        : { ...shell, link: { state: action.state, since: action.now } };
    case "called":
      return { ...shell, latencyMs: Math.round(action.ms), offsetMs: action.offsetMs ?? shell.offsetMs };
    case "stats": {
      const connections = [...shell.connections, action.stats.connections].slice(-HEADER_SPARK);
      return { ...tick(shell, action.now), stats: action.stats, connections };
    }
    case "overlay":
      return shell.overlay === action.overlay ? shell : { ...shell, overlay: action.overlay };
    case "said":
      return { ...shell, toast: action.toast };
    case "undoable":
      return { ...shell, undo: action.undo };
  }
}

/** What has run out goes away. */
function tick(shell: ShellState, now: number): ShellState {
  const toast = shell.toast && shell.toast.until > now ? shell.toast : null;
  const undo = shell.undo && shell.undo.until > now ? shell.undo : null;
  return { ...shell, now, toast, undo };
}

/** @returns A prompt as it opens. */
export function openPrompt(options: {
  sign: string;
  hint: string;
  text?: string;
  error?: string;
}): PromptState {
  const { sign, hint, text = "", error } = options;
  return { sign, hint, line: lineOf(text), error };
}

/** @returns The server's time, ms. */
export function serverNow({ now, offsetMs }: Pick<ShellState, "now" | "offsetMs">): number {
  return now + offsetMs;
}

/** Whether what is on the screen may be old: the line is down, or the session over. */
export function isStale({ link, session }: Pick<ShellState, "link" | "session">): boolean {
  return link.state === "down" || session === "expired";
}
