/**
 * What the dashboard costs: a frame while somebody scrolls through 10,000 reports, from the key to the bytes (the
 * promise: 99% take at most 16 ms, at 200x60 at most 33); the first frame after the server's first answer (at most
 * 300 ms); the CPU time with the Live screen open (at most 3%). The frames are measured in this process, the rest in a
 * real terminal against a real server. `bun test/bench/tui_bench.ts [--json]`.
 * @module
 */
import { readFileSync } from "node:fs";

// React looks once, when it is loaded: its build for development takes half as long again. See admin-tui/launch.ts.
process.env.NODE_ENV = "production";
const { reportRow } = await import("../tui/fixtures.ts");
const { openEmulatedTerminal } = await import("../tui/emulated_terminal.tsx");
const { startUpgradeGate } = await import("../harness/upgrade_gate.ts");
const { startWorld } = await import("../tui/moderated_world.ts");
const { openTerminal } = await import("../tui/real_terminal.ts");

const SIZES = ["80x24", "100x30", "200x60"] as const;
type FrameSize = (typeof SIZES)[number];
const FRAMES = 500;
/** Code that is run often is compiled: a moderator's second screenful is like the hundredth. */
const WARM_FRAMES = 100;
const REPORTS = 10_000;
const STARTS = 5;
const IDLE_MS = 20_000;
const SETTLE_MS = 3_000;
const TICK_MS = 10;

/** Frames of one size, ms. */
interface FrameFigures {
  readonly size: FrameSize;
  readonly p50: number;
  readonly p99: number;
}

/** What `--json` prints. */
export interface TuiFigures {
  readonly frames: readonly FrameFigures[];
  /** From the server's first answer to the queue on the screen, ms. */
  readonly firstPaintMs: number;
  /** From the start of the process to the queue on the screen, ms. */
  readonly startMs: number;
  /** Of one core, with the Live screen open. */
  readonly idleCpuPercent: number;
}

async function measureFrames(size: FrameSize): Promise<FrameFigures> {
  const [columns = 0, rows = 0] = size.split("x").map(Number);
  const reports = Array.from({ length: REPORTS }, (_, index) => reportRow(index));
  await using terminal = await openEmulatedTerminal({ columns, rows, reports, isBlind: true });
  const times: number[] = [];
  for (let turn = 0; turn < WARM_FRAMES + FRAMES; turn++) {
    const frame = terminal.frame();
    const start = performance.now();
    terminal.press("j");
    await frame;
    if (turn >= WARM_FRAMES) times.push(performance.now() - start);
    await Bun.sleep(2);
  }
  return { size, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** @returns The median of some starts. */
async function measureStart(target: { url: string; token: string }) {
  const starts: number[] = [];
  const paints: number[] = [];
  for (let turn = 0; turn < STARTS; turn++) {
    await using gate = await startUpgradeGate(Number(new URL(target.url).port));
    const start = performance.now();
    await using terminal = openTerminal({ url: gate.url, token: target.token });
    await terminal.shows(/Reports 1-/);
    const now = performance.now();
    starts.push(now - start);
    paints.push(now - (gate.firstAnswerAt ?? start));
  }
  return { startMs: quantile(starts, 0.5), firstPaintMs: quantile(paints, 0.5) };
}

async function measureIdle(target: { url: string; token: string }): Promise<number> {
  await using terminal = openTerminal(target);
  await terminal.shows(/Reports 1-/);
  terminal.press("3");
  await terminal.shows("messages a second");
  await Bun.sleep(SETTLE_MS);
  const [cpu, start] = [cpuMs(terminal.pid), performance.now()];
  await Bun.sleep(IDLE_MS);
  return round(((cpuMs(terminal.pid) - cpu) / (performance.now() - start)) * 100, 2);
}

/** The processor's time of a process so far. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) * TICK_MS;
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN, 1);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

async function measure(say: (text: string) => void): Promise<TuiFigures> {
  const frames: FrameFigures[] = [];
  for (const size of SIZES) {
    const figures = await measureFrames(size);
    say(`${figures.size}, ${REPORTS} reports: a frame p50 ${figures.p50} ms, p99 ${figures.p99} ms`);
    frames.push(figures);
  }
  await using world = await startWorld();
  const target = { url: world.url, token: world.ana.token };
  const { startMs, firstPaintMs } = await measureStart(target);
  say(`the queue is there ${firstPaintMs} ms after the server's first answer, ${startMs} ms after the start`);
  const idleCpuPercent = await measureIdle(target);
  say(`the Live screen takes ${idleCpuPercent}% of a core`);
  return { frames, firstPaintMs, startMs, idleCpuPercent };
}

if (import.meta.main) {
  const isJson = process.argv.includes("--json");
  const figures = await measure(isJson ? (text) => console.error(text) : console.log);
  if (isJson) console.log(JSON.stringify(figures));
  process.exit(0);
}
