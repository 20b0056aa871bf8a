/**
 * `vibes load`: loads a server as its clients would, and judges how it took it. The work is in cli/load; here are the
 * options, the people before and after, and what is written where.
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import { examples } from "../help.ts";
import { Interrupted, interruptible } from "../interrupt.ts";
import { countPeople, SCENARIOS, type Scenario, type ScenarioName } from "../load/catalogue.ts";
import { formatDuration } from "../load/durations.ts";
import type { Gate } from "../load/slo.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { table } from "../text.ts";
import { NUMBERS, readGate, readNumber, readSpan, readStages } from "./load_options.ts";

const NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** Adds `vibes load …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const load = program
    .command("load")
    .description("load a server as its clients would")
    .addHelpText(
      "before",
      examples(io, [
        "load list",
        "load run chat-pairs --rate 200 --duration 30s --slo 'delivery.p99<250ms'",
        "load compare before.json after.json",
      ]),
    );

  load
    .command("list")
    .description("the scenarios")
    .addHelpText("before", examples(io, ["load list", "load list --json"]))
    .action((_, command) => {
      const scenarios = NAMES.map((name) => {
        const { doc, main, rate, durationMs, operations, layout, users }: Scenario = SCENARIOS[name];
        const people = countPeople(layout(users((rate * durationMs) / 1_000)));
        return { name, doc, main, rate, operations, duration: formatDuration(durationMs), users: people };
      });
      deps.output(command.optsWithGlobals()).result({ scenarios }, (data) =>
        table(
          ["SCENARIO", "WHAT", "BY DEFAULT", "PEOPLE", "MAIN LATENCY"],
          data.scenarios.map(({ name, doc, rate, operations, duration, users, main }) => [
            name,
            doc,
            `${rate} ${operations}/s for ${duration}`,
            String(users),
            main,
          ]),
        ),
      );
    });

  load
    .command("run")
    .description("run a scenario against a server with LIMITS=off")
    .addHelpText(
      "before",
      examples(io, [
        "load run chat-pairs",
        "load run chat-pairs --stages 10s:100,30s:500,10s:0 --verify --html report.html",
        "load run mixed-day --vus 50 --think 1s --duration 1m --out report.json",
        "load run connect-storm --rate 300 --slo 'connect.p99<1s' --slo 'errors==0'",
      ]),
    )
    .addArgument(new Argument("<scenario>").choices(NAMES))
    .option("--url <address>", "the server; by default where the configuration lets it listen")
    .option("--rate <per second>", "open model: operations a second, whatever the server does", NUMBERS.rate)
    .option("--duration <time>", "such as 30s or 2m, at most 45m", readSpan)
    .option("--stages <list>", "open model: rates to go to, such as 10s:100,30s:500,10s:0", readStages)
    .option("--poisson", "open model: arrivals at random, as from people, instead of evenly")
    .option("--vus <count>", "closed model: virtual users, each waiting for its answer", NUMBERS.vus)
    .option("--think <time>", "closed model: pause between two operations", readSpan, 1_000)
    .option("--users <count>", "people to make", NUMBERS.users)
    .option("--devices <count>", "sockets of each person, 1 to 8", NUMBERS.devices, 1)
    .option("--size <characters>", "length of a message, 16 to 1000", NUMBERS.size, 60)
    .option("--workers <count>", "threads that generate", NUMBERS.workers, 2)
    .option("--verify", "write every message down on every device, and read the history back in the end")
    .option(
      "--slo <gate>",
      "such as 'delivery.p99<250ms' or 'errors<1%'; may be repeated",
      readGate,
      [] as Gate[],
    )
    .option("--out <file>", "keep the report as JSON, for load compare")
    .option("--html <file>", "keep the report as one page with charts")
    .option("--seed <number>", "the same seed makes the same choices", NUMBERS.seed, 1)
    .option("--max-lag <time>", "lateness of the generator (p99) that makes a run INVALID", readSpan, 50)
    .option("--drain <time>", "longest wait for what is under way at the end", readSpan, 15_000)
    .option("--until-eof", "work until standard input ends: as long as something else goes on")
    .option("--retry <time>", "longest pause of a client before it tries again, instead of 30s", readSpan)
    .option("--ack-timeout <time>", "when a client sends again what has no answer, instead of 10s", readSpan)
    .option("--with-limits", "measure a server whose rate limits are on")
    .option("--allow-remote", "load a server on another machine")
    .option("--keep", "leave the people that were made; load clean takes them away")
    .action(async (scenario, flags, command) => {
      const globals = command.optsWithGlobals();
      const { runScenario } = await import("./load_run.ts");
      await interruptible(io, (signal) =>
        runScenario({ name: scenario, flags, globals, io, output: deps.output(globals), signal }),
      );
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
      const { compare, readReport, renderComparison } = await import("../load/compare.ts");
      const [a, b] = await Promise.all(
        [before, after].map(async (path) => {
          try {
            return readReport(await Bun.file(path).text());
          } catch (error) {
            const { code, message } = error as NodeJS.ErrnoException;
            const what = `Cannot compare: ${path}: ${code === "ENOENT" ? "there is no such file" : message}`;
            throw new CliError(what, { code: "USAGE", exitCode: EXIT.usage });
          }
        }),
      );
      const comparison = compare(a!, b!, { tolerance: tolerance ?? 10 });
      for (const warning of comparison.warnings) output.warn(warning);
      output.result(comparison, renderComparison);
      if (tolerance !== undefined && comparison.regressions.length > 0) {
        throw new CliError(`Worse by more than ${tolerance}%: ${comparison.regressions.join(", ")}`, {
          code: "REGRESSION",
          exitCode: EXIT.gate,
          told: true,
        });
      }
    });

  load
    .command("clean")
    .description("take away the people that load tests left")
    .addHelpText("before", examples(io, ["load clean"]))
    .action(async (_, command) => {
      const globals = command.optsWithGlobals();
      const { removePeople } = await import("./load_users.ts");
      const removed = await interruptible(io, (signal) =>
        removePeople(io, {
          ...globals,
          onProgress(gone) {
            if (signal.aborted) throw new Interrupted(`Interrupted: ${gone} people removed, others are left`);
          },
        }),
      );
      deps.output(globals).result({ removed }, (data) => `${data.removed} people removed`);
    });
}
