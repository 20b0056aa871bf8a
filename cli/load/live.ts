/**
 * Prints the progress of a run: redrawn lines on a terminal, one line every five seconds elsewhere.
 * @module
 */
import type { Sink } from "../output.ts";
import type { Plan } from "./plan.ts";
import { durationOf } from "./plan.ts";
import { formatMs, number, sparkline } from "./render_text.ts";
import { makeSeries } from "./report.ts";
import type { RecordSlice } from "./report_shape.ts";

const EVERY_SECONDS = 5;
const BAR = 24;

/** See the module. */
export class LiveView {
  readonly #plan: Plan;
  readonly #sink: Sink;
  readonly #quiet: boolean;
  readonly #slices: RecordSlice[] = [];
  readonly #workers: number;
  readonly #totals = { sent: 0, done: 0, errors: 0, reconnects: 0 };
  #lagMs = 0;
  #drawn = 0;
  #shown = -1;

  constructor({ plan, sink, quiet, workers }: { plan: Plan; sink: Sink; quiet: boolean; workers: number }) {
    this.#plan = plan;
    this.#sink = sink;
    this.#quiet = quiet;
    this.#workers = workers;
  }

  /** A generator's second has passed; drawn when it has for all of them. */
  add(slice: RecordSlice): void {
    this.#slices.push(slice);
    for (const name of ["sent", "done", "errors", "reconnects"] as const) {
      this.#totals[name] += slice.counts[name] ?? 0;
    }
    this.#lagMs = slice.lagMs;
    const { second } = slice;
    const complete = this.#slices.filter((one) => one.second === second).length >= this.#workers;
    if (this.#quiet || !complete || second <= this.#shown) return;
    this.#shown = second;
    if (this.#sink.isTTY) this.#draw(second);
    else if ((second + 1) % EVERY_SECONDS === 0) this.#sink.write(`${this.#line(second)}\n`);
  }

  /** Takes the lines away, so that the report stands alone. */
  clear(): void {
    if (this.#drawn > 0) this.#sink.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#drawn = 0;
  }

  #draw(second: number): void {
    this.clear();
    const total = Math.round(durationOf(this.#plan.model) / 1_000);
    const share = Math.min(1, (second + 1) / Math.max(1, total));
    const filled = Math.round(share * BAR);
    const series = makeSeries(this.#plan, this.#slices);
    const curve = sparkline(
      series.map(({ p99 }) => p99 ?? 0),
      40,
    );
    const lines = [
      `${this.#plan.scenario}  ${"█".repeat(filled)}${"░".repeat(BAR - filled)}  ${Math.min(second + 1, total)} of ${total} s   Ctrl-C stops and reports`,
      this.#line(second),
      `${this.#plan.main} p99 ${curve}   generator lag ${formatMs(this.#lagMs)} ms`,
    ];
    this.#sink.write(`${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }

  #line(second: number): string {
    const slice = makeSeries(
      this.#plan,
      this.#slices.filter((one) => one.second === second),
    ).at(-1);
    const { done = 0, target = 0, p50, p99, max } = slice ?? {};
    const ms = (value: number | null | undefined) => (value == null ? "-" : formatMs(value));
    const goal = this.#plan.model.kind === "open" ? ` of ${target}/s` : "";
    return (
      `${String(second + 1).padStart(4)} s  ${done}/s${goal}  p50 ${ms(p50)}  p99 ${ms(p99)}  max ${ms(max)} ms  ` +
      `done ${number(this.#totals.done)}  errors ${number(this.#totals.errors)}  reconnects ${number(this.#totals.reconnects)}`
    );
  }
}
