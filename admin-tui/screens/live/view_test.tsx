import { describe, expect, test } from "bun:test";
import { FIXED_NOW, STATS, twoMinutes } from "../../../test/tui/fixtures.ts";
import { drawApp, drawLines, paintLines } from "../../../test/tui/ink_frames.tsx";
import { cells } from "../../cells.ts";
import { sparkline } from "../../format.ts";
import type { Stats } from "../../wire.ts";
import { EMPTY_LIVE, minuteAgo, sampled } from "./samples.ts";
import { gaugeLines, nodeLines } from "./view.ts";

const shown = async (samples: readonly Stats[], width = 98) =>
  (
    await drawLines([...gaugeLines(samples, width), ...nodeLines(samples, { width, now: FIXED_NOW })], width)
  ).join("\n");

describe("a sparkline", () => {
  test.each([
    [[0, 1, 2, 4], 4, "▁▃▅█"],
    [[5, 5, 5], 3, "███"],
    [[0, 0], 4, "  ▁▁"],
    [[null, 3, null, 0], 4, " █ ▁"],
    [[9, 9, 1, 2], 2, "▅█"],
    [[], 3, "   "],
    [[1], 0, ""],
  ])("of %j in %i cells is %j", (values, width, bars) => {
    expect(sparkline(values, width)).toBe(bars);
  });
});

describe("the live numbers", () => {
  test("say what is now and what was a minute ago", async () => {
    const text = await shown(twoMinutes());
    expect(text).toMatch(/connections +12,583 +12,535 {2}[▁-█]{47}/);
    expect(text).toMatch(/delivery p99 +178 ms +187 ms/);
    expect(text).toMatch(/eu-1 +6,401 +4,161 +8d/);
    expect(text).toMatch(/eu-2 +6,182 +4,018 +3h/);
  });

  test("say nothing about a minute ago before it was", async () => {
    const text = await shown(twoMinutes().slice(-59));
    expect(text).toMatch(/connections +12,583 +– /);
    expect(minuteAgo(twoMinutes().slice(-61))).toBeDefined();
    expect(minuteAgo(twoMinutes().slice(-60))).toBeUndefined();
  });

  test("that nobody has reported are a dash, not a nought", async () => {
    const text = await shown([
      { ...STATS, delivery_ms: null, reconnects_per_minute: null, nodes: [], rate_limit_hits_per_minute: 0 },
    ]);
    expect(text).toMatch(/delivery p50 +– +–/);
    expect(text).toMatch(/reconnects a minute +– +–/);
    expect(text).toMatch(/limit hits a minute +0 +–/);
    expect(text).toContain("no node has reported");
  });

  test("have no delivery times while nothing is delivered", async () => {
    const text = await shown([{ ...STATS, messages_per_second: 0 }]);
    expect(text).toMatch(/delivery p50 +– +–/);
    expect(text).toMatch(/delivery p99 +– +–/);
  });

  test("are awaited in words", async () => {
    expect(await shown([])).toContain("Waiting for the first numbers");
  });

  test("that are alarming have a sign and a colour", async () => {
    const slow = { ...STATS, delivery_ms: { p50: 21, p99: 250 } };
    const line = async (stats: Stats) => {
      const painted = await paintLines(gaugeLines([stats], 98), 98);
      return painted.split("\n").find((each) => each.includes("p99"))!;
    };
    expect(Bun.stripANSI(await line(slow)).trimEnd()).toEndWith("!");
    expect(await line(slow)).toContain("\u001b[31m");
    expect(Bun.stripANSI(await line(STATS)).trimEnd()).not.toEndWith("!");
  });

  test.each([78, 98, 198])("fit into %i cells", async (width) => {
    const nodes = Array.from({ length: 3 }, (_, index) => ({
      ...STATS.nodes[0]!,
      id: `世界${index}`.repeat(30),
    }));
    for (const line of (await shown([...twoMinutes(), { ...STATS, nodes }], width)).split("\n"))
      expect(cells(line)).toBeLessThanOrEqual(width);
  });
});

describe("the live screen", () => {
  const at = (second: number, connections: number): Stats => ({
    ...STATS,
    at: new Date(FIXED_NOW + second * 1_000).toISOString(),
    connections,
  });

  test("follows the stream, holds still while it is frozen, and goes on with what came meanwhile", async () => {
    await using app = await drawApp();
    app.tell({ type: "stats", stats: at(0, 111) });
    app.send("3");
    await app.shows(/connections +111/);
    app.send("p");
    await app.shows("Live, FROZEN: p goes on");
    app.tell({ type: "stats", stats: at(1, 222) });
    // The header is not frozen: it tells when the new number is drawn.
    await app.shows("conns 222");
    expect(app.frame()).toMatch(/connections +111/);
    app.send("p");
    await app.shows(/connections +222/);
    expect(app.frame()).not.toContain("FROZEN");
  });

  test("keeps the last minutes and no more, and the same second once", () => {
    const feed = (seconds: number[]) =>
      seconds.reduce((live, second) => sampled(live, at(second, second)), EMPTY_LIVE);
    expect(feed([1, 1, 2]).samples).toHaveLength(2);
    const long = feed(Array.from({ length: 1_000 }, (_, index) => index));
    expect(long.samples).toHaveLength(150);
    expect(long.samples.at(-1)?.connections).toBe(999);
  });
});
