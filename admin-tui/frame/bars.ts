/**
 * Draws what surrounds every screen: header, tabs, status, footer, each in exactly one line. Pure.
 * @module
 */
import { cells, characters, shorten } from "../cells.ts";
import { SCREENS, type ScreenName, type State } from "../desk/state.ts";
import { count, duration, sparkline } from "../format.ts";
import { footerOf } from "../key_help.ts";
import type { Context } from "../keys.ts";
import { sanitise } from "../sanitise.ts";
import { apart, bold, fitLine, type Line, line, lineCells, type Span, toned } from "../spans.ts";
import { GLYPHS } from "../theme.ts";

const TITLES: Readonly<Record<ScreenName, string>> = {
  reports: "Reports",
  blocks: "Blocks",
  live: "Live",
  users: "Users",
  audit: "Audit",
  appeals: "Appeals",
};
/** A round trip that was measured longer ago than this is not shown, ms. */
const LATENCY_MS = 15_000;

/** @returns ` vibes admin  prod-eu [READ-WRITE]  @ana        LIVE 42ms  open 37  overdue 3  conns 12,481 ▂▃▅▆▇` */
export function headerLine(state: State, options: { place: string; isReadonly: boolean }): Line {
  const { me, stats, connections, layout } = state;
  const left = line(
    bold(" vibes admin"),
    `  ${sanitise(options.place)} `,
    options.isReadonly ? toned("good", "[READ-ONLY]") : toned("warn", "[READ-WRITE]"),
    me ? `  @${sanitise(me.name)}` : "",
  );
  if (state.session === "signed_out") return left;
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
  return apart(left, line(" ", linkSpan(state), ...numbers, " "), layout.columns);
}

function linkSpan({ link, session, latency, now }: State): Span {
  const isFresh = latency !== null && now - latency.at < LATENCY_MS;
  const ms = isFresh ? ` ${latency.ms}ms` : "";
  if (session === "expired") return toned("bad", "SIGNED OUT, press R");
  if (link.state === "down") return toned("bad", `RECONNECTING ${duration(now - link.since)}`);
  if (link.state === "starting") return toned("muted", "CONNECTING");
  return link.state === "polling" ? toned("warn", `POLLING${ms}`) : toned("good", `LIVE${ms}`);
}

/** @param facts What the screen says of itself, the most important first. @returns ` [1]Reports  2 Blocks …` */
export function tabsLine({ screen, layout }: State, facts: readonly string[]): Line {
  const tabs = SCREENS.flatMap((name, index) =>
    name === screen
      ? [bold(` [${index + 1}]${TITLES[name]} `)]
      : [toned("muted", ` ${index + 1} ${TITLES[name]}`), { text: " " }],
  );
  const room = layout.columns - lineCells(tabs) - 1;
  const [first = "", ...rest] = facts;
  const right = rest.reduce(
    (text, fact) => (cells(`${text}  ${fact}`) <= room ? `${text}  ${fact}` : text),
    shorten(sanitise(first), room),
  );
  return apart(tabs, line(toned("muted", right === "" ? "" : ` ${right}`)), layout.columns);
}

const TOAST_SIGNS = {
  ok: ["good", "ok"],
  info: ["accent", "--"],
  warn: ["warn", "! "],
  error: ["bad", "!!"],
} as const;

/** @returns What the prompt expects when one is open, else what has just happened and how to undo it. */
export function statusLine({ overlay, toast, undo, now, layout }: State): Line {
  if (overlay?.kind === "prompt") {
    const { error, hint } = overlay.prompt;
    const text = error ? toned("bad", `! ${sanitise(error)}`) : toned("muted", hint);
    return fitLine(line(" ", text), layout.columns);
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
  const all = characters(text);
  const before = all.slice(0, at);
  // The cursor stays on the screen: what is far to its left goes away.
  while (cells(before.join("")) > width - 2) before.shift();
  return [
    { text: before.join("") },
    { text: GLYPHS.cursor, tone: "accent" },
    { text: all.slice(at).join("") },
  ];
}

/** The last of the footer are always in sight: the way back, the keys, the way out. */
const ALWAYS = 3;

/** @returns ` j/k move  enter open …`, as many as fit; the prompt when one is open. */
export function footerLine({ overlay, layout }: State, contexts: readonly Context[]): Line {
  if (overlay?.kind !== "prompt") return [toned("muted", keysThatFit(contexts, layout.columns))];
  const { sign, line: typed } = overlay.prompt;
  const keys = keysThatFit(contexts, layout.columns);
  const field = cursorText(typed, layout.columns - cells(sign) - cells(keys) - 5);
  return apart(line(` ${sign} `, ...field), line(toned("muted", `${keys} `)), layout.columns);
}

function keysThatFit(contexts: readonly Context[], width: number): string {
  const parts = footerOf(contexts);
  const last = parts.slice(-ALWAYS);
  const room = width - cells(last.join("  ")) - 2;
  const first: string[] = [];
  for (const part of parts.slice(0, -ALWAYS)) {
    if (cells([...first, part].join("  ")) + 2 > room) break;
    first.push(part);
  }
  return ` ${[...first, ...last].join("  ")}`;
}
