/**
 * A screen that was drawn in many small steps is the same as one that is drawn at once: Ink writes only what has
 * changed, and names whose width terminals disagree about are among it.
 * @module
 */
import { expect, test } from "bun:test";
import type { ReportRow } from "../../admin-tui/wire.ts";
import { eventually } from "../harness/eventually.ts";
import { openEmulatedTerminal } from "./emulated_terminal.tsx";
import { reportRow } from "./fixtures.ts";

const NAMES = [
  "世界世界世界世界世界世界",
  "🇩🇪 👨‍👩‍👧 family",
  "e\u0301\u0301 Ünal",
  "क्षत्रिय",
  "ｶﾞｶﾞ",
  "שלום",
  "a\u001b[31mred",
  "plain",
];

const REPORTS: readonly ReportRow[] = Array.from({ length: 300 }, (_, index) => {
  const row = reportRow(index);
  return { ...row, reported: { ...row.reported, name: `${NAMES[index % NAMES.length]} ${index}` } };
});

/** They leave nothing behind: no mark, no word at the bottom. */
const KEYS = ["j", "j", "j", "k", "pagedown", "pageup", "g", "G", "?", "escape", ":", "tab", "3", "2", "1"];
const STEPS = 150;

test.each([
  [80, 24],
  [120, 40],
])("a walk at %i×%i ends in the picture of whoever goes there directly", async (columns, rows) => {
  await using walked = await openEmulatedTerminal({ columns, rows, reports: REPORTS });
  await using direct = await openEmulatedTerminal({ columns, rows, reports: REPORTS });
  let seed = 7;
  for (let step = 0; step < STEPS; step++) {
    seed = (seed * 48_271) % 2_147_483_647;
    walked.press(KEYS[seed % KEYS.length] ?? "j");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  for (const terminal of [walked, direct]) {
    terminal.press("escape", "escape", "1", "escape", ":", "1", "2", "3", "enter");
    await terminal.shows(/^│> {2}R-000122/m);
  }
  // The frames that follow the last key may still come: only a difference that stays is one.
  await eventually(() => walked.screen() === direct.screen()).catch(() => {});
  expect(walked.screen()).toBe(direct.screen());
});
