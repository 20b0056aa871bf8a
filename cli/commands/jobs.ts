/**
 * `vibes jobs`: lists, retries and deletes jobs of the durable queue. It works on the database directly; the servers
 * execute the jobs.
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { deleteJobOf, type ListedJob, reviveJobs, selectJobs } from "../../server/jobs/mod.ts";
import { examples } from "../help.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { table } from "../text.ts";
import { withContext } from "./db_context.ts";
import { readLimit } from "./users_options.ts";

const ID = "01a202ad-ca92-7677-9cb6-9690db67aaab";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Adds `vibes jobs …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const jobs = program
    .command("jobs")
    .description("inspect and manage the durable job queue")
    .addHelpText("before", examples(io, ["jobs list --failed", "jobs retry notice_mail"]));

  jobs
    .command("list")
    .description("list jobs, failed ones first")
    .addHelpText("before", examples(io, ["jobs list --failed", "jobs list --kind notice_mail --json"]))
    .option("--failed", "only failed ones")
    .option("--kind <kind>", "only of this kind")
    .option("--limit <count>", "at most so many", readLimit, 50)
    .action(async ({ failed = false, kind, limit }, command) => {
      const globals = command.optsWithGlobals();
      const found = await withContext(io, globals, ({ database }) =>
        selectJobs(database.sql, { failed, kind, limit }),
      );
      const rows = found.map(toJson);
      deps.output(globals).result({ jobs: rows }, () => renderJobs(rows));
    });

  jobs
    .command("retry")
    .description("retry failed jobs: one by its id, or all of a kind")
    .addHelpText("before", examples(io, [`jobs retry ${ID}`, "jobs retry notice_mail"]))
    .argument("<id-or-kind>", "what `vibes jobs list --failed` shows")
    .action(async (of, _, command) => {
      const globals = command.optsWithGlobals();
      const revived = await withContext(io, globals, ({ database }) => reviveJobs(database.sql, of));
      if (revived === 0) throw notFound("retry", `no job that was given up has the id or the kind ${of}`);
      deps.output(globals).result({ revived }, () => `${revived} will be tried again`);
    });

  jobs
    .command("delete")
    .description("delete a job; one that is running is kept")
    .addHelpText("before", examples(io, [`jobs delete ${ID}`]))
    .argument("<id>", "what `vibes jobs list` shows", readId)
    .action(async (id, _, command) => {
      const globals = command.optsWithGlobals();
      const isDeleted = await withContext(io, globals, ({ database }) => deleteJobOf(database.sql, id));
      if (!isDeleted) throw notFound("delete", `no job has the id ${id}, or it is running`);
      deps.output(globals).result({ deleted: id }, () => "deleted");
    });
}

function toJson({ id, kind, payload, attempts, runAt, failedAt, lastError }: ListedJob) {
  return {
    id,
    kind,
    payload,
    attempts,
    run_at: runAt.toISOString(),
    failed_at: failedAt?.toISOString() ?? null,
    last_error: lastError,
  };
}

function renderJobs(rows: readonly ReturnType<typeof toJson>[]): string {
  if (rows.length === 0) return "no jobs";
  const cells = rows.map(({ id, kind, attempts, run_at, failed_at, last_error }) => [
    id,
    kind,
    failed_at === null ? "waits" : "given up",
    String(attempts),
    failed_at ?? run_at,
    last_error ?? "",
  ]);
  return table(["id", "kind", "state", "attempts", "since or next at", "last error"], cells);
}

function notFound(action: string, state: string): CliError {
  return new CliError(`Cannot ${action} it: ${state}`, {
    code: "NOT_FOUND",
    exitCode: EXIT.usage,
    hint: "`vibes jobs list` shows the jobs",
  });
}

/** @throws InvalidArgumentError */
function readId(text: string): string {
  if (!UUID.test(text)) throw new InvalidArgumentError("Give the id of a job.");
  return text.toLowerCase();
}
