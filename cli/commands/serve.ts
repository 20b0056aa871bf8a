/**
 * `vibes serve`: the production server, alone or as several workers on one port.
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { examples } from "../help.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { explain, readConfig } from "./db_context.ts";
import { endWithParent, parseWorkers, serveWithWorkers } from "./serve_workers.ts";

/** Adds `vibes serve` to the program. */
export function register(program: Program, deps: CliDeps): void {
  // What the server starts for each uploaded picture where there is no script to run: in the executable.
  program.command("_decode-picture", { hidden: true }).action(async () => {
    const { decodeOnce } = await import("../../server/features/media/mod.ts");
    await decodeOnce();
  });
  program
    .command("serve")
    .description("serve in production, on the database of DATABASE_URL")
    .addHelpText(
      "before",
      examples(deps.io, ["serve", "serve --env staging --port 8080", "serve --workers 4"]),
    )
    .option("--host <address>", "address to listen on, instead of HOST")
    .option("--port <port>", "port to listen on, instead of PORT; 0 takes a free one")
    .option("--workers <count>", "processes that share the port, one a core; more than one needs REDIS_URL")
    .addOption(new Option("--worker", "is one of the workers").hideHelp())
    .action(async ({ host, port, workers, worker }, command) => {
      const flags = { HOST: host, PORT: port };
      const config = readConfig(deps.io, { ...command.optsWithGlobals(), flags });
      const count = workers === undefined || worker ? 1 : parseWorkers(workers);
      const { serve } = await import("../../server/serve.ts");
      const letGo = worker ? endWithParent() : undefined;
      try {
        const alone = () =>
          serve(config, { sharePort: worker === true }).catch((error: unknown) => {
            throw explain(error, config.databaseUrl!);
          });
        if (await (count > 1 ? serveWithWorkers({ count, config, io: deps.io }) : alone())) return;
      } finally {
        letGo?.();
      }
      throw new CliError("Cannot stop in order: not everything closed in time", {
        code: "UNCLEAN_END",
        exitCode: EXIT.failed,
      });
    });
}
