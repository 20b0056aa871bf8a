import { expect, test } from "bun:test";
import { LiveView } from "./live.ts";
import type { Plan } from "./plan.ts";
import { Recorder } from "./recorder.ts";

const plan = {
  scenario: "chat-pairs",
  main: "delivery",
  model: { kind: "open", stages: [{ durationMs: 10_000, from: 50, to: 50 }], arrivals: "even" },
} as unknown as Plan;

function watch(isTTY: boolean, quiet = false): string {
  let text = "";
  const sink = {
    isTTY,
    write(more: string) {
      text += more;
    },
  };
  const view = new LiveView({ plan, sink, quiet, workers: 2 });
  const recorders = [new Recorder("delivery"), new Recorder("delivery")];
  for (let second = 0; second < 6; second++) {
    for (const recorder of recorders) {
      recorder.count("done", 25);
      recorder.latency("delivery", 10 * (second + 1));
      view.add(recorder.takeSlice(second));
    }
  }
  view.clear();
  return text;
}

test("on a terminal a few lines are redrawn in place, and taken away in the end", () => {
  const text = watch(true);
  expect(text).toContain("6 of 10 s");
  expect(text).toContain("50/s of 50/s");
  // Drawn once a second when both generators have said theirs: five times over the last, once for good.
  expect(text.split("\u001b[3A\u001b[J").length - 1).toBe(6);
  expect(text.endsWith("\u001b[3A\u001b[J")).toBe(true);
});

test("elsewhere one plain line every five seconds; nothing with --quiet", () => {
  const text = watch(false);
  expect(text).toMatch(
    /^ +5 s {2}50\/s of 50\/s {2}p50 50\.\d {2}p99 50\.\d {2}max 50\.\d ms {2}done 2\d\d {2}errors 0 {2}reconnects 0\n$/,
  );
  expect(text).not.toContain("\u001b");
  expect(watch(true, true)).toBe("");
});
