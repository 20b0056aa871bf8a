/**
 * The lines around every screen: header, tabs, the word at the bottom, the footer. Pure.
 * @module
 */
import { cells } from "../cells.ts";
import type { ScreenName, ShellState } from "../desk/shell_state.ts";
import { SCREENS } from "../desk/shell_state.ts";
import { count, duration, sparkline } from "../format.ts";
import { type Context, footerOf } from "../keys.ts";
import { sanitise } from "../sanitise.ts";
import { apart, bold, type Line, line, type Span, toned } from "../spans.ts";
import { GLYPHS } from "../theme.ts";

const TITLES: Readonly<Record<ScreenName, string>> = {
  reports: "Reports",
  blocks: "Blocks",
  live: "Live",
  users: "Users",
  audit: "Audit",
};

/** @returns ` vibes admin  prod-eu [READ-WRITE]  @ana        LIVE 42ms  open 37  overdue 3  conns 12,481 ▂▃▅▆▇` */
export function headerLine(shell: ShellState, options: { place: string; isReadonly: boolean }): Line {
  const { me, stats, connections, layout } = shell;
  const left = line(
    bold(" vibes admin"),
    `  ${sanitise(options.place)} `,
    options.isReadonly ? toned("good", "[READ-ONLY]") : toned("warn", "[READ-WRITE]"),
    me ? `  @${sanitise(me.name)}` : "",
  );
  if (shell.session === "signed_out") return left;
  const numbers = stats
    ? [
        `  open ${count(stats.reports.open)}`,
        stats.reports.overdue > 0 ? toned("bad", `  overdue ${count(stats.reports.overdue)}`) : "  overdue 0",
        stats.reports.awaiting_confirmation > 0 && layout.columns >= 120
          ? toned("warn", `  bans to confirm ${stats.reports.awaiting_confirmation}`)
          : "",
        layout.columns >= 100 ? `  conns ${count(stats.connections)} ${sparkline(connections, 5)}` : "",
      ]
    : [];
  // A name that is cut leaves a blank before what comes after it.
  return apart(left, line(" ", linkSpan(shell), ...numbers, " "), layout.columns);
}

function linkSpan({ link, session, latencyMs, now }: ShellState): Span {
  if (session === "expired") return toned("bad", "SIGNED OUT, press R");
  if (link.state === "down") return toned("bad", `RECONNECTING ${duration(now - link.since)}`);
  if (link.state === "starting") return toned("muted", "CONNECTING");
  if (link.state === "polling")
    return toned("warn", latencyMs === null ? "POLLING" : `POLLING ${latencyMs}ms`);
  return toned("good", latencyMs === null ? "LIVE" : `LIVE ${latencyMs}ms`);
}

/** @returns ` [1]Reports  2 Blocks …` with what the screen says of itself at the right. */
export function tabsLine({ screen, layout }: ShellState, facts: string): Line {
  const tabs = SCREENS.flatMap((name, index) =>
    name === screen
      ? [bold(` [${index + 1}]${TITLES[name]} `)]
      : [toned("muted", ` ${index + 1} ${TITLES[name]}`), { text: " " }],
  );
  return apart(tabs, line(toned("muted", facts === "" ? "" : ` ${facts}`)), layout.columns);
}

/** @returns What the simpler screens say of themselves. */
export function paneFacts({ filter, list }: { filter: string; list: { news: number } }): string {
  const facts = `filter: ${filter === "" ? "none" : filter}`;
  return list.news > 0 ? `${facts}  ${list.news} new: press R` : facts;
}

const TOAST_SIGNS = {
  ok: ["good", "ok"],
  info: ["accent", "--"],
  warn: ["warn", "! "],
  error: ["bad", "!!"],
} as const;

/** @returns The prompt when one is open, else what has just happened and how to take it back. */
export function statusLine({ overlay, toast, undo, now, layout }: ShellState): Line {
  if (overlay?.kind === "prompt") {
    const { sign, line: typed, error, hint } = overlay.prompt;
    const field = cursorText(typed, Math.max(20, layout.columns - cells(sign) - 4));
    const text = line(` ${sign} `, ...field);
    const more = error
      ? toned("bad", `${sanitise(error)} `)
      : toned("muted", typed.text === "" ? `${hint} ` : "");
    return apart(text, line(more), layout.columns);
  }
  const word: Line = toast
    ? line(" ", toned(TOAST_SIGNS[toast.kind][0], TOAST_SIGNS[toast.kind][1]), `  ${toast.text}`)
    : [];
  const back: Line = undo
    ? line(bold("[u]"), ` undo ${Math.max(1, Math.ceil((undo.until - now) / 1000))}s `)
    : [];
  return apart(word, back, layout.columns);
}

/** @returns The text with its cursor, the part of it that fits. */
export function cursorText({ text, at }: { text: string; at: number }, width: number): Span[] {
  const all = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)].map(
    ({ segment }) => segment,
  );
  const before = all.slice(0, at).join("");
  // The cursor stays on the screen: what is far to its left goes away.
  let start = before;
  while (cells(start) > width - 2) start = start.slice(1);
  return [{ text: start }, { text: GLYPHS.cursor, tone: "accent" }, { text: all.slice(at).join("") }];
}

/** The way to all keys and the way out are always in sight. */
const ALWAYS = 2;

/** @returns ` j/k move  enter open …`, as many as fit. */
export function footerLine(contexts: readonly Context[], width: number): Line {
  const parts = footerOf(contexts);
  const last = parts.slice(-ALWAYS);
  const room = width - cells(last.join("  ")) - 2;
  const first: string[] = [];
  for (const part of parts.slice(0, -ALWAYS)) {
    if (cells([...first, part].join("  ")) + 2 > room) break;
    first.push(part);
  }
  return [toned("muted", ` ${[...first, ...last].join("  ")}`)];
}
