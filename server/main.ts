#!/usr/bin/env bun
/**
 * The production server: configuration → context → application → listen → drain. `vibes serve` is the same. It
 * changes no schema: migrations that are pending keep it from starting.
 * @module
 */
import { type Config, ConfigError, loadConfig } from "./config/mod.ts";
import { createContext } from "./context/mod.ts";
import { type MigrationState, status } from "./db/migrate/mod.ts";
import { onTermination, onUncaught } from "./lib/shutdown.ts";
import { startServer } from "./listen.ts";

/** The schema is not the one this server was written for. */
export class SchemaError extends Error {
  /** For the command line: a gate that did not open. */
  readonly exitCode = 3;

  constructor(states: readonly MigrationState[]) {
    const lines = states.map(({ file, state }) => `${file} is ${state}`);
    super(`Cannot serve: ${lines.join("; ")}; run \`vibes migrate up\``);
    this.name = "SchemaError";
  }
}

/** The process ended itself in order, because of an error of ours; the log has the error. */
export class UncaughtError extends Error {
  readonly exitCode = 1;

  constructor(cause: unknown) {
    super("Ended after an error that nobody caught: the log has it", { cause });
    this.name = "UncaughtError";
  }
}

/**
 * Serves until SIGTERM or SIGINT, then ends in order; a second signal ends at once. So does an error that nobody
 * caught: what was sent is finished, people go elsewhere, and whoever supervises the process starts a fresh one.
 *
 * @returns Whether everything closed well.
 * @throws ConfigError without a database, SchemaError, ListenError, UnreachableError, UncaughtError
 */
export async function serve(
  config: Config,
  { sharePort = false }: { /** Other processes of ours listen on it too. */ sharePort?: boolean } = {},
): Promise<boolean> {
  await requireMigrated(requireDatabase(config));
  const context = await createContext(config);
  const stopped = Promise.withResolvers<string>();
  const off = onTermination(stopped.resolve, { onSecond: (signal) => process.exit(exitCodeOf(signal)) });
  let uncaught: UncaughtError | undefined;
  const letGo = onUncaught((error) => {
    context.metrics?.onUnexpected();
    context.log.fatal({ err: error }, "Nobody caught this");
    uncaught ??= new UncaughtError(error);
    stopped.resolve("an error");
  });
  let clean = false;
  try {
    const server = await startServer(context, { ...config, sharePort });
    const { url, metricsUrl } = server;
    context.log.info({ url, mode: config.mode, ...(metricsUrl && { metrics_url: metricsUrl }) }, "Listening");
    const signal = await stopped.promise;
    context.log.info({ signal }, "Draining");
    await server.stop();
  } finally {
    off();
    clean = await context.close();
    letGo();
  }
  if (uncaught) throw uncaught;
  return clean;
}

function requireDatabase({ databaseUrl }: Config): string {
  if (databaseUrl !== null) return databaseUrl;
  const fix = "postgres://user:password@host:5432/name; `vibes dev` brings a database of its own";
  throw new ConfigError([{ key: "DATABASE_URL", problem: "is required here", fix }]);
}

/** Files that are newer than this code are none of its business: a deploy migrates first. */
async function requireMigrated(url: string): Promise<void> {
  const missing = (await status({ url })).filter(({ state }) => state === "pending" || state === "changed");
  if (missing.length > 0) throw new SchemaError(missing);
}

function exitCodeOf(signal: string): number {
  return signal === "SIGINT" ? 130 : 143;
}

async function main(): Promise<number> {
  try {
    return (await serve(loadConfig())) ? 0 : 1;
  } catch (error) {
    const { message, name, exitCode, stack } = error as Error & { exitCode?: number };
    const known = exitCode ?? (name === "ConfigError" ? 2 : undefined);
    process.stderr.write(`error: ${known === undefined ? stack : message}\n`);
    return known ?? 1;
  }
}

if (import.meta.main) {
  main().then((code) => {
    process.exitCode = code;
    // Whatever still holds the process has had its chance to close.
    setTimeout(() => process.exit(code), 2_000).unref();
  });
}
