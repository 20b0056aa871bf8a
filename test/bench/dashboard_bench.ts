/**
 * The dashboard's figures of `tui_bench.ts`, as rows. `bun run bench dashboard`.
 * @module
 */
import { join } from "node:path";
import { handIn, type Row, say } from "./report.ts";
import type { TuiFigures } from "./tui_bench.ts";

say("the dashboard: takes a minute");
const child = Bun.spawn([process.execPath, join(import.meta.dir, "tui_bench.ts"), "--json"], {
  stdout: "pipe",
  stderr: "inherit",
});
const text = await new Response(child.stdout).text();
if ((await child.exited) !== 0) throw new Error("Cannot measure the dashboard: its program has failed");
const { frames, firstPaintMs, idleCpuPercent } = JSON.parse(text) as TuiFigures;
/** A screen's refresh at 60 Hz, and two of them for four times the cells. */
const MOST_MS = { "80x24": 16, "100x30": 16, "200x60": 33 };
const rows: Row[] = frames.map(({ size, p50, p99 }) => ({
  what: `dashboard, a frame at ${size}, p99, ms (p50: ${p50.toFixed(1)})`,
  ours: p99,
  promise: { most: MOST_MS[size] },
  digits: 1,
}));
handIn({
  rows: [
    ...rows,
    {
      what: "dashboard, first picture after the server's answer, ms",
      ours: firstPaintMs,
      promise: { most: 300 },
    },
    {
      what: "dashboard, CPU with the Live screen open, %",
      ours: idleCpuPercent,
      promise: { most: 3 },
      digits: 1,
    },
  ],
  note: "scrolling through 10,000 reports, from the key to the bytes; the rest in a real terminal",
});
