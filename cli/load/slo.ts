/**
 * Parses gates such as `delivery.p99<250ms` or `lost==0` and evaluates them on a report. Pure.
 * @module
 */
import { COUNTS, LATENCIES, type Report, STATISTICS, type Statistic, type Verdict } from "./report_shape.ts";

const OPERATORS = {
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
  "==": (a: number, b: number) => a === b,
} as const;

/** One gate. */
export interface Gate {
  /** As it was written, evenly spaced. */
  readonly text: string;
  readonly metric: string;
  readonly statistic: Statistic | undefined;
  readonly operator: keyof typeof OPERATORS;
  /** Milliseconds for latencies. */
  readonly value: number;
  /** A share of all operations, in percent. */
  readonly percent: boolean;
}

const GATE = /^\s*([a-z_]+)(?:\.([a-z0-9.]+))?\s*(<=|>=|==|<|>)\s*(\d+(?:\.\d+)?)\s*(us|ms|s|%|\/s)?\s*$/;
const FACTORS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

/** @throws RangeError that says what is wrong. */
export function parseGate(text: string): Gate {
  const [, metric = "", statistic, operator = "", number, unit = ""] = GATE.exec(text) ?? [];
  if (number === undefined) throw new RangeError(`"${text}" is no gate: write one like delivery.p99<250ms`);
  const isLatency = (LATENCIES as readonly string[]).includes(metric);
  const known: readonly string[] = [...LATENCIES, ...COUNTS, "achieved"];
  if (!known.includes(metric)) {
    throw new RangeError(`"${text}": there is no ${metric}; there is ${known.join(", ")}`);
  }
  if (isLatency !== (statistic !== undefined)) {
    const example = isLatency ? `${metric}.p99<250ms` : `${metric}==0`;
    throw new RangeError(`"${text}": write it like ${example}`);
  }
  if (isLatency && !(STATISTICS as readonly string[]).includes(statistic!)) {
    throw new RangeError(`"${text}": there is no ${statistic}; there is ${STATISTICS.join(", ")}`);
  }
  const units = unitsOf(metric, statistic);
  if (!units.includes(unit)) {
    throw new RangeError(`"${text}": the number needs ${units.map((u) => u || "no unit").join(" or ")}`);
  }
  return {
    text: `${metric}${statistic ? `.${statistic}` : ""} ${operator} ${number}${unit}`,
    metric,
    statistic: statistic as Statistic | undefined,
    operator: operator as keyof typeof OPERATORS,
    value: Number(number) * (FACTORS[unit] ?? 1),
    percent: unit === "%",
  };
}

function unitsOf(metric: string, statistic: string | undefined): readonly string[] {
  if (statistic === "count") return [""];
  if (statistic) return Object.keys(FACTORS);
  return metric === "achieved" ? ["", "/s"] : ["", "%"];
}

/** Evaluates a gate. A figure that was not measured fails it. */
export function judge(gate: Gate, report: Pick<Report, "latencies" | "counts" | "rate">): Verdict {
  const { metric, statistic, operator, value, percent, text } = gate;
  const unit = statistic
    ? statistic === "count"
      ? ""
      : "ms"
    : percent
      ? "%"
      : metric === "achieved"
        ? "/s"
        : "";
  const got = measured(gate, report);
  return { gate: text, passed: got !== null && OPERATORS[operator](got, value), got, unit };
}

function measured(
  { metric, statistic, percent }: Gate,
  { latencies, counts, rate }: Pick<Report, "latencies" | "counts" | "rate">,
): number | null {
  if (statistic) return latencies[metric as (typeof LATENCIES)[number]]?.[statistic] ?? null;
  if (metric === "achieved") return rate.achieved;
  const count = counts[metric as (typeof COUNTS)[number]];
  if (!percent) return count;
  return counts.started === 0 ? null : (100 * count) / counts.started;
}
