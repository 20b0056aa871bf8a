/**
 * `vibes db`: creates, drops and resets databases, declares that one was restored, writes the settings of the server's
 * role, and partitions what grows. Commands that destroy data require the database's name in every environment.
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import { createDatabase } from "../../server/db/client.ts";
import { declareFirst, declareHistory, liftLogs } from "../../server/db/history.ts";
import { makeDatabase, removeDatabase, status, up } from "../../server/db/migrate/mod.ts";
import { PARTITIONED, partition } from "../../server/db/partition.ts";
import { setRoleDefaults } from "../../server/db/server_role.ts";
import { requireName } from "../confirm.ts";
import { examples } from "../help.ts";
import { interruptible } from "../interrupt.ts";
import type { OutputOptions } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { explain } from "./db_context.ts";
import { registerDistribute } from "./db_distribute.ts";
import { type Target, type TargetOptions, withTarget } from "./db_target.ts";
import { stepToWire, tellStep } from "./migrate.ts";

const CONFIRM = ["--confirm <database>", "its name; typed at a terminal otherwise"] as const;

/** Adds `vibes db …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const db = program
    .command("db")
    .description("create, drop and reset databases")
    .addHelpText("before", examples(io, ["db create", "db reset --confirm=vibesmatch"]));

  db.command("create")
    .description("create the database that DATABASE_URL names, unless it exists")
    .addHelpText("before", examples(io, ["db create"]))
    .action(async (_, command) => {
      const globals = command.optsWithGlobals();
      const result = await withTarget(io, globals, async ({ url, name }) => {
        return { database: name, created: await makeDatabase({ url }) };
      });
      deps.output(globals).result(result, ({ database, created }) => {
        return created ? `Made the database ${database}` : `The database ${database} is there already`;
      });
    });

  db.command("drop")
    .description("drop the database of DATABASE_URL with everything in it")
    .addHelpText("before", examples(io, ["db drop --confirm=vibesmatch"]))
    .option(...CONFIRM)
    .action(async ({ confirm }, command) => {
      const globals = command.optsWithGlobals();
      const result = await destroy(
        globals,
        { action: "drop the database", confirm },
        async ({ url, name }) => {
          return { database: name, dropped: await removeDatabase({ url }) };
        },
      );
      deps.output(globals).result(result, ({ database, dropped }) => {
        return dropped ? `Dropped the database ${database}` : `There was no database ${database}`;
      });
    });

  db.command("reset")
    .description("drop the database, create it again and apply every migration")
    .addHelpText("before", examples(io, ["db reset --confirm=vibesmatch"]))
    .option(...CONFIRM)
    .action(async ({ confirm }, command) => {
      const globals = command.optsWithGlobals();
      const output = deps.output(globals);
      const result = await destroy(
        globals,
        { action: "empty the database", confirm },
        async ({ url, name, serverRole }) => {
          await removeDatabase({ url });
          await makeDatabase({ url });
          const steps = await up({ url, serverRole, onStep: (step) => tellStep(output, step) });
          await declareFirst(url);
          return { database: name, steps: steps.map(stepToWire) };
        },
      );
      output.result(
        result,
        ({ database, steps }) => `Made ${database} again, with ${steps.length} migrations`,
      );
    });

  db.command("restored")
    .description(
      "after a restored backup or an asynchronous failover: make every client load its lists anew, once",
    )
    .addHelpText("before", examples(io, ["db restored"]))
    .action(async (_, command) => {
      const globals = command.optsWithGlobals();
      const result = await withTarget(io, globals, async ({ url, name }) => {
        // Names a database that does not answer, as every command on the schema does.
        await status({ url });
        const database = createDatabase({ url, max: 1, deadlineMs: 0, applicationName: "vibes db restored" });
        try {
          const lifted = await liftLogs(database.sql);
          // Last: what is interrupted before it is still undeclared, and is done again.
          await declareHistory(database.sql);
          return { database: name, lifted };
        } finally {
          await database.close();
        }
      });
      deps.output(globals).result(result, ({ database, lifted }) => {
        return `Lifted the logs of ${lifted} people in ${database}: each of their clients loads its lists anew, once`;
      });
    });

  db.command("roles")
    .description(
      "write the server's settings on its role: for a pooler in transaction mode, which refuses to pass them on",
    )
    .addHelpText("before", examples(io, ["db roles"]))
    .action(async (_, command) => {
      const globals = command.optsWithGlobals();
      const result = await withTarget(io, globals, async ({ config, url }) => {
        return await setRoleDefaults(config.databaseUrl ?? url).catch((error: unknown) => {
          throw explain(error, config.databaseUrl ?? url);
        });
      });
      deps.output(globals).result(result, ({ role, database, settings }) => {
        const lines = Object.entries(settings).map(([name, value]) => `  ${name} = ${value}`);
        return [
          `Set for ${role} in ${database}:`,
          ...lines,
          "Open sessions keep what they had: RECONNECT on the pooler's console ends them",
        ].join("\n");
      });
    });

  db.command("partition")
    .description("put the rows of a table into many: `user_events` by day, `messages` by conversation")
    .addHelpText("before", examples(io, ["db partition user_events"]))
    .addHelpText(
      "after",
      [
        "Retention then drops a day of events instead of deleting its rows; sql/README.md has what both cost.",
        "Stop the servers first. `user_events` is read once; `messages` is copied and needs its size again.",
        "There is no way back but dump and restore.",
      ].join("\n"),
    )
    .addArgument(new Argument("<tables...>", "which").choices(PARTITIONED))
    .option(
      "--ignore-servers",
      "also while servers seem to be connected: a pooler's, of servers that have ended",
    )
    .action(async (tables, { ignoreServers }, command) => {
      const globals = command.optsWithGlobals();
      const steps = await withTarget(io, globals, ({ url, serverRole }) =>
        interruptible(io, (signal) =>
          partition({ url, serverRole, tables, refuseServers: !ignoreServers, signal }),
        ),
      );
      deps
        .output(globals)
        .result({ tables: steps }, (result) =>
          result.tables
            .map(({ table, changed, partitions }) =>
              changed
                ? `Put ${table} into ${partitions} tables`
                : `Nothing to do: ${table} has ${partitions} tables already`,
            )
            .join("\n"),
        );
    });

  registerDistribute(db, deps);

  async function destroy<T>(
    globals: TargetOptions & OutputOptions,
    question: { action: string; confirm: string | undefined },
    use: (target: Target) => Promise<T>,
  ): Promise<T> {
    return await withTarget(io, globals, async (target) => {
      await requireName(io, { ...globals, ...question, name: target.name });
      return await use(target);
    });
  }
}
