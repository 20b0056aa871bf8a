/**
 * A real PostgreSQL of our own for development: nothing to install, data kept between runs. It owns the server
 * process and its files; migrations and demo data are the caller's.
 * @module
 */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { pathKey } from "./account.ts";
import {
  adopt,
  dataFolder,
  initData,
  launch,
  type Postmaster,
  type Site,
  stop,
  urlOf,
} from "./postmaster.ts";
import { lockHolder, lockWithin } from "./process_lock.ts";
import { sendSignal } from "./processes.ts";
import { prepareSite } from "./site.ts";

const DATABASE = "vibesmatch";
/** Owns nothing: migrations grant it what the server needs. */
const SERVER_ROLE = "vibes_server";

/** How {@link startEmbedded} is called. */
export interface EmbeddedOptions {
  /** Folder for everything that is kept between runs; made when absent. */
  readonly dataDir: string;
  /** Told what takes time, for people: "Creating the database". */
  readonly onProgress?: (what: string) => void;
}

/** A running server. */
export interface EmbeddedDatabase {
  /** Its database `vibesmatch` for the server: a role that owns no table. */
  readonly url: string;
  /** The same for who migrates: the superuser. */
  readonly ownerUrl: string;
  /** Of the postmaster. */
  readonly pid: number;
  /** Stops the server in order. */
  stop(): Promise<void>;
}

/** What other processes (the command line) find in `<dataDir>/postgres.json` while the server runs. */
export interface EmbeddedInfo {
  readonly url: string;
  readonly ownerUrl: string;
  readonly pid: number;
}

/**
 * Starts the server of a data folder, or adopts one that a killed owner left running.
 *
 * @throws Error naming the process when another one is using the folder, or what PostgreSQL complained of.
 *
 * @example
 * ```ts
 * const embedded = await startEmbedded({ dataDir: ".vibes", onProgress: console.log });
 * const database = createDatabase({ url: embedded.url });
 * ```
 */
export async function startEmbedded({ dataDir, onProgress }: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const folder = resolve(dataDir);
  mkdirSync(folder, { recursive: true });
  const lockFile = join(folder, "postgres.lock");
  const lock = await lockWithin(lockFile, "exclusive", 500);
  if (lock === undefined) {
    throw new Error(`Cannot start the database: process ${lockHolder(lockFile) ?? "?"} is using ${folder}`);
  }
  try {
    const site = await prepareSite(join(folder, "postgres"));
    const password = keepPassword(folder, site, "postgres.password");
    const serverPassword = keepPassword(folder, site, "server.password");
    const postmaster =
      (await adopt(site)) ?? (await start(site, { password, onProgress, port: usualPort(folder) }));
    await ensureDatabase(postmaster, password, serverPassword);
    const ownerUrl = urlOf(postmaster, password, DATABASE);
    const url = withUser(ownerUrl, SERVER_ROLE, serverPassword);
    const infoFile = join(folder, "postgres.json");
    writeSecret(infoFile, JSON.stringify({ url, ownerUrl, pid: postmaster.pid } satisfies EmbeddedInfo));
    const stopNow = () => void sendSignal(postmaster.pid, "SIGINT");
    process.once("exit", stopNow);
    return {
      url,
      ownerUrl,
      pid: postmaster.pid,
      async stop() {
        process.removeListener("exit", stopNow);
        await stop(postmaster.pid);
        rmSync(infoFile, { force: true });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** @returns Where the running server of a data folder is, or undefined; the server may have died since. */
export function readEmbedded(dataDir: string): EmbeddedInfo | undefined {
  try {
    const info = JSON.parse(readFileSync(join(dataDir, "postgres.json"), "utf8")) as EmbeddedInfo;
    // An older version left a note without the owner.
    return info.ownerUrl === undefined ? { ...info, ownerUrl: info.url } : info;
  } catch {
    return undefined;
  }
}

interface StartOptions {
  readonly password: string;
  readonly port: number;
  readonly onProgress?: ((what: string) => void) | undefined;
}

async function start(site: Site, { password, port, onProgress }: StartOptions): Promise<Postmaster> {
  if (!existsSync(dataFolder(site))) {
    onProgress?.("Creating the database");
    await initData(site, { password, auth: "scram-sha-256" });
  }
  onProgress?.("Starting the database");
  return await launch(site, { max_connections: 100 }, port);
}

/** The same in every run, if it is free, so that a URL somebody noted still works; below the ephemeral ports. */
function usualPort(folder: string): number {
  return 15_000 + (Number.parseInt(pathKey(folder), 16) % 10_000);
}

/** Made with the data and kept beside it. */
function keepPassword(folder: string, site: Site, name: string): string {
  const file = join(folder, name);
  if (existsSync(dataFolder(site)) && existsSync(file)) return readFileSync(file, "utf8");
  const password = randomBytes(24).toString("base64url");
  writeSecret(file, password);
  return password;
}

function writeSecret(file: string, text: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
}

/** Makes the database and the server's role, unless they are there. */
async function ensureDatabase(
  postmaster: Postmaster,
  password: string,
  serverPassword: string,
): Promise<void> {
  const admin = postgres(urlOf(postmaster, password, "postgres"), { max: 1, fetch_types: false });
  try {
    const found = await admin`select 1 from pg_database where datname = ${DATABASE}`;
    if (found.length === 0) await admin.unsafe(`create database ${DATABASE}`);
    const role = await admin`select 1 from pg_roles where rolname = ${SERVER_ROLE}`;
    // Passwords are base64url: nothing in them needs escaping.
    const change = role.length === 0 ? "create" : "alter";
    await admin.unsafe(`${change} role ${SERVER_ROLE} login password '${serverPassword}'`);
  } finally {
    await admin.end();
  }
}

function withUser(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}
