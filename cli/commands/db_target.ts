/**
 * Resolves the database that schema commands work on, without building the server's context: its URL, its name, and
 * whether it is protected.
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../server/config/mod.ts";
import { readEmbedded, startEmbedded } from "../../server/db/embedded/mod.ts";
import { sendSignal } from "../../server/db/embedded/processes.ts";
import { MigrationError } from "../../server/db/migrate/errors.ts";
import { serverRoleOf } from "../../server/db/server_role.ts";
import { requireName } from "../confirm.ts";
import type { Io } from "../output.ts";
import { type ConfigOptions, databaseUrls, readConfig, unreachable } from "./db_context.ts";

/** Global options, as commands hand them on. */
export interface TargetOptions extends ConfigOptions {
  /** False with --no-input. */
  readonly input?: boolean | undefined;
}

/** A database to work on. */
export interface Target {
  readonly config: Config;
  /** As the owner of the tables, past a pooler. */
  readonly url: string;
  /** The role of DATABASE_URL where another one owns the tables: it needs grants after a migration. */
  readonly serverRole: string | undefined;
  /** Of the database. */
  readonly name: string;
  /** Production: what destroys needs the name. */
  readonly isProtected: boolean;
}

/** @throws CliError, ConfigError */
export function readTarget(io: Io, options: TargetOptions): Target {
  const config = readConfig(io, { ...options, require: [] });
  const { url: serverUrl, ownerUrl: url } = databaseUrls(config);
  const isProtected = config.production || /^prod/i.test(options.env ?? "");
  return { config, url, serverRole: serverRoleOf(serverUrl, url), name: nameIn(url), isProtected };
}

/**
 * Runs `use` on the database. The embedded one is started for that long when it is not running: a schema that keeps
 * `vibes dev` from starting is repaired this way.
 *
 * @throws CliError when it does not answer.
 */
export async function withTarget<T>(
  io: Io,
  options: TargetOptions,
  use: (target: Target) => Promise<T>,
): Promise<T> {
  const stop = await wakeEmbedded(readConfig(io, { ...options, require: [] }));
  try {
    const target = readTarget(io, options);
    return await use(target).catch((error) => {
      const isAway = error instanceof MigrationError && error.kind === "Unreachable";
      throw isAway ? unreachable(target.url, error) : error;
    });
  } finally {
    await stop();
  }
}

/** Starts the embedded database if it is the one to use, has data and does not run. @returns What stops it again. */
async function wakeEmbedded(config: Config): Promise<() => Promise<void>> {
  const { databaseUrl, databaseDirectUrl, dataDir } = config;
  const pid = readEmbedded(dataDir)?.pid;
  const isRunning = pid !== undefined && sendSignal(pid, 0);
  const hasData = existsSync(join(dataDir, "postgres", "data"));
  if ((databaseDirectUrl ?? databaseUrl) !== null || isRunning || !hasData) return async () => {};
  const embedded = await startEmbedded({ dataDir });
  return () => embedded.stop();
}

/** In a protected environment, only with the database's name. @throws CliError */
export async function guard(
  io: Io,
  { name, isProtected }: Target,
  question: TargetOptions & { action: string; confirm: string | undefined },
): Promise<void> {
  if (isProtected) await requireName(io, { ...question, name });
}

function nameIn(url: string): string {
  const path = /^\w+:\/\/[^/?]*\/([^?]*)/.exec(url)?.[1] ?? "";
  return decodeURIComponent(path) || "postgres";
}
