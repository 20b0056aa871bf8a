/**
 * The validated and bounded plan of a run. Pure.
 * @module
 */

import type { ScenarioName } from "./catalogue.ts";
import type { LatencyName, Model } from "./report_shape.ts";
import { Schedule } from "./schedule.ts";

/** See the module; workers get it as it is. */
export interface Plan {
  readonly runId: string;
  readonly scenario: ScenarioName;
  /** `http(s)://` of the server. */
  readonly url: string;
  readonly model: Model;
  readonly main: LatencyName;
  readonly users: number;
  /** Sockets a person. */
  readonly devices: number;
  /** Characters of a message. */
  readonly size: number;
  readonly workers: number;
  readonly verify: boolean;
  readonly seed: number;
  /** Lateness of the generator (99 of 100) above which the run means nothing, ms. */
  readonly maxLagMs: number;
  /** Share of the operations due that must have an outcome in time, percent; below it the run means nothing. */
  readonly minRate: number;
  /** Load before the measurement, which is not counted, ms. */
  readonly warmupMs: number;
  /** How long to wait at the end for what is under way, ms. */
  readonly drainMs: number;
  /** Longest pause of a client before it tries again, ms; absent: as clients do. */
  readonly retryMs?: number | undefined;
  /** How long a client waits for an answer before it sends a message again, ms; absent: as clients do. */
  readonly ackTimeoutMs?: number | undefined;
}

/** Nothing here runs for ever, or eats a machine. */
export const BOUNDS = {
  /** Tokens last an hour. */
  durationMs: 45 * 60_000,
  operations: 5_000_000,
  /** Every message is remembered. */
  verifiedOperations: 1_000_000,
  users: 20_000,
  rate: 100_000,
  devices: 8,
  /** Characters; what does not fit is the server's limit. */
  size: 1_000,
  workers: 16,
} as const;

/** @returns Milliseconds that work is made. */
export function durationOf(model: Model): number {
  return model.kind === "closed" ? model.duration_ms : new Schedule(model.stages).durationMs;
}

/** @returns Operations of the open model; undefined when it depends on the server. */
export function operationsOf(model: Model): number | undefined {
  return model.kind === "closed" ? undefined : Math.floor(new Schedule(model.stages).total);
}

/** @returns What is wrong with the plan, undefined when nothing is. */
export function findProblem(plan: Plan): string | undefined {
  const duration = durationOf(plan.model);
  const operations = operationsOf(plan.model) ?? 0;
  const most = plan.verify ? BOUNDS.verifiedOperations : BOUNDS.operations;
  if (duration < 100 || duration > BOUNDS.durationMs) return "a run takes from 100ms to 45m";
  if (operations > most) return `${operations} operations are too many: at most ${most}`;
  if (plan.model.kind === "open") {
    const peak = Math.max(...plan.model.stages.flatMap(({ from, to }) => [from, to]));
    if (peak > BOUNDS.rate) return `the rate is at most ${BOUNDS.rate} a second`;
    if (operations < 1) return "nothing would be sent: raise the rate or the duration";
  } else if (plan.model.vus > plan.users) {
    return `${plan.model.vus} virtual users need as many people: give --users ${plan.model.vus}`;
  }
  if (plan.warmupMs > BOUNDS.durationMs - duration) return "warm-up and run together take at most 45m";
  if (plan.warmupMs > 0 && plan.scenario === "connect-storm") {
    return "connect-storm has no warm-up: each of its people connects once";
  }
  if (plan.users > BOUNDS.users) return `at most ${BOUNDS.users} users`;
  return undefined;
}
