/**
 * The server's context for commands that work on the database directly: its configuration, the same database and
 * the same signing secret as the server's, and what to do when one is missing. It starts no database.
 * @module
 */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { type Config, type Environment, loadConfig } from "../../server/config/mod.ts";
import type { Context } from "../../server/context/mod.ts";
import { readEmbedded } from "../../server/db/embedded/mod.ts";
import { MigrationError } from "../../server/db/migrate/errors.ts";
import { isForeignSigningKey } from "../../server/db/signing_key.ts";
import { AppError } from "../../server/protocol/errors.ts";
import { CliError, EXIT, type Io } from "../output.ts";

/** The global options that say where the configuration is. */
export interface ConfigOptions {
  readonly env?: string | undefined;
  readonly config?: string | undefined;
}

interface ReadOptions extends ConfigOptions {
  readonly flags?: Environment;
  /** @default what production requires */
  readonly require?: readonly string[];
}

/**
 * Reads the configuration: flags, then the environment, then the file that --config or --env names.
 *
 * @param options.flags Values from the command line, by key name.
 * @throws CliError or ConfigError, both usage.
 */
export function readConfig(io: Io, options: ReadOptions = {}): Config {
  return loadConfig(io.env, { ...fromFile(options), flags: options.flags, require: options.require });
}

/** The file that --config or --env names. @throws CliError */
export function fromFile({ env, config }: ConfigOptions) {
  if (env !== undefined && config !== undefined) {
    throw usage("Cannot read the configuration: --env and --config are both given", "give one of them");
  }
  if (env !== undefined && !/^[\w-]+$/.test(env)) {
    throw usage("Cannot read the configuration: --env takes a name", "for a path there is --config");
  }
  const filePath = config ?? (env === undefined ? undefined : `vibes.${env}.env`);
  return { filePath, file: filePath === undefined ? {} : readEnvFile(filePath) };
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, "utf8")) as Environment;
  } catch (error) {
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    throw usage(
      `Cannot read the configuration: ${path} (${code})`,
      "name a readable file of KEY=value lines",
    );
  }
}

function usage(message: string, hint: string): CliError {
  return new CliError(message, { code: "CONFIGURATION", exitCode: EXIT.usage, hint });
}

/**
 * How long a command waits for the database, ms. A server refuses after three seconds because its clients try again; a
 * command has one caller, who can press Ctrl-C. A name server's answer that is lost alone takes five seconds.
 */
const DEADLINE_MS = 30_000;

/**
 * Runs `use` with the context of the server that this configuration stands for, and closes it.
 *
 * @throws CliError when the database is not running, cannot be reached, has no schema, or is that of a server with
 * another signing secret.
 */
export async function withContext<T>(
  io: Io,
  options: ConfigOptions & {
    /** As the owner of the tables, who may truncate and analyze them. */ asOwner?: boolean;
    /** Signs tokens: refused with another secret than that of the database's servers. */ signs?: boolean;
  },
  use: (context: Context) => Promise<T>,
): Promise<T> {
  const config = readConfig(io, options);
  const { url, ownerUrl } = databaseUrls(config);
  const databaseUrl = options.asOwner ? ownerUrl : url;
  // DATABASE_DIRECT_URL, the owner's, does not lead through the pooler.
  const databasePooler = databaseUrl === url ? config.databasePooler : "none";
  // Only now: the whole server takes ten times as long to load as the rest of a command.
  const { createContext } = await import("../../server/context/mod.ts");
  // Silent: standard output belongs to the result, and failures are told by the command.
  const context = await createContext(
    { ...config, databaseUrl, databasePooler, logLevel: "silent" },
    { databaseDeadlineMs: DEADLINE_MS },
  ).catch((error: unknown) => {
    throw explain(error, databaseUrl);
  });
  try {
    if (options.signs) await requireOwnSecret(context);
    return await use(context);
  } catch (error) {
    throw explain(error, databaseUrl);
  } finally {
    await context.close();
  }
}

/** @throws CliError */
async function requireOwnSecret({ database, config }: Context): Promise<void> {
  if (!(await isForeignSigningKey(database.sql, config.jwtSecret))) return;
  const from = config.origins.JWT_SECRET === "file" ? ` (from ${config.files.JWT_SECRET})` : "";
  throw new CliError(
    `Cannot sign tokens: JWT_SECRET${from} is not that of the server on this database, which would refuse them`,
    {
      code: "FOREIGN_SECRET",
      exitCode: EXIT.usage,
      hint: "give the server's configuration: --env, --config, JWT_SECRET or JWT_SECRET_FILE",
    },
  );
}

/**
 * @returns The database as the server and as the owner of its tables: those of the configuration, or of the database
 * that `vibes dev` runs.
 * @throws CliError when there is neither.
 */
export function databaseUrls(config: Config): { readonly url: string; readonly ownerUrl: string } {
  const { databaseUrl, databaseDirectUrl, dataDir } = config;
  const url = databaseUrl ?? databaseDirectUrl;
  if (url !== null) return { url, ownerUrl: databaseDirectUrl ?? url };
  const embedded = readEmbedded(dataDir);
  if (embedded) return embedded;
  throw new CliError(`Cannot find a database: DATABASE_URL is not set and none runs in ${dataDir}`, {
    code: "DATABASE_NOT_RUNNING",
    exitCode: EXIT.unreachable,
    hint: "start one with `vibes dev` in another terminal, or set DATABASE_URL",
  });
}

/** @returns What a command says when its database does not answer or has no schema; any other error as it is. */
export function explain(error: unknown, databaseUrl: string): unknown {
  if (error instanceof AppError && error.code === "SERVICE_UNAVAILABLE") {
    return unreachable(databaseUrl, error.cause);
  }
  if (error instanceof MigrationError && error.kind === "Unreachable") return unreachable(databaseUrl, error);
  if ((error as { code?: unknown }).code === "42P01") {
    return new CliError("Cannot use the database: it has no schema, or an old one", {
      code: "MIGRATIONS_PENDING",
      exitCode: EXIT.gate,
      hint: "run `vibes migrate up`",
      cause: error,
    });
  }
  return error;
}

/** @returns What to say when a database does not answer, or refuses. */
export function unreachable(databaseUrl: string, cause: unknown): CliError {
  const { why, hint } = refusalOf(cause);
  return new CliError(`Cannot reach the database at ${addressOf(databaseUrl)}: ${why}`, {
    code: "DATABASE_UNREACHABLE",
    exitCode: EXIT.unreachable,
    hint,
    cause,
  });
}

/** A database that refuses is running: what to do differs. By SQLSTATE, and by the names of the system's errors. */
const REFUSALS: Readonly<Record<string, string>> = {
  "28P01": "it is running: correct the user or the password in DATABASE_URL",
  "28000":
    "it is running: pg_hba.conf or the role does not allow this login; correct DATABASE_URL or the server",
  "3D000": "it is running: correct the database's name in DATABASE_URL, or make it by `vibes db create`",
  "53300": "it is running: lower DATABASE_POOL, or raise max_connections",
  "08P01": "a pooler refuses a setting: set DATABASE_POOLER=transaction, then run `vibes db roles`, once",
  "57P03": "it is starting or stopping: try again in a moment",
  ENOTFOUND: "no such host: correct DATABASE_URL",
};

/** @returns What a driver's error says, and what to do. */
export function refusalOf(error: unknown): { readonly why: string; readonly hint: string } {
  let inner = error as { cause?: unknown; code?: string; message?: string } | undefined;
  while (inner?.cause && REFUSALS[inner.code ?? ""] === undefined) inner = inner.cause as typeof inner;
  const hint =
    REFUSALS[inner?.code ?? ""] ?? "is it running? check DATABASE_URL, or start one with `vibes dev`";
  return { why: inner?.message || inner?.code || "no answer", hint };
}

/** Host and database name: what helps to find a mistake, without the password. */
export function addressOf(databaseUrl: string): string {
  return databaseUrl.replace(/^\w+:\/\/(?:[^@/]*@)?/, "").replace(/\?.*$/, "");
}
