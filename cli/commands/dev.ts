/**
 * `vibes dev`: starts a development server in one process: an embedded database (unless DATABASE_URL names one), its
 * migrations, demo users and the server; stops all of them together.
 * @module
 */
import { mkdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Config } from "../../server/config/mod.ts";
import { startEmbedded } from "../../server/db/embedded/mod.ts";
import { lockHolder } from "../../server/db/embedded/process_lock.ts";
import { declareFirst } from "../../server/db/history.ts";
import { MigrationError, up } from "../../server/db/migrate/mod.ts";
import { serverRoleOf } from "../../server/db/server_role.ts";
import { declareSigningKey } from "../../server/db/signing_key.ts";
import { examples } from "../help.ts";
import { aborted, interruptible } from "../interrupt.ts";
import { CliError, EXIT, type Output } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { addressOf, type ConfigOptions, explain, readConfig } from "./db_context.ts";
import { banner, type Ready, tokenCommand } from "./dev_banner.ts";
import { alreadyRuns, leaveNote, portTaken, requireAlone, requireFree } from "./dev_note.ts";

/** How long requests in flight may take when somebody waits for the prompt, ms. */
const GRACE_MS = 1_000;

/** Adds `vibes dev` to the program. */
export function register(program: Program, deps: CliDeps): void {
  program
    .command("dev")
    .description("start a development server with a database and demo users")
    .addHelpText("before", examples(deps.io, ["dev", "dev --port 4000", "dev --no-demo"]))
    .option("--host <address>", "address to listen on, instead of HOST")
    .option("--port <port>", "port to listen on, instead of PORT; 0 takes a free one")
    .option("--no-demo", "create no demo users in an empty database")
    .action(async ({ host, port, demo }, command) => {
      const globals = command.optsWithGlobals();
      const config = readConfig(deps.io, { ...globals, flags: { HOST: host, PORT: port } });
      if (config.production) {
        throw new CliError("Cannot run `vibes dev`: NODE_ENV is production", {
          code: "PROTECTED",
          exitCode: EXIT.usage,
          hint: "`vibes serve` is the production server",
        });
      }
      const output = deps.output(globals);
      await interruptible(deps.io, (signal) => dev({ config, signal, output, demo, deps, options: globals }));
    });
}

interface Run {
  readonly config: Config;
  readonly signal: AbortSignal;
  readonly output: Output;
  /** Whether an empty database gets demo people. */
  readonly demo: boolean;
  readonly deps: CliDeps;
  readonly options: ConfigOptions;
}

async function dev(run: Run): Promise<void> {
  const { config, signal, output } = run;
  const startedAt = performance.now();
  const closings: (() => unknown)[] = [];
  try {
    makeDataDir(config.dataDir);
    await requireFree(config);
    // The server's modules load while the database starts.
    const modules = Promise.all([
      import("../../server/context/mod.ts"),
      import("../../server/listen.ts"),
      import("./dev_demo.ts"),
    ]);
    const database = await openDatabase(run);
    closings.push(database.close);
    signal.throwIfAborted();
    const { url, ownerUrl } = database;
    const steps = await up({ url: ownerUrl, serverRole: serverRoleOf(url, ownerUrl) }).catch(
      (error: Error) => {
        throw config.databaseUrl === null ? orBeginAnew(error, config.dataDir) : explain(error, ownerUrl);
      },
    );
    if (steps.length > 0) output.note(`Migrated: ${steps.length} files, up to ${steps.at(-1)!.file}`);
    await declareFirst(ownerUrl);
    const [{ createContext }, { startServer }, { findDemo, makeDemo }] = await modules;
    const context = await createContext(
      { ...config, databaseUrl: database.url },
      { logTo: run.deps.io.stderr },
    );
    closings.push(() => context.close());
    signal.throwIfAborted();
    if (run.demo && (await makeDemo(context))) output.note("Demo people made");
    await declareSigningKey(context.database.sql, context.config.jwtSecret);
    const server = await startServer(context, { ...config, demo: true }).catch(
      (error: Error & { code?: string }) => {
        throw error.code === "EADDRINUSE" ? portTaken(config) : error;
      },
    );
    closings.push(() => server.stop(GRACE_MS));
    closings.push(leaveNote(config.dataDir, server.url));
    const ready: Ready = {
      url: server.url,
      database: database.description,
      demo: await findDemo(context),
      invocation: invocationHere(run),
      startedInMs: performance.now() - startedAt,
    };
    output.result(describe(ready), () => banner(ready, output.style));
    await aborted(signal);
    output.note("Stopping");
  } finally {
    for (const close of closings.reverse()) await close();
  }
  output.note("Stopped");
}

interface OpenDatabase {
  readonly url: string;
  readonly ownerUrl: string;
  readonly description: string;
  readonly close: () => unknown;
}

async function openDatabase({ config, output }: Run): Promise<OpenDatabase> {
  const { databaseUrl, databaseDirectUrl, dataDir } = config;
  if (databaseUrl !== null) {
    const ownerUrl = databaseDirectUrl ?? databaseUrl;
    return { url: databaseUrl, ownerUrl, description: addressOf(databaseUrl), close: () => {} };
  }
  try {
    const embedded = await startEmbedded({ dataDir, onProgress: (what) => output.note(what) });
    return {
      url: embedded.url,
      ownerUrl: embedded.ownerUrl,
      description: `PostgreSQL of its own (pid ${embedded.pid}), kept in ${shown(dataDir)}`,
      close: () => embedded.stop(),
    };
  } catch (error) {
    const holder = lockHolder(resolve(dataDir, "postgres.lock"));
    if (holder === undefined || !/is using/.test((error as Error).message)) throw error;
    await requireAlone(dataDir);
    throw alreadyRuns(holder);
  }
}

function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    const { code = "unusable" } = error as NodeJS.ErrnoException;
    throw dataDirUnusable(dataDir, code);
  }
}

function dataDirUnusable(dataDir: string, code: string): CliError {
  return new CliError(`Cannot use the data folder ${resolve(dataDir)}: ${code}`, {
    code: "DATA_DIR_UNUSABLE",
    exitCode: EXIT.usage,
    hint: "name a folder that you may write to in DATA_DIR",
  });
}

/** Adds to the hint that the demo database can simply be deleted. */
function orBeginAnew(error: Error, dataDir: string): Error {
  if (!(error instanceof MigrationError) || error.kind !== "Drift") return error;
  return new CliError(error.message, {
    code: "SCHEMA_DIFFERS",
    exitCode: EXIT.drift,
    hint: `${error.hint}; or begin anew with \`rm -r ${shown(dataDir)}\`, which drops the demo database`,
    cause: error,
  });
}

/** The commands that are printed find the database the same way as this one did. */
function invocationHere({ config, options, deps: { io } }: Run): string {
  const { invocation = "vibes" } = io;
  const given = config.origins.DATA_DIR === "env" ? `DATA_DIR=${shown(config.dataDir)} ` : "";
  const env = options.env === undefined ? "" : ` --env ${options.env}`;
  const file = options.config === undefined ? "" : ` --config ${options.config}`;
  return `${given}${invocation}${env}${file}`;
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? resolve(path) : short || ".";
}

/** What --json prints. */
function describe(ready: Ready) {
  const { url, demo } = ready;
  return {
    url,
    api: `${url}/api/v1`,
    docs: `${url}/docs`,
    demo: `${url}/demo`,
    people: demo
      ? [demo.ada, demo.ben, demo.mo].map((person) => ({
          ...person,
          token_command: tokenCommand(person, ready),
        }))
      : [],
    started_in_ms: Math.round(ready.startedInMs),
  };
}
