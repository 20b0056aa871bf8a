/**
 * `vibes serve`: the production server, the same as `bun server/main.ts`, with the configuration's file and flags.
 * @module
 */
import { examples } from "../help.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { readConfig } from "./db_context.ts";

/** Adds `vibes serve` to the program. */
export function register(program: Program, deps: CliDeps): void {
  program
    .command("serve")
    .description("serve in production, on the database of DATABASE_URL")
    .addHelpText("before", examples(deps.io, ["serve", "serve --env staging --port 8080"]))
    .option("--host <address>", "address to listen on, instead of HOST")
    .option("--port <port>", "port to listen on, instead of PORT; 0 takes a free one")
    .action(async ({ host, port }, command) => {
      const flags = { HOST: host, PORT: port };
      const config = readConfig(deps.io, { ...command.optsWithGlobals(), flags });
      const { serve } = await import("../../server/main.ts");
      if (await serve(config)) return;
      throw new CliError("Cannot end in order: not everything closed in time", {
        code: "UNCLEAN_END",
        exitCode: EXIT.failed,
      });
    });
}
