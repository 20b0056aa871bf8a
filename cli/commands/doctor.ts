/**
 * `vibes doctor`: checks every dependency of a server on this machine and prints what is wrong and how to fix it.
 * @module
 */
import { examples } from "../help.ts";
import { asTyped, CliError, EXIT, type Style } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import type { Check } from "./doctor/checks.ts";

const MARK = {
  ok: (style: Style) => style.green("ok  "),
  warn: (style: Style) => style.yellow("warn"),
  fail: (style: Style) => style.red("FAIL"),
  skip: (style: Style) => style.dim("-   "),
} as const;

/** Adds `vibes doctor` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  program
    .command("doctor")
    .description("check the database, Redis, mail and machine of a server here; exit with 3 on a failure")
    .addHelpText("before", examples(io, ["doctor", "doctor --env staging --json"]))
    .action(async (_, command) => {
      const globals = command.optsWithGlobals();
      const output = deps.output(globals);
      const { examine } = await import("./doctor/examine.ts");
      const checks = await examine(io, globals);
      const broken = checks.filter(({ status }) => status === "fail");
      const data = { healthy: broken.length === 0, checks };
      const failure = new CliError(`${broken.length} of ${checks.length} checks failed: ${names(broken)}`, {
        code: "UNHEALTHY",
        exitCode: EXIT.gate,
        hint: broken[0]?.hint,
      });
      output.result(
        data,
        ({ checks: all }, style) => asTyped(render(all, style), io, globals),
        data.healthy ? undefined : failure,
      );
    });
}

function render(checks: readonly Check[], style: Style): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, status, detail, hint }) => {
      const line = `${MARK[status](style)}  ${name.padEnd(width)}  ${detail}`;
      return hint ? `${line}\n      ${" ".repeat(width)}  ${style.dim(hint)}` : line;
    })
    .join("\n");
}

function names(checks: readonly Pick<Check, "name">[]): string {
  return checks.map(({ name }) => name).join(", ");
}
