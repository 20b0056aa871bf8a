/**
 * One `vibes load run` from beginning to end: checks, people, generators, report, and the people away again, whatever
 * happened in between.
 * @module
 */
import { Interrupted } from "../interrupt.ts";
import { SCENARIOS, type ScenarioName } from "../load/catalogue.ts";
import { LiveView } from "../load/live.ts";
import { type Population, share } from "../load/people.ts";
import type { Plan } from "../load/plan.ts";
import { checkDescriptors, checkLimits, checkServer, checkTarget } from "../load/preflight.ts";
import { renderHtml } from "../load/render_html.ts";
import { renderReport } from "../load/render_text.ts";
import { makeReport } from "../load/report.ts";
import type { Report } from "../load/report_shape.ts";
import { GeneratorError, runPlan } from "../load/run.ts";
import type { Gate } from "../load/slo.ts";
import { CliError, EXIT, type Io, type Output, type OutputOptions } from "../output.ts";
import { type ConfigOptions, readConfig } from "./db_context.ts";
import { makePlan, type RunFlags, VERIFY_GATES } from "./load_options.ts";
import { makePeople, removePeople } from "./load_users.ts";

/** What the command line gave. */
export interface RunRequest {
  readonly name: ScenarioName;
  readonly flags: RunFlags & {
    readonly url?: string | undefined;
    readonly slo: readonly Gate[];
    readonly out?: string | undefined;
    readonly html?: string | undefined;
    readonly withLimits?: boolean | undefined;
    readonly allowRemote?: boolean | undefined;
    readonly keep?: boolean | undefined;
  };
  readonly globals: OutputOptions & ConfigOptions;
  readonly io: Io;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** @throws CliError: refused before it began, or told after the report: a gate, an INVALID run, Ctrl-C. */
export async function runScenario(request: RunRequest): Promise<void> {
  const { name, flags, globals, io, output, signal } = request;
  const runId = Bun.randomUUIDv7().replaceAll("-", "").slice(-12);
  const url = flags.url ?? defaultUrl(io, globals);
  const plan = makePlan(name, flags, { url, runId });
  checkTarget(url, { allowRemote: flags.allowRemote ?? false });
  checkDescriptors(plan.users * plan.devices);
  await checkServer(url);

  const layout = SCENARIOS[name].layout(plan.users);
  output.note(`making ${plan.users} people, tagged load:${runId}`);
  let report: Report;
  try {
    const population = await makePeople(io, { ...globals, runId, layout, signal });
    if (!flags.withLimits) await checkLimits(url, population.people[0]!.token);
    const populations = share(population, { layout, workers: plan.workers });
    report = await measure(request, { plan, population, populations });
    await keep(report, flags);
  } catch (error) {
    throw explain(error, url);
  } finally {
    await clean(request, runId);
  }
  output.result(report, renderReport);
  judge(report, signal);
}

function defaultUrl(io: Io, globals: ConfigOptions): string {
  const { host, port } = readConfig(io, globals);
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

async function measure(
  { flags, globals, io, output, signal }: RunRequest,
  { plan, population, populations }: { plan: Plan; population: Population; populations: Population[] },
): Promise<Report> {
  const quiet = globals.quiet === true;
  const input = flags.untilEof ? watchInput(io) : undefined;
  const view = new LiveView({ plan, sink: io.stderr, quiet, workers: populations.length });
  output.note(`connecting to ${plan.url}`);
  try {
    const result = await runPlan({
      plan,
      populations,
      signal,
      ending: input?.ending,
      onSlice: (slice) => view.add(slice),
      onStart: () => output.note(`running ${plan.scenario}`),
    });
    const gates = [...flags.slo, ...(plan.verify ? VERIFY_GATES : [])];
    const { people, links } = population;
    return makeReport({ plan, result, gates, people: people.length, conversations: links.length });
  } finally {
    view.clear();
    input?.leave();
  }
}

/** @returns What is aborted when standard input ends, and what lets go of it. */
function watchInput({ stdin }: Io): { ending: AbortSignal; leave: () => void } {
  const controller = new AbortController();
  const onEnd = () => controller.abort();
  if (!stdin) onEnd();
  stdin?.on("end", onEnd).on("close", onEnd).resume();
  return {
    ending: controller.signal,
    leave() {
      stdin?.off("end", onEnd).off("close", onEnd).pause();
      // An input that stays open must not keep the process.
      (stdin as { destroy?: () => void } | undefined)?.destroy?.();
    },
  };
}

async function keep(report: Report, { out, html }: RunRequest["flags"]): Promise<void> {
  if (out !== undefined) await Bun.write(out, `${JSON.stringify(report, null, 2)}\n`);
  if (html !== undefined) await Bun.write(html, renderHtml(report));
}

/** A failure here must not hide the report, or what failed before. */
async function clean({ flags, globals, io, output }: RunRequest, runId: string): Promise<void> {
  if (flags.keep) {
    output.note(`the people are left, tagged load:${runId}`);
    return;
  }
  try {
    await removePeople(io, { ...globals, runId });
  } catch (error) {
    output.warn(
      `the people of this run are left: ${(error as Error).message}; \`vibes load clean\` deletes them`,
    );
  }
}

function explain(error: unknown, url: string): unknown {
  if (!(error instanceof GeneratorError)) return error;
  return new CliError(`Cannot run the load test against ${url}: ${error.message}`, {
    code: error.code,
    exitCode: error.code === "UNEXPECTED" ? EXIT.failed : EXIT.unreachable,
    cause: error,
  });
}

/** The report is told already; only the exit code, and a word, are left. */
function judge({ verdict, slo, generator, seconds }: Report, signal: AbortSignal): void {
  if (signal.aborted) {
    const { signal: name } = signal.reason as Interrupted;
    throw new Interrupted(`Stopped after ${seconds} s: the report is of what ran until then`, {
      signal: name,
      told: true,
    });
  }
  if (verdict === "passed") return;
  const failed = slo.filter(({ passed }) => !passed).map(({ gate }) => gate);
  const message =
    verdict === "invalid"
      ? `The run is INVALID: ${generator.problem}`
      : `${failed.length} of ${slo.length} gates failed: ${failed.join(", ")}`;
  const code = verdict === "invalid" ? "INVALID_RUN" : "SLO_FAILED";
  const hint =
    verdict === "invalid"
      ? "fewer operations, more --workers, or another machine for the generator"
      : undefined;
  throw new CliError(message, { code, exitCode: EXIT.gate, hint, told: true });
}
