/**
 * The state of everything that the dashboard shows, as one value: session, connection, header numbers, message,
 * overlay, and each screen's part. Pure.
 * @module
 */
import { type Layout, layoutOf, type Size } from "../layout.ts";
import { emptyListScreen, type ListScreenState } from "../list_screen/state.ts";
import type { AppealCase } from "../screens/appeals/appeal_case.ts";
import { EMPTY_LIVE, type LiveState } from "../screens/live/samples.ts";
import type { Case } from "../screens/reports/case.ts";
import type { Entry } from "../screens/users/entry.ts";
import type {
  AppealRow,
  AuditRow,
  BlockDetail,
  BlockRow,
  Dossier,
  ReportDetail,
  ReportedRow,
  ReportRow,
  Stats,
} from "../wire.ts";
import type { DialogState } from "./dialog_state.ts";
import type { Me, SessionPhase } from "./session.ts";
import type { TextField } from "./text_field.ts";

export const SCREENS = ["reports", "blocks", "live", "users", "audit", "appeals"] as const;
export type ScreenName = (typeof SCREENS)[number];

/** Orders of the queue, as the server knows them. */
export const SORTS = ["sla", "age", "newest"] as const;
export type Sort = (typeof SORTS)[number];

/** What a row of the queue stands for. */
export type Group = "person" | "report";

/** The screens that are a list and the detail of its selected row. */
export interface ListScreens {
  readonly reports: ListScreenState<ReportRow, ReportDetail>;
  /** The queue by person. */
  readonly people: ListScreenState<ReportedRow, Case>;
  readonly blocks: ListScreenState<BlockRow, BlockDetail>;
  readonly users: ListScreenState<Entry, Dossier>;
  readonly audit: ListScreenState<AuditRow, never>;
  readonly appeals: ListScreenState<AppealRow, AppealCase>;
}

/** A message at the bottom about what has just happened. */
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
  /** All that somebody reported was dismissed. */
  readonly isOfReporter?: boolean;
  readonly until: number;
}

/** The connection to the server. */
export interface Link {
  readonly state: "starting" | "up" | "polling" | "down";
  /** Since when, ms. */
  readonly since: number;
}

/** A line to be typed at the bottom. */
export interface PromptState {
  /** `/` or `:`. */
  readonly sign: string;
  readonly line: TextField;
  readonly hint: string;
  readonly error: string | undefined;
}

/** What stands in front of the screen and takes the keys. */
export type Overlay =
  | { readonly kind: "help"; readonly scroll: number }
  | { readonly kind: "dialog"; readonly dialog: DialogState }
  | { readonly kind: "prompt"; readonly prompt: PromptState };

/** See the module. */
export interface State {
  readonly layout: Layout;
  readonly screen: ScreenName;
  readonly session: SessionPhase;
  readonly me: Me | null;
  readonly link: Link;
  /** The last measured round trip to the server, and when that was, ms. */
  readonly latency: { readonly ms: number; readonly at: number } | null;
  /** The server's clock minus ours, ms. */
  readonly offsetMs: number;
  readonly stats: Stats | null;
  /** Connections of the last seconds, the newest last. */
  readonly connections: readonly number[];
  readonly overlay: Overlay | null;
  readonly toast: Toast | null;
  readonly undo: Undoable | null;
  /** Our clock, ms: moves once a second. */
  readonly now: number;
  readonly lists: ListScreens;
  /** Of the reports. */
  readonly group: Group;
  readonly sort: Sort;
  readonly live: LiveState;
}

const HEADER_SPARK = 5;
/** Between two reads over REST while the live stream cannot be opened, ms. */
export const POLL_MS = 3_000;

/** @returns The state before anything has happened. */
export function initialState(options: {
  size: Size;
  session: SessionPhase;
  now: number;
  group?: Group | undefined;
}): State {
  const { size, session, now, group = "person" } = options;
  return {
    layout: layoutOf(size),
    screen: "reports",
    session,
    me: null,
    link: { state: "starting", since: now },
    latency: null,
    offsetMs: 0,
    stats: null,
    connections: [],
    overlay: null,
    toast: null,
    undo: null,
    now,
    lists: {
      reports: emptyListScreen(),
      people: emptyListScreen(),
      blocks: emptyListScreen(),
      users: emptyListScreen(),
      audit: emptyListScreen(),
      appeals: emptyListScreen(),
    },
    group,
    sort: "sla",
    live: EMPTY_LIVE,
  };
}

/** @returns The clock moved on: what has expired goes away. */
export function ticked(state: State, now: number): State {
  const toast = state.toast && state.toast.until > now ? state.toast : null;
  const undo = state.undo && state.undo.until > now ? state.undo : null;
  return { ...state, now, toast, undo };
}

/** @returns With newer numbers in the header. */
export function withStats(state: State, stats: Stats, now: number): State {
  const connections = [...state.connections, stats.connections].slice(-HEADER_SPARK);
  return { ...ticked(state, now), stats, connections };
}

/** @returns With another state of the connection; the same one keeps its age. */
export function withLink(state: State, link: Link["state"], now: number): State {
  return state.link.state === link ? state : { ...state, link: { state: link, since: now } };
}

/** @returns The server's time, ms. */
export function serverNow({ now, offsetMs }: Pick<State, "now" | "offsetMs">): number {
  return now + offsetMs;
}

/** Whether what is on the screen may be old: the connection is lost, or the session over. */
export function isStale({ link, session }: Pick<State, "link" | "session">): boolean {
  return link.state === "down" || session === "expired";
}
