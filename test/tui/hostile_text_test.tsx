/**
 * Strangers' texts in the frames of the whole dashboard: once as Ink lays them out, once as a terminal understands
 * what was written. A hundred and more of them stand in each frame.
 * @module
 */
import { expect, test } from "bun:test";
import { Terminal } from "@xterm/headless";
import fc from "fast-check";
import { App } from "../../admin-tui/app.tsx";
import { cells, clip, fit } from "../../admin-tui/cells.ts";
import { createAnchor } from "../../admin-tui/cursor_anchor.ts";
import type { Dashboard } from "../../admin-tui/dashboard.ts";
import { loaded } from "../../admin-tui/list_screen/rows.ts";
import type { Opened } from "../../admin-tui/list_screen/state.ts";
import { createPaint } from "../../admin-tui/paint.ts";
import { sanitise, sanitiseLines } from "../../admin-tui/sanitise.ts";
import { NO_WRAP } from "../../admin-tui/terminal.ts";
import type { ReportDetail, ReportRow } from "../../admin-tui/wire.ts";
import { hostileText } from "../harness/hostile_text.ts";
import { openEmulatedTerminal } from "./emulated_terminal.tsx";
import {
  auditRow,
  blockDetail,
  blockRow,
  dossier,
  personRow,
  reportDetail,
  reportRow,
  STATS,
} from "./fixtures.ts";
import { draw, drawApp } from "./ink_frames.tsx";

const SIZE = { columns: 200, rows: 60 };
const ROWS = 52;
const MESSAGES = 16;
/** In each frame: three in a row, the messages, what a report says, a profile's text. */
const A_FRAME = 3 * ROWS + MESSAGES + 2;
const ALL = 10_000;
/** Where the borders stand: the list's, the detail's. */
const BORDERS = [0, 91, 92, 199];

/** What the dashboard and Ink write of their own accord. */
const OWN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that may be there
  /\u001b\[(?:\d{0,3}(?:;\d{0,3})?[ABCDEGHJK]|(?:0|1|2|7|22|27|3[0-9])?m|\?(?:7|25|1049|2004|2026)[hl])/g;
const HARMFUL = /(?!\n)\p{Cc}|[\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

/** The dashboard's frames, and what an emulated terminal made of the last one. */
interface Shown extends AsyncDisposable {
  readonly dashboard: Dashboard;
  /** Waits for the frame with all that was dispatched, judges its bytes, and returns its lines. */
  frame(): Promise<string[]>;
  screen(): string;
  column(x: number): string;
}

const REPORTS = Array.from({ length: ROWS }, (_, index) => reportRow(index));

function expectHarmless(bytes: string): void {
  expect(bytes.replaceAll(OWN, "")).not.toMatch(HARMFUL);
}

/** The header tells which frame it is: nothing ever lies over it. */
function count({ desk }: Dashboard, turn: number): void {
  desk.set({ latency: { ms: turn, at: desk.now() } });
}

/** Each frame of Ink is written whole, by way of the anchor, as the dashboard does with parts of it. */
async function openFrames(): Promise<Shown> {
  const app = await drawApp({ size: SIZE, reports: REPORTS });
  const terminal = new Terminal({ cols: SIZE.columns, rows: SIZE.rows, allowProposedApi: true });
  const anchor = createAnchor();
  await app.shows(/hidden, \d+ chars/);
  let turn = 0;
  const lines = Array.from({ length: SIZE.rows }, (_, y) => y);
  const line = (y: number) => terminal.buffer.active.getLine(y);
  return {
    dashboard: app.dashboard,
    async frame() {
      count(app.dashboard, ++turn);
      const text = await app.shows(`LIVE ${turn}ms`);
      const bytes = anchor(app.raw());
      expectHarmless(bytes);
      await new Promise<void>((resolve) =>
        terminal.write(`${NO_WRAP}\u001b[H${bytes.replaceAll("\n", "\r\n")}`, resolve),
      );
      return text.split("\n");
    },
    screen: () => lines.map((y) => line(y)?.translateToString(true) ?? "").join("\n"),
    column: (x) => lines.map((y) => line(y)?.getCell(x)?.getChars() || " ").join(""),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      terminal.dispose();
    },
  };
}

/** The same dashboard twice: as frames of Ink, and as the changes that it writes to a terminal. */
async function openBoth(): Promise<Shown> {
  const terminal = await openEmulatedTerminal({ ...SIZE, reports: REPORTS });
  const { dashboard, screen, column } = terminal;
  const drawn = draw(<App dashboard={dashboard} paint={createPaint({ colors: true })} />);
  drawn.resize(SIZE.columns, SIZE.rows);
  await terminal.shows(/hidden, \d+ chars/);
  let written = 0;
  let turn = 0;
  return {
    dashboard,
    screen,
    column,
    async frame() {
      count(dashboard, ++turn);
      const text = await drawn.shows(`LIVE ${turn}ms`);
      await terminal.shows(new RegExp(`LIVE ${turn}ms`));
      await terminal.processed();
      expectHarmless(drawn.raw());
      expectHarmless(terminal.raw().slice(written));
      written = terminal.raw().length;
      return text.split("\n");
    },
    async [Symbol.asyncDispose]() {
      await drawn[Symbol.asyncDispose]();
      await terminal[Symbol.asyncDispose]();
    },
  };
}

/** Both see borders where they belong, and every line as wide as the screen. */
function expectWhole(lines: readonly string[], shown: Shown, borders = BORDERS): void {
  expect(lines).toHaveLength(SIZE.rows);
  expect(lines.slice(3, 57).filter((line) => !isWhole(line, borders))).toEqual([]);
  for (const x of borders) expect(shown.column(x).slice(3, 57)).toBe("│".repeat(54));
  const [header = "", ...rest] = shown.screen().split("\n");
  expect(header).toStartWith(" vibes admin  prod-eu");
  expect(rest.at(-1)).toMatch(/\? keys {2}q quit$|esc back ?$/);
  expect(rest.at(-3)).toMatch(/^└─+┘$|^└─+┘└─+┘$/);
}

/** Whether a line is as wide as the screen, and has its borders where they belong, measured as the dashboard does. */
function isWhole(line: string, borders: readonly number[]): boolean {
  let from = 0;
  let rest = line;
  for (const x of borders) {
    const before = clip(rest, x - from);
    if (cells(before) !== x - from || rest[before.length] !== "│") return false;
    rest = rest.slice(before.length);
    from = x;
  }
  return rest === "│";
}

function rowsOf(texts: readonly string[]): ReportRow[] {
  return Array.from({ length: ROWS }, (_, index) => {
    const [name = "", reporter = "", owner = ""] = texts.slice(3 * index);
    const row = reportRow(index);
    const claim = { by: { id: "somebody", name: owner }, until: row.due_at };
    return { ...row, reported: { ...row.reported, name }, reporter: { id: "x", name: reporter }, claim };
  });
}

/** A report whose evidence is shown: what its writer says, a profile's text, messages. */
function caseOf(row: ReportRow, texts: readonly string[]): ReportDetail {
  const detail = reportDetail(row, { reveal: true, notes: [], timeline: [] });
  const [statement, profile, message] = detail.evidence.items;
  const [description = "", bio = "", ...messages] = texts;
  const items = [
    { ...statement!, statement: { ...statement!.statement!, description } },
    { ...profile!, profile: { ...profile!.profile!, bio } },
    ...messages.map((content) => ({ ...message!, message: { ...message!.message!, content } })),
  ];
  return { ...detail, evidence: { ...detail.evidence, items } };
}

/** A detail that is on the screen. */
function openedOf(id: string, detail: unknown): Opened<never> {
  return { id, detail: detail as never, failure: null, since: 0, scroll: 0 };
}

const solid = (text: string) => text.replaceAll(" ", "");

test("10,000 hostile texts: none is missing, none writes a control, no border moves", async () => {
  await using shown = await openFrames();
  const { list: queue } = shown.dashboard.screens.reports;
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(hostileText, { minLength: A_FRAME, maxLength: A_FRAME }), async (texts) => {
      const rows = rowsOf(texts);
      const long = texts.slice(3 * ROWS);
      queue.changeRows((list) => loaded(list, { rows, cursor: null }));
      queue.set({ opened: openedOf(rows[0]!.id, caseOf(rows[0]!, long)) });
      const lines = await shown.frame();
      expectWhole(lines, shown);

      const heading = lines[3]!;
      const [name, by, category] = ["REPORTED", "BY", "CATEGORY"].map((word) => heading.indexOf(word));
      for (const [index, { reported, reporter, claim }] of rows.entries()) {
        const names = `${fit(sanitise(reported.name), by! - name! - 1)} ${fit(sanitise(reporter.name), category! - by! - 1)} `;
        expect(lines[4 + index]).toContain(names);
        expect(lines[4 + index]).toContain(` ${fit(`@${sanitise(claim!.by.name)}`, 10)}`);
        seen += 3;
      }
      const detail = solid(lines.map((line) => line.slice(clip(line, 93).length).slice(0, -1)).join(""));
      if (/\d+morebelow/.test(detail)) return;
      for (const text of long) expect(detail).toContain(solid(sanitiseLines(text).join("")));
      seen += long.length;
    }),
    // Not made smaller: the message names the row.
    { numRuns: Math.ceil((ALL * 1.04) / A_FRAME), endOnFailure: true },
  );
  expect(seen).toBeGreaterThanOrEqual(ALL);
});

test("hostile texts on the other screens: blocks, people, the audit log, nodes, questions", async () => {
  await using shown = await openBoth();
  const { dashboard } = shown;
  const { desk } = dashboard;
  const press = (key: string) => dashboard.press({ key });
  const fill = (name: "blocks" | "users" | "audit", rows: unknown[], opened: Opened<never> | null = null) =>
    desk.update((state) => {
      const screen = state.lists[name];
      const list = { rows: rows as never[], cursor: null };
      return {
        ...state,
        lists: { ...state.lists, [name]: { ...screen, rows: loaded(screen.rows as never, list), opened } },
      };
    });
  let at = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(hostileText, { minLength: 120, maxLength: 120 }), async (texts) => {
      const next = () => texts[at++ % texts.length]!;
      const person = () => ({ id: "somebody", name: next() });

      press("2");
      const pairs = Array.from({ length: ROWS }, (_, index) =>
        blockRow(index, { blocker: person(), blocked: person(), reason: next() }),
      );
      fill("blocks", pairs, openedOf(pairs[0]!.id, blockDetail(pairs[0]!)));
      expectWhole(await shown.frame(), shown);

      press("4");
      const people = Array.from({ length: ROWS }, (_, index) => ({
        ...personRow(index, { name: next() }),
        who: next(),
        standing: "",
        openReports: 1,
        waitsSince: null,
      }));
      const { user, ...rest } = dossier(people[0]!);
      const facts = { bio: next(), city: next(), interests: [next(), next()], profile_photos: [next()] };
      fill("users", people, openedOf(user.id, { ...rest, user: { ...user, ...facts } }));
      expectWhole(await shown.frame(), shown);

      press("5");
      const entries = Array.from({ length: ROWS }, (_, index) =>
        auditRow(index + 1, {
          actor: person(),
          reason: next(),
          before: { [next()]: next() },
          after: { a: [next()] },
        }),
      );
      fill("audit", entries);
      expectWhole(await shown.frame(), shown);

      press("3");
      const nodes = Array.from({ length: 20 }, () => ({ ...STATS.nodes[0]!, id: next() }));
      desk.set({
        live: {
          samples: [{ ...STATS, at: new Date(at).toISOString(), nodes }],
          frozen: null,
          scroll: 0,
          moderation: null,
        },
      });
      expectWhole(await shown.frame(), shown, [0, 199]);

      // A name that is typed and one that is asked about, over everything.
      press("1");
      const question = { title: sanitise(next()), lines: [sanitise(next())], fields: [], confirm: "Do it" };
      void desk.ask({ ...question, errors: { "": next() } });
      const lines = await shown.frame();
      expect(lines.some((line) => line.includes("[ Do it ]"))).toBe(true);
      expect(lines.slice(3, 57).filter((line) => !isWhole(line, [0, 199]))).toEqual([]);
      for (const x of [0, 199]) expect(shown.column(x).slice(3, 57)).toBe("│".repeat(54));
      desk.answer(null);
      void desk.prompt({ sign: "/", hint: "", text: sanitise(next()), error: next() });
      expectWhole(await shown.frame(), shown);
      desk.answer(null);
    }),
    { numRuns: 4, endOnFailure: true },
  );
});
