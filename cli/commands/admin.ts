/**
 * `vibes admin`: the moderators' dashboard, and the queue for scripts. It speaks to the server over the admin API,
 * never to the database.
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import type { Api } from "../../admin-tui/api.ts";
import type { LaunchOptions } from "../../admin-tui/launch.ts";
import type { ReportRow } from "../../admin-tui/wire.ts";
import { REPORT_REASONS } from "../../server/protocol/models.ts";
import { examples } from "../help.ts";
import { CliError, EXIT, type Io } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { pairs, table } from "../text.ts";
import { requireOneFormat, statsCsv, statsText, transparencyCsv, transparencyText } from "./admin_stats.ts";

const STATUSES = ["open", "closed", "all", "pending", "reviewed", "resolved", "dismissed"] as const;
const ACTIONS = ["none", "warn", "mute", "suspend", "ban"] as const;

/** Adds `vibes admin …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const admin = program
    .command("admin")
    .description("the moderators' dashboard; admin reports for scripts")
    .addHelpText("before", examples(io, ["admin", "admin --plain", "admin reports list --json"]))
    .option("--url <address>", "the server (VIBES_URL; http://127.0.0.1:3000)")
    .option(
      "--token-file <file>",
      "file with the tokens, mode 0600; written at sign-in (VIBES_ADMIN_TOKEN_FILE)",
    )
    .option("--readonly", "disable every change")
    .option("--by-report", "start with one row for each report instead of each person (p changes it)")
    .option("--plain", "lines instead of a screen, for screen readers and pipes")
    .action(async (_, command) => {
      const options = readOptions(command.optsWithGlobals(), io.env);
      const { launch } = await import("../../admin-tui/launch.ts");
      const { exitCode, error } = await launch(options, process);
      if (error !== undefined) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        io.stderr.write(`error: the dashboard has crashed; the terminal is as it was\n${text}\n`);
      }
      // Calls under way must not keep the process: nobody waits for their answers any more.
      await new Promise((resolve) => process.stdout.write("", resolve));
      process.exit(exitCode);
    });

  admin
    .command("stats")
    .description(
      "numbers of moderation over a time: speed, SLA, overturned decisions, by moderator and reason",
    )
    .addHelpText(
      "before",
      examples(io, ["admin stats", "admin stats --from 2026-01-01 --to 2026-02-01 --csv"]),
    )
    .option("--from <time>", "a day or a time, RFC 3339; 30 days before --to when absent")
    .option("--to <time>", "likewise, not included; now when absent")
    .option("--csv", "print CSV: metric,of,value")
    .action(async (options, command) => {
      const globals = command.optsWithGlobals();
      requireOneFormat(options, globals);
      const stats = await call(globals, (api) => api.moderationStats({ from: options.from, to: options.to }));
      deps.output(globals).result(stats, options.csv ? statsCsv : statsText);
    });

  admin
    .command("transparency")
    .description("transparency report: what was filed and decided, by month and reason, without names")
    .addHelpText("before", examples(io, ["admin transparency --from 2026-01-01 --to 2027-01-01 --csv"]))
    .option("--from <time>", "a day or a time, RFC 3339; 30 days before --to when absent")
    .option("--to <time>", "likewise, not included; now when absent")
    .option("--csv", "print CSV, a line a month and reason")
    .action(async (options, command) => {
      const globals = command.optsWithGlobals();
      requireOneFormat(options, globals);
      const stats = await call(globals, (api) => api.moderationStats({ from: options.from, to: options.to }));
      const { from, to, by_month } = stats;
      const render = () => (options.csv ? transparencyCsv(stats) : transparencyText(stats));
      deps.output(globals).result({ from, to, by_month }, render);
    });

  const reports = admin.command("reports").description("the queue of reports, for scripts");

  reports
    .command("list")
    .description("list reports, the most urgent first")
    .addHelpText("before", examples(io, ["admin reports list --reason scam --json"]))
    .addOption(new Option("--status <status>").choices(STATUSES).default("open" as const))
    .addOption(new Option("--reason <reason>").choices(REPORT_REASONS))
    .option("--assignee <who>", "me, none, or an id")
    .option("--after <cursor>", "the cursor of the page before")
    .option("--limit <count>", "at most so many, 1 to 200", readLimit, 50)
    .action(async (options, command) => {
      const globals = command.optsWithGlobals();
      const { status, reason, assignee, after: cursor, limit } = options;
      const page = await call(globals, (api) =>
        api.reports.list({ status, reason, assignee, cursor, limit }),
      );
      const data = { reports: page.rows, cursor: page.cursor };
      deps.output(globals).result(data, ({ reports: rows }) => listText(rows));
    });

  reports
    .command("show")
    .addHelpText("before", examples(io, ["admin reports show 01a202ad-ca92-7677-9cb6-9690db67aaab"]))
    .description("show one report; evidence texts only with --reveal")
    .argument("<id>")
    .option("--reveal", "include the evidence texts; recorded in the audit log")
    .action(async (id, { reveal = false }, command) => {
      const globals = command.optsWithGlobals();
      const report = await call(globals, (api) => api.reports.show(id, { reveal }));
      deps.output(globals).result({ report }, () => describe(report));
    });

  reports
    .command("claim")
    .addHelpText("before", examples(io, ["admin reports claim 01a202ad-ca92-7677-9cb6-9690db67aaab"]))
    .description("claim a report for ten minutes, or renew your claim")
    .argument("<id>")
    .action(async (id, _, command) => {
      const globals = command.optsWithGlobals();
      const report = await call(globals, (api) => api.reports.claim(id));
      deps.output(globals).result({ report }, () => describe(report));
    });

  reports
    .command("resolve")
    .description("decide a report that you have claimed")
    .addHelpText(
      "before",
      examples(io, [
        'admin reports resolve 01a202ad-ca92-7677-9cb6-9690db67aaab --decision dismissed --reason "No violation found"',
      ]),
    )
    .argument("<id>")
    .addOption(new Option("--decision <decision>").choices(["resolved", "dismissed"]).makeOptionMandatory())
    .addOption(new Option("--action <action>").choices(ACTIONS).default("none" as const))
    .requiredOption("--reason <text>", "with an action, the person reads it")
    .option("--hours <count>", "of a mute", Number)
    .option("--until <time>", "of a suspension, RFC 3339")
    .action(async (id, body, command) => {
      const globals = command.optsWithGlobals();
      const { decision, action, reason, hours, until } = body;
      const answer = await call(globals, (api) =>
        api.reports.resolve(id, { decision, action, reason, hours, until }),
      );
      deps.output(globals).result(answer, () => describe(answer.report));
    });

  /** One call, with the session of the environment or of the token file. */
  async function call<T>(globals: AdminFlags, work: (api: Api) => Promise<T>): Promise<T> {
    const { connectParts } = await import("../../admin-tui/launch.ts");
    const { api } = connectParts(readOptions(globals, io.env));
    try {
      return await work(api);
    } catch (error) {
      throw await asCliError(error);
    }
  }
}

interface AdminFlags {
  readonly url?: string | undefined;
  /** Shown in the dashboard's header; the host by default. */
  readonly env?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly readonly?: boolean | undefined;
  readonly plain?: boolean | undefined;
  readonly byReport?: boolean | undefined;
  /** False: no colours. */
  readonly color?: boolean | undefined;
}

/** @returns The options of a run: flags before the environment. */
function readOptions(flags: AdminFlags, env: Io["env"]): LaunchOptions {
  const url = flags.url ?? (env.VIBES_URL || "http://127.0.0.1:3000");
  return {
    url,
    place: flags.env ?? URL.parse(url)?.host ?? url,
    token: env.VIBES_ADMIN_TOKEN || undefined,
    tokenFile: flags.tokenFile ?? (env.VIBES_ADMIN_TOKEN_FILE || undefined),
    isReadonly: flags.readonly ?? false,
    isPlain: flags.plain ?? false,
    group: flags.byReport ? "report" : "person",
    colors: flags.color !== false && !env.NO_COLOR && env.TERM !== "dumb",
    env,
  };
}

async function asCliError(error: unknown): Promise<CliError> {
  const { failureOf } = await import("../../admin-tui/desk/failure.ts");
  const { kind, code, text, details } = failureOf(error);
  const exitCode = kind === "unreachable" ? EXIT.unreachable : kind === "invalid" ? EXIT.usage : EXIT.failed;
  const problems = Array.isArray(details)
    ? details.map((detail: { path?: string; message?: string }) => `${detail.path}: ${detail.message}`)
    : [];
  const hint =
    kind === "expired"
      ? "put the answer of `vibes users token <e-mail> --json` into VIBES_ADMIN_TOKEN"
      : undefined;
  return new CliError([text, ...problems].join("\n  "), { code, exitCode, hint, cause: error });
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new CliError("Cannot read --limit: it is a number from 1 to 200", {
    code: "USAGE",
    exitCode: EXIT.usage,
  });
}

function listText(rows: readonly ReportRow[]): string {
  return table(
    ["ID", "STATUS", "REASON", "REPORTED", "REPORTERS", "DUE", "CLAIMED BY"],
    rows.map((row) => [
      row.id,
      row.status,
      row.reason,
      row.reported.name,
      String(row.reporter_count),
      row.due_at.slice(0, 16),
      row.claim?.by.name ?? "",
    ]),
  );
}

function describe(row: ReportRow): string {
  return pairs({
    id: row.id,
    status: row.status,
    reason: row.reason,
    reported: `${row.reported.name} ${row.reported.id}`,
    reporter: `${row.reporter.name} ${row.reporter.id}`,
    created: row.created_at,
    due: row.due_at,
    claimed: row.claim ? `${row.claim.by.name} until ${row.claim.until}` : null,
    decision: row.resolution ? `${row.resolution.action}: ${row.resolution.reason}` : null,
  });
}
