/**
 * Runs Squawk over the forward part of each migration, with the rules that apply to one transaction per file.
 * @module
 */
import { dirname, join } from "node:path";
import { CliError, EXIT } from "../../output.ts";

/** A file to judge. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One thing that was found. */
export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
  readonly help: string | null;
}

/** Rules that do not fit, and why. */
const NOT_HERE = {
  "require-lock-timeout": "the engine sets it for every session",
  "require-statement-timeout": "the engine sets it for every session",
  "prefer-text-field": "varchar(20) and varchar(100) are the plan's; a check constraint names the values",
  "prefer-bigint-over-int": "counts and positions within one report or day do not outgrow it",
  "prefer-bigint-over-smallint": "a priority or a number of tries does not outgrow it",
} as const;

interface Report {
  readonly line: number;
  readonly rule_name: string;
  readonly message: string;
  readonly help: string | null;
}

/**
 * @returns What was found, file by file. `-- squawk-ignore <rule>` above a statement silences it.
 * @throws CliError when squawk is not installed: it is a development dependency.
 */
export async function lint(sources: readonly Source[]): Promise<Finding[]> {
  const program = findSquawk();
  const found = await Promise.all(sources.map((source) => lintOne(source, program)));
  return found.flat();
}

async function lintOne({ path, text }: Source, program: string): Promise<Finding[]> {
  const inTransaction = !/^--\s*no-transaction\s*$/m.test(text);
  const child = Bun.spawn(
    [
      process.execPath,
      program,
      "--reporter=json",
      `--stdin-filepath=${path}`,
      `--exclude=${Object.keys(NOT_HERE).join(",")}`,
      ...(inTransaction ? ["--assume-in-transaction"] : []),
    ],
    { stdin: Buffer.from(forward(text)), stdout: "pipe", stderr: "pipe" },
  );
  const [out, complaint] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  try {
    const reports = JSON.parse(out) as Report[];
    return reports.map(({ line, rule_name: rule, message, help }) => ({
      path,
      line: line + 1,
      rule,
      message,
      help,
    }));
  } catch (cause) {
    throw new CliError(`Cannot lint ${path}: ${complaint.trim() || "squawk said nothing"}`, {
      code: "LINT_BROKEN",
      exitCode: EXIT.failed,
      cause,
    });
  }
}

/** Rolling back destroys by nature: blanked, so that line numbers stay. */
function forward(text: string): string {
  const [up = "", down = ""] = text.split(/^(?=--\s*down\s*$)/m);
  return up + down.replace(/[^\n]/g, "");
}

function findSquawk(): string {
  try {
    return join(dirname(Bun.resolveSync("squawk-cli/package.json", import.meta.dir)), "js/bin/squawk");
  } catch (cause) {
    throw new CliError("Cannot lint: squawk-cli is not installed", {
      code: "NOT_INSTALLED",
      exitCode: EXIT.usage,
      hint: "install the development dependencies: bun install",
      cause,
    });
  }
}
