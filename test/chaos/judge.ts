/**
 * Runs `vibes load run … --verify` as a process of its own against the load balancer while something is broken, and
 * reads its report.
 * @module
 */
import type { ScenarioName } from "../../cli/load/catalogue.ts";
import type { Report } from "../../cli/load/report_shape.ts";
import { eventually } from "../harness/eventually.ts";
import type { World } from "./world.ts";

/** What a row may want of its talk. */
export interface TalkOptions {
  /** @default "chat-pairs" */
  readonly scenario?: ScenarioName;
  /** Instead of the run's own. */
  readonly pairs?: number;
  readonly rate?: number;
  /** Whether people may be called offline: the fault takes longer than the grace, or people block each other. */
  readonly mayFlicker?: boolean;
}

interface Options extends TalkOptions {
  readonly pairs: number;
  readonly rate: number;
  /** Besides what is true of every talk. */
  readonly gates: readonly string[];
}

/** People who talk. */
export interface Talk extends AsyncDisposable {
  /** Waits until twenty more messages are stored. @returns Milliseconds. */
  flows(): Promise<number>;
  /** Lets them finish and reads everything back. @throws Error when the judge could not come to its end. */
  end(): Promise<Report>;
}

/** Nothing is due that is not confirmed in the end; the rest is in --verify itself. */
const GATES = ["errors==0", "unsent==0"];
/** As impatient as people who look at their phones. */
const PATIENCE = ["--retry", "500ms", "--ack-timeout", "2s"];
/** Two busy cores have servers, databases and the judge: its own lateness is judged by the gates' seconds. */
const LATE = ["--max-lag", "2s", "--min-rate", "0"];

/** Lets people begin to talk. */
export async function beginTalk(world: World, options: Options): Promise<Talk> {
  const { scenario = "chat-pairs", pairs, rate, gates, mayFlicker = false } = options;
  const all = [...GATES, ...gates, ...(mayFlicker ? [] : ["flickers==0"])];
  const shape = ["--users", String(2 * pairs), "--devices", "2", "--rate", String(rate), "--workers", "1"];
  const child = world.spawn(
    [
      ...["cli/main.ts", "load", "run", scenario, "--url", world.front.url, "--verify", "--json", "--keep"],
      ...["--until-eof", "--drain", "35s", ...shape, ...PATIENCE, ...LATE],
      ...all.flatMap((gate) => ["--slo", gate]),
    ],
    { env: world.keys(), openStdin: true },
  );
  await child.says(/running /);
  return {
    async flows() {
      const start = performance.now();
      const before = await world.countMessages();
      const flow = async () => (await world.countMessages().catch(() => 0)) >= before + 20;
      await eventually(flow, { withinMs: 60_000, what: "messages" });
      return Math.round(performance.now() - start);
    },
    async end() {
      child.endInput();
      const { code, stdout, stderr } = await child.ended;
      const { data } = stdout === "" ? {} : (JSON.parse(stdout) as { data?: Report });
      if (!data) throw new Error(`The judge ended with ${code}: ${stdout}${stderr}`);
      return data;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** What a report says about a talk. */
export interface Judged {
  readonly problems: readonly string[];
  readonly figures: readonly string[];
  /** From the mending to the last second in which one delivery of 100 took longer than a second, ms. */
  readonly liveMs: number;
}

/** A push takes milliseconds; what takes longer than this was read from the log. */
const PUSHED_MS = 1_000;
const SHOWN_ISSUES = 3;

/** @param mendedAt By Date.now(). */
export function judgeTalk(report: Report, mendedAt: number): Judged {
  const { counts, latencies, slo, verified, verdict, generator } = report;
  const failed = slo.filter(({ passed }) => !passed);
  const problems = failed.map(({ gate, got, unit }) => `${gate}: ${got === null ? "nothing" : got}${unit}`);
  if (verdict === "invalid") problems.push(`the judge was late: ${generator.problem}`);
  for (const { kind, detail } of verified?.issues.slice(0, SHOWN_ISSUES) ?? [])
    problems.push(`${kind}: ${detail}`);
  const { silence, spread, delivery } = latencies;
  const ms = (value: number | undefined) => `${String(Math.round(value ?? 0)).padStart(5)} ms`;
  const figures = [
    `sent ${String(counts.acked).padStart(5)}`,
    `lost ${counts.lost}  doubled ${counts.duplicated}  reordered ${counts.reordered}  flickers ${counts.flickers}`,
    `silent ${ms(silence?.max)}`,
    `spread p99 ${ms(spread?.p99)}  max ${ms(spread?.max)}`,
    `delivery p50 ${ms(delivery?.p50)}`,
  ];
  if (counts.leaked > 0) figures.push(`leaked ${counts.leaked}`);
  const slow = report.series.findLast(({ p99 }) => (p99 ?? 0) > PUSHED_MS);
  const liveAt = Date.parse(report.started_at) + ((slow?.second ?? -1) + 1) * 1_000;
  return { problems, figures, liveMs: Math.max(0, liveAt - mendedAt) };
}
