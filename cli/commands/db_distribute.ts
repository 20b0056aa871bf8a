/**
 * `vibes db distribute`: spreads what grows over the workers of a Citus cluster.
 * @module
 */
import { distribute } from "../../server/db/distribute.ts";
import { examples } from "../help.ts";
import { interruptible } from "../interrupt.ts";
import type { CliDeps, Group } from "../program.ts";
import { withTarget } from "./db_target.ts";

/** Adds the command to `vibes db`. */
export function registerDistribute(db: Group, { io, output }: CliDeps): void {
  db.command("distribute")
    .description("on Citus: spread messages, read_marks and user_events over the workers")
    .addHelpText("before", examples(io, ["db distribute"]))
    .addHelpText(
      "after",
      [
        "DATABASE_DIRECT_URL, or DATABASE_URL, leads to the coordinator, whose workers are registered; stop the servers",
        "first, and start them with DATABASE_ENGINE=citus. Each table is copied, and done once: run it again after an",
        "interruption. sql/README.md says what lives where, and what grows with workers.",
      ].join("\n"),
    )
    .option(
      "--ignore-servers",
      "also while servers seem to be connected: a pooler's, of servers that have ended",
    )
    .action(async ({ ignoreServers }, command) => {
      const globals = command.optsWithGlobals();
      const tables = await withTarget(io, globals, ({ url }) =>
        interruptible(io, (signal) => distribute({ url, refuseServers: !ignoreServers, signal })),
      );
      output(globals).result({ tables }, (result) => {
        const lines = result.tables.map(({ table, column, shards, changed }) => {
          const where = `${table}: ${shards} shards by ${column}`;
          return changed ? `Distributed ${where}` : `Nothing to do for ${where}`;
        });
        return [...lines, "All other tables stay on the coordinator"].join("\n");
      });
    });
}
