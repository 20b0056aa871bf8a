/**
 * Merges reports of generators that ran at the same time on several machines: counts and rates are summed, histograms
 * merged. Pure.
 * @module
 */
import type { ScenarioName } from "./catalogue.ts";
import { makeReport } from "./report.ts";
import type { Model, Report } from "./report_shape.ts";
import { type Gate, parseGate } from "./slo.ts";

/**
 * @param gates Besides those that the reports were judged by.
 * @throws RangeError when the reports are not parts of one test.
 */
export function mergeReports(reports: readonly Report[], gates: readonly Gate[]): Report {
  const [first, ...others] = reports;
  if (first === undefined || others.length === 0) throw new RangeError("it takes two reports or more");
  for (const other of others) {
    if (other.scenario !== first.scenario)
      throw new RangeError(`scenarios differ: ${first.scenario}, ${other.scenario}`);
    if (other.run_id === first.run_id) throw new RangeError(`run ${first.run_id} is given twice`);
    if (other.records === undefined)
      throw new RangeError(`run ${other.run_id} was made before reports could be merged`);
  }
  const texts = new Set([
    ...reports.flatMap(({ slo }) => slo.map(({ gate }) => gate)),
    ...gates.map(({ text }) => text),
  ]);
  const urls = [...new Set(reports.map(({ url }) => url))];
  const population = (name: "users" | "conversations") =>
    reports.reduce((sum, report) => sum + report.population[name], 0);
  return makeReport({
    plan: {
      runId: reports.map(({ run_id }) => run_id).join("+"),
      scenario: first.scenario as ScenarioName,
      url: urls.join(" "),
      model: reports.map(({ model }) => model).reduce(addModels),
      main: first.main,
      devices: first.population.devices,
      seed: first.seed,
      verify: reports.every(({ verified }) => verified !== undefined),
      maxLagMs: Math.max(...reports.map(({ generator }) => generator.max_lag_ms)),
      minRate: Math.max(...reports.map(({ rate }) => rate.min_reached)),
      warmupMs: first.warmup_ms,
    },
    result: {
      outcomes: reports.flatMap(({ records }) => records.outcomes),
      slices: reports.flatMap(({ records }) => records.slices),
      interrupted: reports.some(({ interrupted }) => interrupted),
      startedAt: reports.map(({ started_at }) => started_at).sort()[0] as string,
    },
    gates: [...texts].map(parseGate),
    people: population("users"),
    conversations: population("conversations"),
  });
}

function addModels(one: Model, other: Model): Model {
  if (one.kind === "closed" && other.kind === "closed") {
    const isSame = one.think_ms === other.think_ms && one.duration_ms === other.duration_ms;
    if (isSame) return { ...one, vus: one.vus + other.vus };
  }
  if (one.kind === "open" && other.kind === "open") {
    const spans = (model: typeof one) => model.stages.map(({ durationMs }) => durationMs).join();
    if (one.arrivals === other.arrivals && spans(one) === spans(other)) {
      const stages = one.stages.map((stage, i) => {
        const { from, to } = other.stages[i]!;
        return { ...stage, from: stage.from + from, to: stage.to + to };
      });
      return { ...one, stages };
    }
  }
  throw new RangeError(
    "models differ: give each machine the same kind, the same durations and the same think time",
  );
}
