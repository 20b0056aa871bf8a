/**
 * `vibes load`: the options of load tests, the creation and removal of their users, and the output of reports. The load
 * generator is in cli/load.
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import { formatDuration, readSpan, spanOption } from "../durations.ts";
import { examples } from "../help.ts";
import { Interrupted, interruptible } from "../interrupt.ts";
import { countPeople, SCENARIOS, type Scenario, type ScenarioName } from "../load/catalogue.ts";
import type { Gate } from "../load/slo.ts";
import type { CliDeps, Program } from "../program.ts";
import { table } from "../text.ts";
import { NUMBERS, PERCENT, readGate, readMoment, readPart, readStages } from "./load_options.ts";
import { registerReports } from "./load_reports.ts";

const NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** Adds `vibes load …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const load = program
    .command("load")
    .description("run load tests against a server")
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
    .description("list the scenarios")
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
        "load run mixed-day --vus 50 --think 0 --warmup 5s --duration 1m --out report.json",
        "load run pictures --rate 2 --slo 'thumbnail.p99<5s'",
        "load run connect-storm --rate 300 --slo 'connect.p99<1s' --slo 'errors==0'",
      ]),
    )
    .addArgument(new Argument("<scenario>").choices(NAMES))
    .option("--url <address>", "the server; default: the address in the configuration")
    .option(
      "--rate <per second>",
      "open model: operations per second, however fast the server answers",
      NUMBERS.rate,
    )
    .option("--duration <time>", "such as 30s or 2m, at most 45m", readSpan)
    .option(
      "--stages <list>",
      "open model: time and target rate of each stage, such as 10s:100,30s:500,10s:0",
      readStages,
    )
    .option("--poisson", "open model: random (Poisson) arrivals instead of evenly spaced ones")
    .option(
      "--vus <count>",
      "closed model: virtual users, each of which waits for an answer before it goes on",
      NUMBERS.vus,
    )
    .addOption(
      spanOption("--think <time>", "closed model: pause between two operations; 0: full speed", 1_000),
    )
    .addOption(spanOption("--warmup <time>", "the same load before the measurement, not counted", 0))
    .option(
      "--start-at <time>",
      "begin at a moment, such as 2026-01-15T10:35:00Z: for several machines",
      readMoment,
    )
    .option("--users <count>", "users to create", NUMBERS.users)
    .option("--people <file>", "users printed by load people, instead of new ones; needs no database")
    .option("--part <k/n>", "use part k of n of these users, for runs on several machines", readPart)
    .option("--devices <count>", "sockets of each person, 1 to 8", NUMBERS.devices, 1)
    .option("--size <characters>", "length of a message, 16 to 1000", NUMBERS.size, 60)
    .option("--workers <count>", "generator threads", NUMBERS.workers, 2)
    .option("--verify", "record every message on every device and compare with the history at the end")
    .option(
      "--slo <gate>",
      "such as 'delivery.p99<250ms' or 'errors<1%'; may be repeated",
      readGate,
      [] as Gate[],
    )
    .option("--out <file>", "write the report as JSON, for load compare and load merge")
    .option("--csv <file>", "write one CSV row per second of the run")
    .option("--prometheus <file>", "write the totals as Prometheus metrics")
    .option("--html <file>", "write the report as one HTML page with charts")
    .option("--seed <number>", "seed of all random choices", NUMBERS.seed, 1)
    .addOption(spanOption("--max-lag <time>", "lateness of the generator (p99) that makes a run INVALID", 50))
    .option(
      "--min-rate <percent>",
      "share of the rate that must be reached, or the run is INVALID",
      PERCENT,
      95,
    )
    .addOption(spanOption("--drain <time>", "longest wait for what is under way at the end", 15_000))
    .option("--until-eof", "run until standard input ends, for as long as another process needs it")
    .option("--retry <time>", "a client's longest pause between reconnects, instead of 30s", readSpan)
    .option(
      "--ack-timeout <time>",
      "time after which a client resends an unanswered message, instead of 10s",
      readSpan,
    )
    .option("--with-limits", "measure a server whose rate limits are on")
    .option("--allow-remote", "load a server on another machine")
    .option("--keep", "keep the users that were created; load clean deletes them")
    .action(async (scenario, flags, command) => {
      const globals = command.optsWithGlobals();
      const { runScenario } = await import("./load_run.ts");
      await interruptible(io, (signal) =>
        runScenario({ name: scenario, flags, globals, io, output: deps.output(globals), signal }),
      );
    });

  load
    .command("people")
    .description(
      "create the users of a scenario, signed in for an hour, and print them for load run --people",
    )
    .addHelpText("before", examples(io, ["load people chat-pairs --users 100 > people.json"]))
    .addArgument(new Argument("<scenario>").choices(NAMES))
    .option("--users <count>", "users to create", NUMBERS.users)
    .action(async (name, { users }, command) => {
      const globals = command.optsWithGlobals();
      const { makePeople } = await import("./load_users.ts");
      const scenario: Scenario = SCENARIOS[name];
      const layout = scenario.layout(users ?? scenario.users((scenario.rate * scenario.durationMs) / 1_000));
      const runId = Bun.randomUUIDv7().replaceAll("-", "").slice(-12);
      const population = await interruptible(io, (signal) =>
        makePeople(io, { ...globals, runId, layout, signal }),
      );
      const output = deps.output(globals);
      output.note(`${population.people.length} people, tagged load:${runId}; load clean takes them away`);
      output.result(population, () => JSON.stringify(population));
    });

  registerReports(load, deps);

  load
    .command("clean")
    .description("delete users left by load tests")
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
