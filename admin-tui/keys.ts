/**
 * Every key of the dashboard, once: the handlers, the footer, the help and the README all come from this table.
 * @module
 */

/** Where keys mean something. The first fitting context of a screen wins. */
export const CONTEXTS = {
  anywhere: "everywhere",
  list: "lists and details",
  reports: "Reports",
  blocks: "Blocks",
  live: "Live",
  users: "Users",
  audit: "Audit",
  dialog: "dialogs",
} as const;
export type Context = keyof typeof CONTEXTS;

interface KeyEntry {
  readonly action: string;
  /** As press.ts names them; the first ones are shown. */
  readonly keys: readonly string[];
  readonly in: Context;
  readonly help: string;
  /** Shown in the footer with these words; lower comes first. */
  readonly foot?: readonly [rank: number, words: string];
}

/** The table. */
export const KEYS = [
  {
    action: "down",
    keys: ["j", "down"],
    in: "list",
    help: "next row, or scroll down",
    foot: [1, "j/k move"],
  },
  { action: "up", keys: ["k", "up"], in: "list", help: "previous row, or scroll up" },
  { action: "pageDown", keys: ["pagedown", "ctrl+d"], in: "list", help: "a page down" },
  { action: "pageUp", keys: ["pageup", "ctrl+u"], in: "list", help: "a page up" },
  { action: "top", keys: ["g", "home"], in: "list", help: "the first row" },
  { action: "bottom", keys: ["G", "end"], in: "list", help: "the last row; loads what is missing" },
  { action: "open", keys: ["enter"], in: "list", help: "open the row", foot: [2, "enter open"] },
  { action: "back", keys: ["escape"], in: "list", help: "back to the list; releases a claim" },
  {
    action: "filter",
    keys: ["/"],
    in: "list",
    help: "filter (cat: user: age> owner: status:) and search",
    foot: [4, "/ filter"],
  },
  { action: "nextMatch", keys: ["n"], in: "list", help: "next match of the search" },
  { action: "previousMatch", keys: ["N"], in: "list", help: "previous match of the search" },
  {
    action: "copy",
    keys: ["y"],
    in: "list",
    help: "copy the id to the clipboard (OSC 52)",
    foot: [7, "y copy id"],
  },
  { action: "pane", keys: ["tab"], in: "list", help: "the other pane", foot: [6, "tab pane"] },

  { action: "mark", keys: ["space"], in: "reports", help: "mark for a bulk action", foot: [3, "space mark"] },
  { action: "sort", keys: ["s"], in: "reports", help: "sort by SLA, age, newest" },
  { action: "claim", keys: ["c"], in: "reports", help: "claim, or release your claim" },
  { action: "reveal", keys: ["v"], in: "reports", help: "show the sealed evidence (audited), hide it again" },
  { action: "dismiss", keys: ["x"], in: "reports", help: "dismiss: nothing wrong" },
  { action: "done", keys: ["d"], in: "reports", help: "resolve without a sanction" },
  { action: "warn", keys: ["w"], in: "reports", help: "warn the reported person" },
  { action: "mute", keys: ["m"], in: "reports", help: "mute for some hours" },
  { action: "suspend", keys: ["S"], in: "reports", help: "suspend for some days" },
  { action: "ban", keys: ["b"], in: "reports", help: "ban; a second person confirms it" },
  { action: "note", keys: ["e"], in: "reports", help: "add a note for staff" },
  { action: "undo", keys: ["u"], in: "reports", help: "undo the last decision, or the opened one" },
  { action: "person", keys: ["i"], in: "reports", help: "the reported person's dossier" },

  { action: "lift", keys: ["l"], in: "blocks", help: "lift the block", foot: [3, "l lift"] },
  { action: "uphold", keys: ["h"], in: "blocks", help: "uphold the block", foot: [3, "h uphold"] },

  { action: "freeze", keys: ["p"], in: "live", help: "freeze the numbers, go on", foot: [1, "p freeze"] },

  { action: "warn", keys: ["w"], in: "users", help: "warn" },
  { action: "mute", keys: ["m"], in: "users", help: "mute for some hours" },
  { action: "suspend", keys: ["S"], in: "users", help: "suspend for some days" },
  { action: "ban", keys: ["b"], in: "users", help: "ban; a second person confirms it" },
  { action: "lift", keys: ["l"], in: "users", help: "lift a sanction", foot: [3, "l lift"] },
  {
    action: "confirm",
    keys: ["a"],
    in: "users",
    help: "confirm a ban that waits for you",
    foot: [3, "a confirm"],
  },

  {
    action: "nextField",
    keys: ["tab", "down"],
    in: "dialog",
    help: "next field; in a reason: next suggestion",
  },
  { action: "previousField", keys: ["shift+tab", "up"], in: "dialog", help: "previous field" },
  { action: "accept", keys: ["enter"], in: "dialog", help: "next field; on a button: press it" },
  { action: "cancel", keys: ["escape"], in: "dialog", help: "cancel; nothing happens" },

  { action: "reportsScreen", keys: ["1"], in: "anywhere", help: "Reports" },
  { action: "blocksScreen", keys: ["2"], in: "anywhere", help: "Blocks" },
  { action: "liveScreen", keys: ["3"], in: "anywhere", help: "Live" },
  { action: "usersScreen", keys: ["4"], in: "anywhere", help: "Users" },
  { action: "auditScreen", keys: ["5"], in: "anywhere", help: "Audit" },
  {
    action: "command",
    keys: [":"],
    in: "anywhere",
    help: "command: an id, a row number, a screen, `sort age`, `filter …`, `quit`",
    foot: [5, ": command"],
  },
  { action: "refresh", keys: ["R"], in: "anywhere", help: "load again; brings new rows in" },
  { action: "help", keys: ["?"], in: "anywhere", help: "all keys", foot: [8, "? all keys"] },
  {
    action: "quit",
    keys: ["q", "ctrl+c"],
    in: "anywhere",
    help: "quit; claims are released",
    foot: [9, "q quit"],
  },
] as const satisfies readonly KeyEntry[];

type Entry = (typeof KEYS)[number];
/** The actions of a context: whoever handles them must handle every one. */
export type ActionIn<C extends Context> = Extract<Entry, { readonly in: C }>["action"];

const BY_KEY: Readonly<Partial<Record<string, readonly KeyEntry[]>>> = Object.groupBy(
  KEYS.flatMap((entry: KeyEntry) => entry.keys.map((key) => ({ key, entry }))),
  ({ key }) => key,
) as never;

/** @returns The action of a key, in the first of the contexts that knows it. */
export function actionOf(
  key: string,
  contexts: readonly Context[],
): { action: string; in: Context } | undefined {
  const entries = (BY_KEY[key] ?? []) as unknown as readonly { entry: KeyEntry }[];
  for (const context of contexts) {
    const found = entries.find(({ entry }) => entry.in === context);
    if (found) return { action: found.entry.action, in: context };
  }
  return undefined;
}

/** @returns The footer's parts for these contexts, most useful first. */
export function footerOf(contexts: readonly Context[]): string[] {
  const entries: readonly KeyEntry[] = KEYS;
  return entries
    .filter((entry) => contexts.includes(entry.in) && entry.foot !== undefined)
    .toSorted((a, b) => a.foot![0] - b.foot![0])
    .map((entry) => entry.foot![1]);
}

/** @returns A key as people read it. */
export function showKey(key: string): string {
  const symbols: Readonly<Record<string, string>> = {
    up: "↑",
    down: "↓",
    escape: "esc",
    pageup: "pgup",
    pagedown: "pgdn",
  };
  return (
    symbols[key] ??
    key.replace(/^ctrl\+(.)$/, (_, letter: string) => `ctrl-${letter}`).replace("shift+", "shift-")
  );
}

/** One group of the help: a context's title and its keys. */
export interface HelpGroup {
  readonly title: string;
  readonly rows: readonly (readonly [keys: string, help: string])[];
}

/** @returns The whole table by context, for the help and the README. */
export function helpGroups(contexts = Object.keys(CONTEXTS) as Context[]): HelpGroup[] {
  const entries: readonly KeyEntry[] = KEYS;
  return contexts
    .map((context) => ({
      title: CONTEXTS[context],
      rows: entries
        .filter((entry) => entry.in === context)
        .map(({ keys, help }) => [keys.map(showKey).join(" "), help] as const),
    }))
    .filter(({ rows }) => rows.length > 0);
}

/** @returns The table in Markdown, for the README. */
export function keysMarkdown(): string {
  const rows = helpGroups().flatMap(({ title, rows }) =>
    rows.map(
      ([keys, help]) =>
        `| ${keys
          .split(" ")
          .map((key) => `\`${key}\``)
          .join(" ")} | ${title} | ${help.replaceAll("|", "\\|")} |`,
    ),
  );
  return ["| key | where | what it does |", "|---|---|---|", ...rows].join("\n");
}
