import { describe, expect, test } from "bun:test";
import { blockRow, personRow, queue, STATS, waitingBan } from "../test/tui/fixtures.ts";
import { drawApp } from "../test/tui/ink_frames.tsx";
import { cells } from "./cells.ts";

const REPORTS = queue(12);

/** Every line between header and status is exactly as wide as the screen. */
function expectWhole(frame: string, { columns, rows }: { columns: number; rows: number }): void {
  const lines = frame.split("\n");
  expect(lines).toHaveLength(rows);
  for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(columns);
  for (const line of lines.slice(2, -2)) expect([line, cells(line)]).toEqual([line, columns]);
}

describe("the whole picture", () => {
  test.each([
    [80, 24],
    [101, 31],
    [200, 60],
  ])("fills %i×%i exactly, on every screen", async (columns, rows) => {
    const size = { columns, rows };
    const data = { reports: REPORTS, blocks: [blockRow(1)], people: [personRow(1)], waiting: [waitingBan()] };
    await using app = await drawApp({ size, ...data });
    app.tell({ type: "stats", stats: STATS });
    for (const [key, title] of [
      ["1", "Reports 1-"],
      ["2", "Blocks 1-"],
      ["3", "messages a second"],
      ["4", "Bans to confirm 1-"],
      ["5", "Nothing yet"],
    ] as const) {
      app.send(key);
      expectWhole(await app.shows(title), size);
    }
  });

  test("is a word about its size where it does not fit, and is back when it does", async () => {
    await using app = await drawApp({ reports: REPORTS });
    app.resize(79, 24);
    expect(await app.shows("This needs 80×24; it is 79×24")).not.toContain("Reports");
    // Nothing can be done to what is not seen.
    app.send("x");
    app.resize(80, 24);
    expectWhole(await app.shows("Reports 1-"), { columns: 80, rows: 24 });
    expect(app.server.changes()).toEqual([]);
    expect(app.frame()).not.toContain("Dismiss");
  });

  test("shows list or detail below 100 columns, and both from there on", async () => {
    await using app = await drawApp({ reports: REPORTS, size: { columns: 99, rows: 30 } });
    expect(await app.shows("Reports 1-")).not.toContain("claimed ");
    app.send("\r");
    expect(await app.shows("EVIDENCE")).not.toContain("Reports 1-");
    app.resize(100, 30);
    expect(await app.shows("Reports 1-")).toContain("EVIDENCE");
  });
});

describe("the line to the server", () => {
  test("that is lost is said with its age, and what is old is dimmed", async () => {
    await using app = await drawApp({ reports: REPORTS });
    await app.shows("LIVE");
    const bright = app.raw();
    app.tell({ type: "down", retryInMs: 100 });
    app.pass(12_000);
    await app.shows("RECONNECTING 12s");
    // The first row of the queue in two colours, and in none but the dim one.
    const row = (raw: string) => raw.split("\n").find((line) => line.includes(REPORTS[1]!.reported.name))!;
    expect(row(bright)).toContain("\u001b[31m");
    expect(row(app.raw())).not.toContain("\u001b[31m");
    expect(row(app.raw())).toContain("\u001b[2m");
    app.send("c");
    await app.shows("Not possible now: the connection is lost");
    app.tell({ type: "up" });
    await app.shows("Connected again");
    await app.hides("RECONNECTING");
    expect(app.server.changes()).toEqual([]);
  });

  test("that has not answered yet is said, loading after a moment only, and then what came", async () => {
    const slow = Promise.withResolvers<unknown>();
    await using app = await drawApp({ isEarly: true, answers: { "reports.list": () => slow.promise } });
    expect(app.frame()).not.toContain("Loading");
    app.pass(160);
    await app.shows("Loading…");
    slow.resolve({ rows: [], cursor: null });
    await app.shows("Queue clear");
  });

  test("that brings no list is said with its cause, and R tries again", async () => {
    const failing = () => Promise.reject(new Error("the database sleeps"));
    await using app = await drawApp({ reports: REPORTS, answers: { "reports.list": failing } });
    expect(await app.shows("Cannot load this")).toContain("the database sleeps");
    expect(app.frame()).toContain("[R] try again");
    app.server.answer({ "reports.list": () => ({ rows: REPORTS, cursor: null }) });
    app.send("R");
    await app.shows("Reports 1-12 of 12");
  });
});

describe("the session", () => {
  test("that is read-only says so", async () => {
    await using app = await drawApp({ reports: REPORTS, isReadonly: true });
    await app.shows("[READ-ONLY]  @ana");
    expect(app.frame()).not.toContain("READ-WRITE");
  });

  test("that has ended is asked for in place, and what was on the screen stays", async () => {
    await using app = await drawApp({ reports: REPORTS });
    await app.shows("[READ-WRITE]  @ana");
    app.become("expired");
    const frame = await app.shows("The session has ended");
    expect(frame).toContain("SIGNED OUT, press R");
    expect(frame).toContain("E-mail: ");
    expect(frame).toContain(REPORTS[0]!.reported.name);
  });

  test("that was never there shows nothing but the way in", async () => {
    await using app = await drawApp({ reports: REPORTS, session: "signed_out" });
    expect(await app.shows("Sign in to prod-eu")).not.toContain("Reports 1-");
    expect(app.server.calls).toEqual([]);
  });
});
