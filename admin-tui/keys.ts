/**
 * The table of every key: the handlers, the footer, the help and the README come from it, by key_help.ts.
 * @module
 */
import { SCREEN_KEYS } from "./screen_keys.ts";

/** Where keys have a meaning. The first fitting context of a screen wins. */
export const CONTEXTS = {
  reports: "Reports",
  blocks: "Blocks",
  live: "Live",
  users: "Users",
  audit: "Audit",
  appeals: "Appeals",
  list: "lists and details",
  anywhere: "everywhere",
  dialog: "dialogs",
  button: "buttons of dialogs",
  prompt: "the line at the bottom",
} as const;
export type Context = keyof typeof CONTEXTS;

export interface KeyEntry {
  readonly action: string;
  /** As key_press.ts names them; the first ones are shown. */
  readonly keys: readonly string[];
  readonly in: Context;
  readonly help: string;
  /** Shown in the footer with these words; lower comes first. */
  readonly foot?: readonly [rank: number, words: string];
  /** In the help on the screen, in place of `help`; entries in a row with the same one share a line. */
  readonly short?: string;
}

/** The table. */
export const KEYS = [
  ...SCREEN_KEYS,
  {
    action: "down",
    keys: ["j", "down"],
    in: "list",
    help: "next row, or scroll down",
    foot: [1, "j/k move"],
    short: "move, scroll",
  },
  { action: "up", keys: ["k", "up"], in: "list", help: "previous row, or scroll up", short: "move, scroll" },
  { action: "pageDown", keys: ["pagedown", "ctrl+d"], in: "list", help: "a page down", short: "a page" },
  { action: "pageUp", keys: ["pageup", "ctrl+u"], in: "list", help: "a page up", short: "a page" },
  { action: "top", keys: ["g", "home"], in: "list", help: "the first row", short: "first, last row" },
  {
    action: "bottom",
    keys: ["G", "end"],
    in: "list",
    help: "the last row; loads what is missing",
    short: "first, last row",
  },
  { action: "open", keys: ["enter"], in: "list", help: "open the row", foot: [2, "enter open"] },
  {
    action: "back",
    keys: ["escape"],
    in: "list",
    help: "back to the list, without marks, claims, filter",
    foot: [10, "esc back"],
    short: "back; release; no filter",
  },
  {
    action: "filter",
    keys: ["/"],
    in: "list",
    help: "filter (cat: user: age> owner: status:) and search",
    foot: [6, "/ filter"],
    short: "filter and search",
  },
  {
    action: "nextMatch",
    keys: ["n"],
    in: "list",
    help: "next match of the search",
    short: "next, previous match",
  },
  {
    action: "previousMatch",
    keys: ["N"],
    in: "list",
    help: "previous match of the search",
    short: "next, previous match",
  },
  {
    action: "copy",
    keys: ["y"],
    in: "list",
    help: "copy the id to the clipboard (OSC 52)",
    foot: [9, "y copy id"],
    short: "copy the id",
  },
  { action: "pane", keys: ["tab"], in: "list", help: "the other pane", foot: [8, "tab pane"] },

  { action: "reportsScreen", keys: ["1"], in: "anywhere", help: "Reports", short: "the screens" },
  { action: "blocksScreen", keys: ["2"], in: "anywhere", help: "Blocks", short: "the screens" },
  { action: "liveScreen", keys: ["3"], in: "anywhere", help: "Live", short: "the screens" },
  { action: "usersScreen", keys: ["4"], in: "anywhere", help: "Users", short: "the screens" },
  { action: "auditScreen", keys: ["5"], in: "anywhere", help: "Audit", short: "the screens" },
  { action: "appealsScreen", keys: ["6"], in: "anywhere", help: "Appeals", short: "the screens" },
  {
    action: "command",
    keys: [":"],
    in: "anywhere",
    help: "command: an id, a row number, a screen, `sort age`, `filter …`, `quit`",
    foot: [7, ": command"],
    short: "id, row, screen, sort",
  },
  {
    action: "refresh",
    keys: ["R"],
    in: "anywhere",
    help: "load again; brings new rows in",
    short: "load again",
  },
  { action: "help", keys: ["?"], in: "anywhere", help: "the keys of this screen", foot: [11, "? keys"] },
  {
    action: "quit",
    keys: ["q", "ctrl+c"],
    in: "anywhere",
    help: "quit; claims are released",
    foot: [12, "q quit"],
    short: "quit",
  },

  {
    action: "accept",
    keys: ["enter"],
    in: "dialog",
    help: "next field; after the last one: Cancel; on a name or an undoable decision: do it",
    foot: [1, "enter next"],
    short: "next field, then Cancel",
  },
  {
    action: "nextField",
    keys: ["down", "tab"],
    in: "dialog",
    help: "next field; in a reason: next suggestion",
    foot: [2, "tab field"],
    short: "suggestions, fields",
  },
  {
    action: "previousField",
    keys: ["up", "shift+tab"],
    in: "dialog",
    help: "previous field; in a reason: previous suggestion",
    short: "suggestions, fields",
  },
  {
    action: "tick",
    keys: ["space"],
    in: "dialog",
    help: "in the list of reports (shift-tab): leave one out, take it in again",
    short: "leave a report out",
  },
  {
    action: "cancel",
    keys: ["escape"],
    in: "dialog",
    help: "cancel; nothing happens",
    foot: [10, "esc back"],
    short: "cancel",
  },

  { action: "press", keys: ["enter"], in: "button", help: "press the button", foot: [1, "enter press"] },
  { action: "confirm", keys: ["y"], in: "button", help: "do it", foot: [2, "y do it"] },
  { action: "refuse", keys: ["n", "escape"], in: "button", help: "cancel", foot: [10, "esc back"] },
  {
    action: "otherButton",
    keys: ["tab", "right", "left"],
    in: "button",
    help: "the other button",
    foot: [3, "tab button"],
  },

  { action: "enterLine", keys: ["enter"], in: "prompt", help: "do it", foot: [1, "enter do it"] },
  { action: "leaveLine", keys: ["escape"], in: "prompt", help: "leave the line", foot: [10, "esc back"] },
] as const satisfies readonly KeyEntry[];

type Entry = (typeof KEYS)[number];
/** The actions of a context: whoever handles them must handle every one. */
export type ActionIn<C extends Context> = Extract<Entry, { readonly in: C }>["action"];
