/**
 * Derives from the key table: the action of a key, the footer, the help and the README's table. Pure.
 * @module
 */
import { CONTEXTS, type Context, KEYS, type KeyEntry } from "./keys.ts";

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

/** @returns The table by context, with every key, for the README. */
export function helpGroups(contexts = Object.keys(CONTEXTS) as Context[]): HelpGroup[] {
  return groupsOf(contexts, (entries) =>
    entries.map(({ keys, help }) => [keys.map(showKey).join(" "), help] as const),
  );
}

/** @returns The table by context, as short as a small screen needs it. */
export function shortHelp(contexts: readonly Context[]): HelpGroup[] {
  return groupsOf(contexts, (entries) => {
    const lines = new Map<string, string[]>();
    for (const { keys, help, short = help } of entries)
      lines.set(short, [...(lines.get(short) ?? []), showKey(keys[0] ?? "")]);
    return [...lines].map(([help, keys]) => [
      keys.length > 2 ? `${keys[0]}-${keys.at(-1)}` : keys.join(" "),
      help,
    ]);
  });
}

function groupsOf(
  contexts: readonly Context[],
  rowsOf: (entries: readonly KeyEntry[]) => HelpGroup["rows"],
): HelpGroup[] {
  const entries: readonly KeyEntry[] = KEYS;
  return contexts
    .map((context) => ({
      title: CONTEXTS[context],
      rows: rowsOf(entries.filter((entry) => entry.in === context)),
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
