/**
 * A PostgreSQL server for tests: one for all test processes of this checkout, started by the first that needs
 * it, ended by a watchdog when the last one is gone, however it went. Its data is worthless.
 * @module
 */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathKey } from "../../server/db/embedded/account.ts";
import {
  adopt,
  initData,
  launch,
  type Settings,
  type Site,
  urlOf,
} from "../../server/db/embedded/postmaster.ts";
import { lockWithin, type ProcessLock, tryLock } from "../../server/db/embedded/process_lock.ts";
import { clear, prepareSite } from "../../server/db/embedded/site.ts";

/** A server for tests. */
export interface TestCluster {
  /** Of the database `postgres`, as superuser. */
  readonly adminUrl: string;
  /** Of the postmaster: chaos tests stop and kill it. */
  readonly pid: number;
}

/** Nothing survives a crash, and nothing has to. */
const WORTHLESS: Settings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: 0,
  max_wal_size: "4GB",
  checkpoint_timeout: "1h",
  // Statistics are taken when a test asks; and a worker on the template would hold up cloning it.
  autovacuum: "off",
  max_connections: 400,
};

/** Settings for {@link openCluster} under which a crash loses nothing that was committed. */
export const DURABLE: Settings = { max_connections: 100 };

/** How {@link openCluster} is called. */
export interface ClusterOptions {
  /** Another cluster than the usual one: a test that stops or kills it must not do that to its neighbours. */
  readonly name?: string;
  /** Default: whatever is fast. */
  readonly settings?: Settings;
}

/** Joins the cluster, starting it when there is none; it stays up while this process lives. */
export async function openCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { name = "usual", settings = WORTHLESS } = options;
  // One for each user and checkout.
  const owner = `${process.getuid?.() ?? 0}-${pathKey(import.meta.dir)}`;
  const home = join(tmpdir(), `vibesmatch-test-${owner}-${name}`);
  mkdirSync(home, { recursive: true });
  const alive = await mustLock(join(home, "alive.lock"), "shared");
  keepForProcess(alive);
  const starting = await mustLock(join(home, "starting.lock"), "exclusive");
  try {
    const site = await prepareSite(join(home, "postgres"));
    const password = readPassword(home);
    const running = password === undefined ? undefined : await adopt(site);
    const cluster = running
      ? { adminUrl: urlOf(running, password as string, "postgres"), pid: running.pid }
      : await startAnew(site, { home, settings });
    watch(home, cluster.pid);
    return cluster;
  } finally {
    starting.release();
  }
}

async function startAnew(site: Site, options: { home: string; settings: Settings }): Promise<TestCluster> {
  await clear(site);
  const password = randomBytes(18).toString("base64url");
  writeFileSync(passwordFile(options.home), password, { mode: 0o600 });
  // Asking for the password in the clear, and hashing it once, makes connecting cheap.
  await initData(site, { password, auth: "password", args: ["--set", "scram_iterations=1"] });
  const postmaster = await launch(site, options.settings);
  return { adminUrl: urlOf(postmaster, password, "postgres"), pid: postmaster.pid };
}

function passwordFile(home: string): string {
  return join(home, "password");
}

function readPassword(home: string): string | undefined {
  return existsSync(passwordFile(home)) ? readFileSync(passwordFile(home), "utf8") : undefined;
}

async function mustLock(path: string, mode: "shared" | "exclusive"): Promise<ProcessLock> {
  const lock = await lockWithin(path, mode, 60_000);
  if (lock === undefined) throw new Error(`Cannot start the test database: ${path} stays locked`);
  return lock;
}

/** Every test file may have globals of its own; the process keeps one lock for all of them. */
function keepForProcess(lock: ProcessLock): void {
  const key = Symbol.for("vibesmatch.test.alive");
  const kept = process as unknown as Record<symbol, ProcessLock[]>;
  kept[key] = [...(kept[key] ?? []), lock];
}

/** Starts the watchdog unless one is on duty. */
function watch(home: string, pid: number): void {
  const onDuty = tryLock(join(home, "watchdog.lock"), "exclusive");
  if (onDuty === undefined) return;
  onDuty.release();
  const command = [process.execPath, join(import.meta.dir, "watchdog.ts"), home, String(pid)];
  // Left behind by a shell: the runner kills the children of a test file with the file.
  const options = { detached: true, stdio: "ignore", cwd: "/" } as const;
  spawn("/bin/sh", ["-c", '"$@" &', "sh", ...command], options).unref();
}
