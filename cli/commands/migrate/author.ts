/**
 * `vibes migrate new|lint`: what somebody who writes a migration needs. No database.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { MIGRATIONS_FOLDER, readMigrations } from "../../../server/db/migrate/mod.ts";
import { examples } from "../../help.ts";
import { CliError, EXIT } from "../../output.ts";
import type { CliDeps, Group } from "../../program.ts";
import { type Finding, lint } from "./lint.ts";

const TEMPLATE = `-- What changes, and why.

-- up

-- down
`;

export function registerAuthoring(migrate: Group, deps: CliDeps): void {
  const { io } = deps;

  migrate
    .command("new")
    .description("begin a migration: a file with the next version")
    .addHelpText("before", examples(io, ["migrate new add_user_language"]))
    .argument("<name>", "what it does, in a few words")
    .option("--folder <path>", "into another folder than sql/migrations", MIGRATIONS_FOLDER)
    .action(async (name, { folder }, command) => {
      const words = name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "_")
        .replace(/^_+|_+$/g, "");
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
    .description("look for statements that lock or break a running system (squawk); exit with 3 on a finding")
    .addHelpText(
      "before",
      examples(io, ["migrate lint", "migrate lint sql/migrations/000003_moderation.sql"]),
    )
    .argument("[files...]", "all of sql/migrations by default")
    .action(async (files, _, command) => {
      const output = deps.output(command.optsWithGlobals());
      const paths = files.length > 0 ? files : await ownFiles();
      const missing = paths.filter((path) => !existsSync(path));
      if (missing.length > 0)
        throw usage(`there is no file ${missing.join(", ")}`, "name files of sql/migrations");
      const findings = await lint(paths.map((path) => ({ path, text: readFileSync(path, "utf8") })));
      output.result({ files: paths.length, findings }, () => tell(findings, paths.length));
      if (findings.length === 0) return;
      throw new CliError(`${findings.length} findings`, {
        code: "LINT",
        exitCode: EXIT.gate,
        hint: 'where it is meant, write "-- squawk-ignore <rule>" above the statement and say why',
        told: true,
      });
    });
}

async function ownFiles(): Promise<string[]> {
  const folder = relative(process.cwd(), MIGRATIONS_FOLDER);
  return (await readMigrations()).map(({ file }) => join(folder, file));
}

function tell(findings: readonly Finding[], files: number): string {
  if (findings.length === 0) return `${files} files, nothing found`;
  return findings
    .map(({ path, line, rule, message, help }) => {
      return `${path}:${line}: ${message} [${rule}]${help ? `\n    ${help}` : ""}`;
    })
    .join("\n");
}

function usage(why: string, hint: string): CliError {
  return new CliError(`Cannot go on: ${why}`, { code: "USAGE", exitCode: EXIT.usage, hint });
}
