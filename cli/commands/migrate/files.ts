/**
 * The subcommands of `vibes migrate` that need no database: `new` creates a migration file, `lint` checks files.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { MIGRATIONS_FOLDER, readMigrations } from "../../../server/db/migrate/mod.ts";
import { examples } from "../../help.ts";
import { CliError, EXIT } from "../../output.ts";
import type { CliDeps, Group } from "../../program.ts";
import { lint } from "./lint.ts";

/** What a migration looks like, for help. */
export const SQL_FILE = `
A migration is a file NNNNNN_name.sql with the statements under "-- up" and what takes them back under "-- down". Each
section runs in one transaction. Where a statement cannot (create index concurrently, vacuum), write "-- no-transaction"
above "-- up": the statements then run one by one, and one that fails leaves those before it in place. Where servers of
the version before would store wrong data afterwards, write "-- stop-servers" there: up and down then refuse while servers
are connected.`;
const TEMPLATE = `-- What changes, and why.
-- Each section runs in one transaction. Where a statement cannot (create index concurrently), put "-- no-transaction"
-- on a line of its own, here.

-- up

-- down
`;

/** Adds the subcommands to `vibes migrate`. */
export function addFileCommands(migrate: Group, deps: CliDeps): void {
  const { io } = deps;
  migrate
    .command("new")
    .description("create a migration file with the next version")
    .addHelpText("before", examples(io, ["migrate new add_user_language"]))
    .argument("<name>", "what it does, in a few words")
    .option("--folder <path>", "into another folder than sql/migrations", MIGRATIONS_FOLDER)
    .addHelpText("after", SQL_FILE)
    .action(async (name, { folder }, command) => {
      const words = (name.toLowerCase().match(/[a-z0-9]+/g) ?? []).join("_");
      if (words === "") throw usage(`"${name}" has no letters`, "give it a name such as add_user_language");
      if (!existsSync(folder))
        throw usage(`there is no folder ${folder}`, "make it, or name another in --folder");
      const newest = (await readMigrations(folder)).at(-1)?.version ?? 0;
      const path = join(folder, `${String(newest + 1).padStart(6, "0")}_${words}.sql`);
      writeFileSync(path, TEMPLATE, { flag: "wx" });
      deps.output(command.optsWithGlobals()).result({ path }, () => relative(process.cwd(), path));
    });

  migrate
    .command("lint")
    .description("find statements that lock or break a running system (squawk); exit with 3 on a finding")
    .addHelpText(
      "before",
      examples(io, ["migrate lint", "migrate lint sql/migrations/000003_moderation.sql"]),
    )
    .argument("[files...]", "all of sql/migrations by default")
    .action(async (files, _, command) => {
      const folder = relative(process.cwd(), MIGRATIONS_FOLDER);
      const own = files.length > 0 ? [] : (await readMigrations()).map(({ file }) => join(folder, file));
      const paths = [...files, ...own];
      const missing = paths.filter((path) => !existsSync(path));
      if (missing.length > 0)
        throw usage(`there is no file ${missing.join(", ")}`, "name files of sql/migrations");
      const findings = await lint(paths.map((path) => ({ path, text: readFileSync(path, "utf8") })));
      const failure = new CliError(`${findings.length} findings`, {
        code: "LINT",
        exitCode: EXIT.gate,
        hint: 'where it is meant, write "-- squawk-ignore <rule>" above the statement and say why',
      });
      const render = () => {
        if (findings.length === 0) return `${paths.length} files, nothing found`;
        return findings
          .map((found) => {
            const help = found.help ? `\n    ${found.help}` : "";
            return `${found.path}:${found.line}: ${found.message} [${found.rule}]${help}`;
          })
          .join("\n");
      };
      const data = { files: paths.length, findings };
      deps.output(command.optsWithGlobals()).result(data, render, findings.length > 0 ? failure : undefined);
    });
}

function usage(why: string, hint: string): CliError {
  return new CliError(`Cannot go on: ${why}`, { code: "USAGE", exitCode: EXIT.usage, hint });
}
