/**
 * Combines the results of the generators into one report and evaluates its gates. Pure except for reading facts about
 * the machine.
 * @module
 */
import { cpus } from "node:os";
import type { Plan } from "./plan.ts";
import { Merged } from "./recorder.ts";
import {
  COUNTS,
  type CountName,
  type Counts,
  LATENCIES,
  type LatencyName,
  type LatencySummary,
  REPORT_VERSION,
  type RecordSlice,
  type Report,
  type Slice,
} from "./report_shape.ts";
import type { RunResult } from "./run.ts";
import { Schedule } from "./schedule.ts";
import { type Gate, judge } from "./slo.ts";

const MAX_ISSUES = 1_000;

/** The part of a plan that its report needs. */
export type ReportPlan = Pick<
  Plan,
  | "runId"
  | "scenario"
  | "url"
  | "model"
  | "main"
  | "devices"
  | "seed"
  | "verify"
  | "maxLagMs"
  | "minRate"
  | "warmupMs"
>;

/** What a report is made of. */
export interface ReportInput {
  readonly plan: ReportPlan;
  readonly result: RunResult;
  readonly gates: readonly Gate[];
  readonly conversations: number;
  readonly people: number;
}

/** @returns The report. */
export function makeReport({ plan, result, gates, conversations, people }: ReportInput): Report {
  const { outcomes, interrupted, startedAt } = result;
  const seconds = Math.max(...outcomes.map(({ ranMs }) => ranMs)) / 1_000;
  const summed = sumCounts(outcomes.map(({ records }) => records.counts));
  const counts: Counts = { ...summed, ...overdue(plan, { summed, seconds }) };
  const latencies: Partial<Record<LatencyName, LatencySummary>> = {};
  for (const name of LATENCIES) {
    const summary = merge(name, result).summary();
    if (summary) latencies[name] = summary;
  }
  const rate = {
    target:
      plan.model.kind === "open"
        ? round(new Schedule(plan.model.stages).countUntil(seconds * 1_000) / seconds)
        : null,
    achieved: round(counts.done / seconds),
    ...judgeRate(plan, result.slices, seconds),
  };
  const generator = judgeGenerator(plan, merge("lag", result).summary());
  const slo = gates.map((gate) => judge(gate, { latencies, counts, rate }));
  const issues = outcomes.flatMap((outcome) => outcome.issues);
  return {
    report: REPORT_VERSION,
    run_id: plan.runId,
    scenario: plan.scenario,
    url: plan.url,
    started_at: startedAt,
    seconds: round(seconds),
    interrupted,
    warmup_ms: plan.warmupMs,
    model: plan.model,
    population: { users: people, devices: plan.devices, conversations, workers: outcomes.length },
    seed: plan.seed,
    verdict:
      !generator.valid || rate.problem !== null
        ? "invalid"
        : slo.every(({ passed }) => passed)
          ? "passed"
          : "failed",
    slo,
    rate,
    generator,
    counts,
    main: plan.main,
    latencies,
    errors: sumRecords(outcomes.map(({ records }) => records.errors)),
    series: makeSeries(plan, result.slices),
    distribution: merge(plan.main, result).distribution(),
    ...(plan.verify
      ? {
          verified: {
            messages: counts.acked,
            conversations,
            read_back: outcomes.reduce((sum, outcome) => sum + outcome.readBack, 0),
            rolled_back_from: earliest(outcomes.map(({ rolledBackFrom }) => rolledBackFrom)),
            issues: issues.slice(0, MAX_ISSUES),
            issues_total: outcomes.reduce((sum, outcome) => sum + outcome.issuesTotal, 0),
          },
        }
      : {}),
    records: { outcomes, slices: result.slices },
    environment: { bun: Bun.version, platform: `${process.platform} ${process.arch}`, cores: cpus().length },
  };
}

function earliest(times: readonly (number | undefined)[]): string | null {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? null : new Date(Math.min(...known)).toISOString();
}

function merge(name: LatencyName | "lag", { outcomes }: RunResult): Merged {
  const merged = new Merged();
  for (const { records } of outcomes) merged.add(records.latencies[name]);
  return merged;
}

/** What was due while work was made, and never handed out, is unsent as well. */
function overdue(
  { model }: ReportPlan,
  { summed, seconds }: { summed: Counts; seconds: number },
): Pick<Counts, "due" | "unsent"> {
  const { due, started, unsent } = summed;
  if (model.kind === "closed" || model.arrivals === "poisson") return { due, unsent };
  const planned = Math.max(due, Math.floor(new Schedule(model.stages).countUntil(seconds * 1_000)));
  return { due: planned, unsent: unsent + (planned - started) };
}

function judgeGenerator({ maxLagMs }: ReportPlan, lag: LatencySummary | undefined): Report["generator"] {
  const late = lag?.p99 ?? 0;
  const problem =
    late > maxLagMs
      ? `1 of 100 operations left ${late} ms late or later; at most ${maxLagMs} ms are allowed`
      : null;
  return { valid: problem === null, lag: lag ?? null, max_lag_ms: maxLagMs, problem };
}

/** Whether operations had an outcome as fast as they became due. Those of the last second may be under way still. */
function judgeRate(
  { model, minRate }: ReportPlan,
  slices: readonly RecordSlice[],
  seconds: number,
): Pick<Report["rate"], "reached" | "min_reached" | "problem"> {
  const last = Math.floor(seconds) - 1;
  if (model.kind === "closed" || last < 1) return { reached: null, min_reached: minRate, problem: null };
  const sum = (names: readonly CountName[], before: number) =>
    slices
      .filter(({ second }) => second < before)
      .reduce((total, { counts }) => total + names.reduce((all, name) => all + (counts[name] ?? 0), 0), 0);
  // At random, as many as came are due; else as many as the stages say, whether or not they were handed out.
  const isRandom = model.arrivals === "poisson";
  const due = isRandom ? sum(["due"], last) : Math.floor(new Schedule(model.stages).countUntil(last * 1_000));
  const ended = sum(["done", "errors"], last + 1);
  const reached = due === 0 ? 100 : Math.min(100, round((100 * ended) / due));
  const problem =
    reached < minRate
      ? `of ${due} operations due in the first ${last} s only ${ended} (${reached}%, at least ${minRate}%) had an ` +
        "outcome a second later: the rate was not reached, and the latencies are those of a growing queue"
      : null;
  return { reached, min_reached: minRate, problem };
}

function sumCounts(all: readonly Partial<Counts>[]): Counts {
  return Object.fromEntries(
    COUNTS.map((name) => [name, all.reduce((sum, counts) => sum + (counts[name] ?? 0), 0)]),
  ) as Counts;
}

function sumRecords(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const record of all) {
    for (const [key, count] of Object.entries(record)) sums[key] = (sums[key] ?? 0) + count;
  }
  return sums;
}

/** @returns The seconds of all generators, put together. */
export function makeSeries({ model }: Pick<Plan, "model">, slices: readonly RecordSlice[]): Slice[] {
  const schedule = model.kind === "open" ? new Schedule(model.stages) : undefined;
  const last = Math.max(-1, ...slices.map(({ second }) => second));
  return Array.from({ length: last + 1 }, (_, second) => {
    const own = slices.filter((slice) => slice.second === second);
    const merged = new Merged();
    for (const { main } of own) merged.add(main);
    const sum = (name: "started" | "done" | "errors") =>
      own.reduce((total, { counts }) => total + (counts[name] ?? 0), 0);
    const summary = merged.summary();
    return {
      second,
      target: schedule ? round(schedule.rateAt(second * 1_000 + 500)) : 0,
      started: sum("started"),
      done: sum("done"),
      errors: sum("errors"),
      p50: summary?.p50 ?? null,
      p99: summary?.p99 ?? null,
      max: summary?.max ?? null,
    };
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
