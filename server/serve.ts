/**
 * Runs the production server: context → application → listen → drain. It changes no schema: pending migrations keep
 * it from starting. `vibes serve` calls it, and so does `server/main.ts`, which is that command.
 * @module
 */
import { type Config, ConfigError } from "./config/mod.ts";
import { createContext } from "./context/mod.ts";
import { readSpread } from "./db/citus.ts";
import { askOnce } from "./db/client.ts";
import { mismatchOf } from "./db/engine.ts";
import { type OtherDatabaseError, watchDatabase } from "./db/installation.ts";
import { type MigrationState, status } from "./db/migrate/mod.ts";
import { declareSigningKey } from "./db/signing_key.ts";
import { onSignals, onUncaught } from "./lib/shutdown.ts";
import { VERSION } from "./lib/version.ts";
import { startServer } from "./listen.ts";
import type { Log } from "./log.ts";

/** The database lacks migrations that this server needs. */
export class SchemaError extends Error {
  /** Exit code of the command line: a gate failed. */
  readonly exitCode = 3;

  constructor(states: readonly MigrationState[]) {
    const lines = states.map(({ file, state }) => `${file} is ${state}`);
    const isPending = states.every(({ state }) => state === "pending");
    const advice = isPending
      ? "run `vibes migrate up`"
      : "`vibes migrate verify` says what to do about changed files";
    super(`Cannot serve: ${lines.join("; ")}; ${advice}`);
    this.name = "SchemaError";
  }
}

/** The server shut down in order after an uncaught exception, which it has logged. */
export class UncaughtError extends Error {
  readonly exitCode = 1;

  constructor(cause: unknown) {
    super("Stopped after an uncaught exception: see the log", { cause });
    this.name = "UncaughtError";
  }
}

/**
 * Serves until SIGTERM or SIGINT, then drains; a second signal exits at once. An uncaught exception drains, too, and
 * is thrown as {@link UncaughtError}, so that a supervisor starts a new process; so is, with Redis, a DATABASE_URL that
 * leads to another database than at the start.
 *
 * @returns Whether everything closed within its time.
 * @throws ConfigError without a database, SchemaError, ListenError, UnreachableError, UncaughtError,
 * OtherDatabaseError
 */
export async function serve(
  config: Config,
  { sharePort = false }: { /** Other workers listen on the same port. */ sharePort?: boolean } = {},
): Promise<boolean> {
  const databaseUrl = requireDatabase(config);
  await requireMigrated(databaseUrl);
  await requireEngine(databaseUrl, config);
  const context = await createContext(config);
  const stopped = Promise.withResolvers<string>();
  const off = onSignals(["SIGTERM", "SIGINT"], stopped.resolve, {
    onSecond: (signal) => process.exit(exitCodeOf(signal)),
    source: process,
  });
  let failure: UncaughtError | OtherDatabaseError | undefined;
  const letGo = onUncaught((error) => {
    context.metrics?.onUnexpected();
    context.log.fatal({ err: error }, "Uncaught exception");
    failure ??= new UncaughtError(error);
    stopped.resolve("an error");
  });
  const { redis } = context.backplane;
  const unwatch = redis && watchDatabase(context.database.sql, { prefix: redis.prefix, onChanged });
  function onChanged(error: OtherDatabaseError): void {
    context.log.fatal({}, error.message);
    failure ??= error;
    stopped.resolve("an error");
  }
  let clean = false;
  let ending: { readonly startedAt: number; readonly sockets: number } | undefined;
  try {
    const { databasePooler: pooler, jwtSecret } = context.config;
    await askOnce({ url: databaseUrl, pooler }, (sql) => declareSigningKey(sql, jwtSecret));
    const server = await startServer(context, { ...config, sharePort });
    const { url, metricsUrl } = server;
    const { mode } = config;
    context.log.info({ url, mode, ...(metricsUrl && { metrics_url: metricsUrl }), ...VERSION }, "Listening");
    const signal = await stopped.promise;
    context.log.info({ signal }, "Draining");
    const startedAt = performance.now();
    ending = { startedAt, sockets: await server.stop() };
  } finally {
    off();
    unwatch?.();
    clean = await context.close();
    letGo();
    if (ending) logEnd(context.log, ending);
  }
  if (failure) throw failure;
  return clean;
}

/** The last line of the log of a server that stopped in order. */
function logEnd(log: Log, { startedAt, sockets }: { startedAt: number; sockets: number }): void {
  const ms = Math.round(performance.now() - startedAt);
  log.info({ duration_ms: ms, sockets }, `Stopped after ${ms} ms, ${sockets} sockets drained`);
}

function requireDatabase({ databaseUrl }: Config): string {
  if (databaseUrl !== null) return databaseUrl;
  const fix = "postgres://user:password@host:5432/name; `vibes dev` brings a database of its own";
  throw new ConfigError([{ key: "DATABASE_URL", problem: "is required here", fix }]);
}

/** Migrations that this code does not know are accepted: a deploy migrates before it replaces servers. */
async function requireMigrated(url: string): Promise<void> {
  const missing = (await status({ url })).filter(({ state }) => state === "pending" || state === "changed");
  if (missing.length > 0) throw new SchemaError(missing);
}

async function requireEngine(url: string, { databasePooler: pooler, databaseEngine }: Config): Promise<void> {
  const found = await askOnce({ url, pooler }, readSpread);
  const mismatch = mismatchOf(databaseEngine, found);
  if (mismatch) throw new ConfigError([{ key: "DATABASE_ENGINE", ...mismatch }]);
}

function exitCodeOf(signal: string): number {
  return signal === "SIGINT" ? 130 : 143;
}
