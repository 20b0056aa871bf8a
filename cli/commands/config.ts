/**
 * `vibes config show`: prints every configuration value and where it came from, with secrets hidden.
 * @module
 */
import { describeConfig } from "../../server/config/describe.ts";
import { examples } from "../help.ts";
import type { CliDeps, Program } from "../program.ts";
import { table } from "../text.ts";
import { readConfig } from "./db_context.ts";

/** Adds `vibes config …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const lines = ["config show --origin", "config show --env staging --json"];
  const config = program
    .command("config")
    .description("show the configuration")
    .addHelpText("before", examples(io, lines));

  config
    .command("show")
    .description("every key with its value, secrets hidden")
    .addHelpText("before", examples(io, ["config show", "config show --origin", "config show --json"]))
    .option("--origin", "also say where each value came from: flag, env, default, or which file")
    .action(({ origin = false }, command) => {
      const globals = command.optsWithGlobals();
      const rows = describeConfig(readConfig(io, { ...globals, require: [] })).map((row) =>
        origin ? row : { key: row.key, value: row.value },
      );
      deps.output(globals).result({ config: rows }, () =>
        table(
          ["KEY", "VALUE", ...(origin ? ["ORIGIN"] : [])],
          rows.map(({ key, value, ...from }) =>
            "origin" in from ? [key, value, from.file ? `file ${from.file}` : from.origin] : [key, value],
          ),
        ),
      );
    });
}
