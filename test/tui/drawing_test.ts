/**
 * What was drawn in many small steps is what is drawn at once: patches/ink@8.0.0.patch remembers texts from frame to
 * frame and leaves unchanged ones on the screen, and none of that may ever show.
 * @module
 */
import { expect, test } from "bun:test";
import type { ReportRow } from "../../admin-tui/wire.ts";
import { reportRow } from "./fixtures.ts";
import { openStage } from "./stage.tsx";

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
  await using walked = await openStage({ columns, rows, reports: REPORTS });
  await using direct = await openStage({ columns, rows, reports: REPORTS });
  let seed = 7;
  for (let step = 0; step < STEPS; step++) {
    seed = (seed * 48_271) % 2_147_483_647;
    walked.press(KEYS[seed % KEYS.length] ?? "j");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  for (const stage of [walked, direct]) {
    stage.press("escape", "escape", "1", "escape", ":", "1", "2", "3", "enter");
    await stage.shows(/^│> {2}R-000122/m);
  }
  expect(walked.screen()).toBe(direct.screen());
});
