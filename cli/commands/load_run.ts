/**
 * Runs one `vibes load run`: preflight checks, users, generators and report. The users it created are deleted whatever
 * happens.
 * @module
 */
import { Interrupted } from "../interrupt.ts";
import { SCENARIOS, type ScenarioName } from "../load/catalogue.ts";
import { LiveView } from "../load/live.ts";
import { type Part, type Population, readPopulation, share } from "../load/people.ts";
import type { Plan } from "../load/plan.ts";
import { checkDescriptors, checkLimits, checkServer, checkTarget } from "../load/preflight.ts";
import { renderHtml } from "../load/render_html.ts";
import { renderCsv, renderPrometheus } from "../load/render_metrics.ts";
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
    readonly csv?: string | undefined;
    readonly prometheus?: string | undefined;
    readonly people?: string | undefined;
    readonly part?: Part | undefined;
    readonly startAt?: number | undefined;
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
  const given = flags.people === undefined ? undefined : await readPeople(flags.people);
  if (flags.part !== undefined && !given) {
    throw usage(
      "--part takes a part of given people",
      "make them with `vibes load people`, give them with --people",
    );
  }
  const plan = makePlan(name, flags, { url, runId, people: given?.people.length });
  checkTarget(url, { allowRemote: flags.allowRemote ?? false });
  checkDescriptors(plan.users * plan.devices);
  await checkServer(url);

  let report: Report;
  try {
    const population = given ?? (await make(request, runId, plan));
    if (!flags.withLimits) await checkLimits(url, population.people[0]!.token);
    report = await measure(request, plan, share(population, plan.workers, flags.part));
    await keep(report, flags);
  } catch (error) {
    throw explain(error, url);
  } finally {
    if (!given) await clean(request, runId);
  }
  output.result(report, renderReport, judge(report, signal));
}

async function readPeople(path: string): Promise<Population> {
  try {
    return readPopulation(await Bun.file(path).text());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw usage(
      `${path}: ${code === "ENOENT" ? "there is no such file" : message}`,
      "`vibes load people chat-pairs > people.json` makes one, beside the server's database",
    );
  }
}

async function make({ name, globals, io, output, signal }: RunRequest, runId: string, plan: Plan) {
  output.note(`making ${plan.users} people, tagged load:${runId}`);
  return await makePeople(io, { ...globals, runId, layout: SCENARIOS[name].layout(plan.users), signal });
}

function usage(problem: string, hint: string): CliError {
  return new CliError(`Cannot run the load test: ${problem}`, { code: "USAGE", exitCode: EXIT.usage, hint });
}

function defaultUrl(io: Io, globals: ConfigOptions): string {
  const { host, port } = readConfig(io, globals);
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

async function measure(
  { flags, globals, io, output, signal }: RunRequest,
  plan: Plan,
  populations: readonly Population[],
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
      startAt: flags.startAt,
      onSlice: (slice) => view.add(slice),
      onStart: () => output.note(`${plan.warmupMs > 0 ? "warming up, then " : ""}running ${plan.scenario}`),
    });
    const gates = [...flags.slo, ...(plan.verify ? VERIFY_GATES : [])];
    const total = (name: keyof Population) => populations.reduce((sum, each) => sum + each[name].length, 0);
    return makeReport({ plan, result, gates, people: total("people"), conversations: total("links") });
  } finally {
    view.clear();
    input?.leave();
  }
}

/** @returns A signal that is aborted when standard input ends, and a function that stops listening. */
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

/** Writes a report to the files that were asked for. */
export async function keep(
  report: Report,
  { out, html, csv, prometheus }: Pick<RunRequest["flags"], "out" | "html" | "csv" | "prometheus">,
): Promise<void> {
  if (csv !== undefined) await Bun.write(csv, renderCsv(report));
  if (prometheus !== undefined) await Bun.write(prometheus, await renderPrometheus(report));
  if (out !== undefined) await Bun.write(out, `${JSON.stringify(report, null, 2)}\n`);
  if (html !== undefined) await Bun.write(html, renderHtml(report));
}

/** A failure here must not hide the report or an earlier error. */
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

/** @returns The failure that a report amounts to. */
export function judge(
  { verdict, slo, generator, rate, seconds }: Report,
  signal?: AbortSignal,
): CliError | undefined {
  if (signal?.aborted) {
    const { signal: name } = signal.reason as Interrupted;
    return new Interrupted(`Stopped after ${seconds} s: the report is of what ran until then`, {
      signal: name,
    });
  }
  if (verdict === "passed") return undefined;
  const failed = slo.filter(({ passed }) => !passed).map(({ gate }) => gate);
  const message =
    verdict === "invalid"
      ? `The run is INVALID: ${generator.problem ?? rate.problem}`
      : `${failed.length} of ${slo.length} gates failed: ${failed.join(", ")}`;
  const code = verdict === "invalid" ? "INVALID_RUN" : "SLO_FAILED";
  const late = "fewer operations, more --workers, or another machine for the generator";
  const slow = "a lower --rate, or --vus with --think 0, shows what the server can take";
  const hint = verdict !== "invalid" ? undefined : generator.valid ? slow : late;
  return new CliError(message, { code, exitCode: EXIT.gate, hint });
}
