/**
 * `vibes load merge` and `vibes load compare`: work on saved reports of load tests.
 * @module
 */
import { examples } from "../help.ts";
import type { Report } from "../load/report_shape.ts";
import type { Gate } from "../load/slo.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Group } from "../program.ts";
import { readGate, readNumber } from "./load_options.ts";

/** Adds both to `vibes load`. */
export function registerReports(load: Group, deps: CliDeps): void {
  const { io } = deps;

  load
    .command("merge")
    .description("merge the reports of several machines and evaluate their gates as one run")
    .addHelpText(
      "before",
      examples(io, ["load merge a.json b.json --slo 'delivery.p99<250ms' --out both.json"]),
    )
    .argument("<reports...>", "of load run --out, with the same scenario, durations and model")
    .option("--slo <gate>", "an additional gate; may be repeated", readGate, [] as Gate[])
    .option("--out <file>", "write the report as JSON")
    .option("--html <file>", "write the report as one HTML page with charts")
    .option("--csv <file>", "write one CSV row per second of the run")
    .option("--prometheus <file>", "write the totals as Prometheus metrics")
    .action(async (paths, flags, command) => {
      const reports = await readReports("merge", paths);
      const [{ mergeReports }, { judge, keep }, { renderReport }] = await Promise.all([
        import("../load/merge.ts"),
        import("./load_run.ts"),
        import("../load/render_text.ts"),
      ]);
      let report: Report;
      try {
        report = mergeReports(reports, flags.slo);
      } catch (error) {
        throw usage(`Cannot merge: ${(error as Error).message}`);
      }
      await keep(report, flags);
      deps.output(command.optsWithGlobals()).result(report, renderReport, judge(report));
    });

  load
    .command("compare")
    .description("compare two reports")
    .addHelpText("before", examples(io, ["load compare before.json after.json --tolerance 20"]))
    .argument("<before>", "a report of load run --out")
    .argument("<after>", "another one")
    .option(
      "--tolerance <percent>",
      "exit with 3 when something is worse by more",
      readNumber({ min: 0, max: 10_000, whole: false }),
    )
    .action(async (before, after, { tolerance }, command) => {
      const output = deps.output(command.optsWithGlobals());
      const { compare, renderComparison } = await import("../load/compare.ts");
      const [a, b] = await readReports("compare", [before, after]);
      const comparison = compare(a!, b!, { tolerance: tolerance ?? 10 });
      for (const warning of comparison.warnings) output.warn(warning);
      const isWorse = tolerance !== undefined && comparison.regressions.length > 0;
      const worse = `Worse by more than ${tolerance}%: ${comparison.regressions.join(", ")}`;
      const failure = isWorse ? new CliError(worse, { code: "REGRESSION", exitCode: EXIT.gate }) : undefined;
      output.result(comparison, renderComparison, failure);
    });
}

async function readReports(action: string, paths: readonly string[]): Promise<Report[]> {
  const { readReport } = await import("../load/compare.ts");
  return await Promise.all(
    paths.map(async (path) => {
      try {
        return readReport(await Bun.file(path).text());
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        throw usage(`Cannot ${action}: ${path}: ${code === "ENOENT" ? "there is no such file" : message}`);
      }
    }),
  );
}

function usage(message: string): CliError {
  return new CliError(message, { code: "USAGE", exitCode: EXIT.usage });
}
