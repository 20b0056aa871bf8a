/**
 * How long the dashboard takes for a frame while somebody scrolls through 10,000 reports, from the key to the bytes.
 * `bun test/bench/tui_bench.ts` prints it; the promise is under 10 ms.
 * @module
 */
import { openStage, reportRow } from "../tui/stage.tsx";

const FRAMES = 400;

async function measure(columns: number, rows: number): Promise<string> {
  const reports = Array.from({ length: 10_000 }, (_, index) => reportRow(index));
  await using stage = await openStage({ columns, rows, reports, isBlind: true });
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let turn = 0; turn < FRAMES; turn++) {
    const frame = stage.frame();
    const start = performance.now();
    stage.press("j");
    await frame;
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const { user, system } = process.cpuUsage(before);
  const cpu = ((user + system) / 1000 / FRAMES).toFixed(1);
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(FRAMES * share)] ?? 0).toFixed(1);
  return `${columns}×${rows}, ${reports.length} reports: a frame p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, CPU ${cpu} ms`;
}

if (import.meta.main) {
  for (const [columns, rows] of [
    [80, 24],
    [100, 30],
    [200, 60],
  ] as const) {
    console.log(await measure(columns, rows));
  }
  process.exit(0);
}
