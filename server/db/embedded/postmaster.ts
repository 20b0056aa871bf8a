/**
 * The life of one PostgreSQL server on this machine: init, launch, adopt, stop. It decides nothing about where
 * its data is or who may use it.
 * @module
 */

import { spawn } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { readdir, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../../lib/ports.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { isAlive, readPidFile, sendSignal, servesData } from "./processes.ts";

/** Where a server lives and as whom it runs. */
export interface Site {
  /** Folder of ours that holds `data/` and `postgres.log`; the account can reach it. */
  readonly home: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
}

/** A server that accepts connections. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** Configuration parameters of the server, by name. */
export type Settings = Readonly<Record<string, string | number>>;

const SUPERUSER = "postgres";
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** @returns The URL of a database, for the superuser. */
export function urlOf({ port }: Postmaster, password: string, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

export function dataFolder(site: Site): string {
  return join(site.home, "data");
}

/** What {@link initData} needs to know. */
export interface InitOptions {
  readonly password: string;
  /** How the password is asked for. */
  readonly auth: "scram-sha-256" | "password";
  /** More arguments for initdb. */
  readonly args?: readonly string[];
}

/** Makes the data folder unless there is one. */
export async function initData(site: Site, { password, auth, args = [] }: InitOptions): Promise<void> {
  const data = dataFolder(site);
  if (existsSync(data)) return;
  for (const name of await readdir(site.home)) {
    if (name.startsWith("draft-")) await rm(join(site.home, name), { recursive: true, force: true });
  }
  // Made aside and moved, so that a data folder is always a whole one.
  const draft = join(site.home, `draft-${process.pid}`);
  const passwordFile = join(site.home, `draft-password-${process.pid}`);
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (site.account)
    for (const path of [draft, passwordFile]) chownSync(path, site.account.uid, site.account.gid);
  try {
    const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    const access = [`--auth=${auth}`, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`];
    await runToEnd(site, site.binaries.initdb, [
      "-D",
      draft,
      "--no-sync",
      "--no-instructions",
      ...locale,
      ...access,
      ...args,
    ]);
    await rename(draft, data);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Starts a server on the site's data and waits until it accepts connections.
 * @param port Tried first; absent or taken: a free one.
 */
export async function launch(site: Site, settings: Settings, port?: number): Promise<Postmaster> {
  const log = join(site.home, "postgres.log");
  if (existsSync(log) && statSync(log).size > MAX_LOG_BYTES) await truncate(log);
  for (let attempt = 1; ; attempt++) {
    const wanted = attempt === 1 ? port : undefined;
    const chosen = await freePort("127.0.0.1", wanted).catch(() => freePort("127.0.0.1"));
    const start = existsSync(log) ? statSync(log).size : 0;
    const pid = await spawnServer(site, { log, port: chosen, settings });
    if (await isReady(site, pid)) return { pid, port: chosen };
    const output = readFileSync(log, "utf8").slice(start);
    // Another process took the port in between.
    if (/could not bind/.test(output) && attempt < 3) continue;
    // Backends notice the sudden death of their server within a moment, and end.
    if (/shared memory block .* in use/.test(output) && attempt < 50) {
      await wait(100);
      continue;
    }
    throw new Error(`Cannot start PostgreSQL: ${lastComplaint(output)}; see ${log}`);
  }
}

/**
 * Finds a server that already runs on the site's data, waiting for it while it starts. Removes the traces of one
 * that died and whose pid is still taken: by its unreaped rest, or, after a restart of the machine, by another process.
 */
export async function adopt(site: Site): Promise<Postmaster | undefined> {
  const end = performance.now() + 30_000;
  for (;;) {
    const state = readPidFile(dataFolder(site));
    if (state === undefined) return undefined;
    // A dead server's file is left to the next server, which also looks after backends that outlived it.
    if (!sendSignal(state.pid, 0)) return undefined;
    if (!servesData(dataFolder(site), state.pid)) {
      await rm(join(dataFolder(site), "postmaster.pid"), { force: true });
      return undefined;
    }
    if (state.ready) return { pid: state.pid, port: state.port };
    if (performance.now() > end) {
      throw new Error(
        `Cannot use the database: process ${state.pid} holds ${dataFolder(site)} and does not get ready`,
      );
    }
    await wait(20);
  }
}

/** Ends a server in order: open transactions are rolled back, everything committed is on disk. */
export async function stop(pid: number): Promise<void> {
  for (const [signal, patienceMs] of [
    ["SIGINT", 15_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    if (!sendSignal(pid, signal)) return;
    const end = performance.now() + patienceMs;
    while (performance.now() < end) {
      if (!isAlive(pid)) return;
      await wait(10);
    }
  }
}

interface Launch {
  readonly log: string;
  readonly port: number;
  readonly settings: Settings;
}

/**
 * Through a shell that leaves the server behind as nobody's child: a test runner kills the children of a test
 * file with the file, and Ctrl-C is ours to handle, the database goes last.
 * @returns The server's pid.
 */
async function spawnServer(site: Site, { log, port, settings }: Launch): Promise<number> {
  const all: Settings = { listen_addresses: "127.0.0.1", unix_socket_directories: "", ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [site.binaries.postgres, "-D", dataFolder(site), "-p", String(port), ...args];
  // It quotes statements, and with them addresses of people.
  const output = openSync(log, "a", 0o600);
  fchmodSync(output, 0o600);
  const shell = spawn("/bin/sh", ["-c", '"$@" >&3 2>&3 3>&- & echo $!', "sh", ...command], {
    ...processOptions(site),
    detached: true,
    stdio: ["ignore", "pipe", "ignore", output],
  });
  closeSync(output);
  let pid = "";
  shell.stdout?.on("data", (chunk: Buffer) => {
    pid += chunk;
  });
  await new Promise((resolve) => shell.once("close", resolve).once("error", resolve));
  return Number(pid.trim() || -1);
}

async function isReady(site: Site, pid: number): Promise<boolean> {
  while (isAlive(pid)) {
    const state = readPidFile(dataFolder(site));
    if (state?.pid === pid && state.ready) return true;
    await wait(5);
  }
  return false;
}

async function runToEnd(site: Site, command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { ...processOptions(site), stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`Cannot run ${command}: ${error.message}`)));
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`Cannot run ${command}: ${lastComplaint(complaint)}`);
}

function processOptions({ home, account }: Site) {
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
  return { cwd: home, env, ...(account && { uid: account.uid, gid: account.gid }) };
}

function lastComplaint(output: string): string {
  const lines = output.trim().split("\n");
  return lines.findLast((line) => /FATAL|PANIC|error:/.test(line)) ?? lines.at(-1) ?? "it said nothing";
}
