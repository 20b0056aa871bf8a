/**
 * Parses the options of `vibes load run` into a validated plan.
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { countPeople, dayCurve, SCENARIOS, type Scenario, type ScenarioName } from "../load/catalogue.ts";
import type { Part } from "../load/people.ts";
import { BOUNDS, findProblem, operationsOf, type Plan } from "../load/plan.ts";
import type { Model } from "../load/report_shape.ts";
import { parseStages, type Stage } from "../load/schedule.ts";
import { type Gate, parseGate } from "../load/slo.ts";
import { CliError, EXIT } from "../output.ts";

/** What was given on the command line. */
export interface RunFlags {
  readonly rate?: number | undefined;
  readonly duration?: number | undefined;
  readonly stages?: Stage[] | undefined;
  readonly poisson?: boolean | undefined;
  readonly vus?: number | undefined;
  readonly think: number;
  readonly users?: number | undefined;
  readonly devices: number;
  readonly size: number;
  readonly workers: number;
  readonly verify?: boolean | undefined;
  readonly seed: number;
  readonly maxLag: number;
  readonly drain: number;
  readonly untilEof?: boolean | undefined;
  readonly retry?: number | undefined;
  readonly ackTimeout?: number | undefined;
  readonly warmup: number;
  readonly minRate: number;
}

/** @throws InvalidArgumentError */
export function readPart(text: string): Part {
  const [, part, of] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? [];
  if (Number(part) >= 1 && Number(part) <= Number(of)) return { part: Number(part), of: Number(of) };
  throw new InvalidArgumentError("Give a part such as 1/2: the first of two.");
}

/** @returns By Date.now(). @throws InvalidArgumentError */
export function readMoment(text: string): number {
  const moment = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) throw new InvalidArgumentError("Give a time such as 2026-01-15T10:35:00Z.");
  return moment;
}

/** @throws InvalidArgumentError */
export function readStages(text: string): Stage[] {
  const stages = parseStages(text);
  if (!stages) throw new InvalidArgumentError("Give spans and rates such as 10s:100,30s:500,10s:0.");
  return stages;
}

/** @throws InvalidArgumentError */
export function readGate(text: string, before: readonly Gate[]): Gate[] {
  try {
    return [...before, parseGate(text)];
  } catch (error) {
    throw new InvalidArgumentError(`${(error as RangeError).message}.`);
  }
}

/** @returns A reader of numbers within bounds. */
export function readNumber({ min, max, whole = true }: { min: number; max: number; whole?: boolean }) {
  return (text: string): number => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      throw new InvalidArgumentError(`Give a ${whole ? "whole " : ""}number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** @throws CliError when the options do not go together. */
export function makePlan(
  name: ScenarioName,
  flags: RunFlags,
  {
    url,
    runId,
    people,
  }: { url: string; runId: string /** Given ones; absent: they are made. */; people?: number },
): Plan {
  const scenario: Scenario = SCENARIOS[name];
  const model = makeModel(name, flags);
  const operations = operationsOf(model) ?? 0;
  const wanted = flags.users ?? Math.max(scenario.users(operations), flags.vus ?? 0);
  const users = people ?? countPeople(scenario.layout(wanted));
  const plan: Plan = {
    runId,
    scenario: name,
    url,
    model,
    main: scenario.main,
    users,
    devices: flags.devices,
    size: flags.size,
    workers: flags.workers,
    verify: flags.verify ?? false,
    seed: flags.seed,
    maxLagMs: flags.maxLag,
    minRate: flags.minRate,
    warmupMs: flags.warmup,
    drainMs: flags.drain,
    retryMs: flags.retry,
    ackTimeoutMs: flags.ackTimeout,
  };
  const problem = findProblem(plan);
  if (problem) throw usage(problem);
  return plan;
}

function makeModel(name: ScenarioName, flags: RunFlags): Model {
  const { rate, stages, poisson, vus, think } = flags;
  const duration = flags.duration ?? (flags.untilEof ? BOUNDS.durationMs : undefined);
  if (flags.untilEof && (stages !== undefined || name === "mixed-day"))
    throw usage("--until-eof needs one rate; leave stages, and mixed-day with its curve, out");
  const scenario: Scenario = SCENARIOS[name];
  if (vus !== undefined) {
    if (rate !== undefined || stages !== undefined || poisson) {
      throw usage("--vus is the closed model; --rate, --stages and --poisson are the open one");
    }
    if (name === "connect-storm") throw usage("connect-storm has the open model alone: give --rate");
    return { kind: "closed", vus, think_ms: think, duration_ms: duration ?? scenario.durationMs };
  }
  const arrivals = poisson ? "poisson" : "even";
  if (stages !== undefined) {
    if (rate !== undefined || flags.duration !== undefined) {
      throw usage("--stages says rates and durations; leave --rate and --duration out");
    }
    return { kind: "open", stages, arrivals };
  }
  const peak = rate ?? scenario.rate;
  const durationMs = duration ?? scenario.durationMs;
  if (name === "mixed-day") return { kind: "open", stages: dayCurve(peak, durationMs), arrivals };
  return { kind: "open", stages: [{ durationMs, from: peak, to: peak }], arrivals };
}

export const PERCENT = readNumber({ min: 0, max: 100, whole: false });

/** Gates that nobody has to ask for when everything is written down. */
export const VERIFY_GATES: readonly Gate[] = ["lost==0", "duplicated==0", "reordered==0", "leaked==0"].map(
  parseGate,
);

export const NUMBERS = {
  rate: readNumber({ min: 0.1, max: BOUNDS.rate, whole: false }),
  vus: readNumber({ min: 1, max: BOUNDS.users }),
  users: readNumber({ min: 1, max: BOUNDS.users }),
  devices: readNumber({ min: 1, max: BOUNDS.devices }),
  size: readNumber({ min: 16, max: BOUNDS.size }),
  workers: readNumber({ min: 1, max: BOUNDS.workers }),
  seed: readNumber({ min: 0, max: 4_294_967_295 }),
} as const;

function usage(problem: string): CliError {
  return new CliError(`Cannot plan the run: ${problem}`, { code: "USAGE", exitCode: EXIT.usage });
}
