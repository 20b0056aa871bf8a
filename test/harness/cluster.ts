/**
 * The PostgreSQL server that all test processes of a checkout share: the first one starts it, and a watchdog stops it
 * when the last has gone. It is not durable.
 * @module
 */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownFolder, pathKey } from "../../server/db/embedded/account.ts";
import {
  adopt,
  dataFolder,
  initData,
  launch,
  type Postmaster,
  type Settings,
  type Site,
  urlOf,
} from "../../server/db/embedded/postmaster.ts";
import { lockWithin, type ProcessLock, tryLock } from "../../server/db/embedded/process_lock.ts";
import { isAlive, sendSignal } from "../../server/db/embedded/processes.ts";
import { clear, prepareSite } from "../../server/db/embedded/site.ts";
import { eventually } from "./eventually.ts";
import { familyOf } from "./processes.ts";

/** A server for tests. */
export interface TestCluster {
  /** Of the database `postgres`, as superuser. */
  readonly adminUrl: string;
  readonly site: Site;
  readonly settings: Settings;
  /** Ends the server at once, as a crash would; only for a cluster with a name of its own. */
  crash(): Promise<void>;
  /** Starts it again after that, on the same port. */
  restart(): Promise<void>;
  /** Every process of the server stands still (SIGSTOP), and goes on. */
  freeze(): void;
  thaw(): void;
  /** Kills every process of the server (kill -9) and removes its files: the machine is gone. */
  destroy(): Promise<void>;
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
  /** Nobody joins it, and it leaves nothing behind. */
  readonly alone?: boolean;
  /** Default: whatever is fast. */
  readonly settings?: Settings;
}

/** Joins the cluster, starting it when there is none; it stays up while this process lives. */
export async function openCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { name = "usual", alone = false, settings = WORTHLESS } = options;
  // One for each user and checkout.
  const owner = `${process.getuid?.() ?? 0}-${pathKey(import.meta.dir)}`;
  const home = join(tmpdir(), `vibesmatch-test-${owner}-${name}${alone ? `-${process.pid}` : ""}`);
  ownFolder(home);
  // Never released: it goes with the process, or with the globals of the test file.
  await mustLock(join(home, "alive.lock"), "shared");
  const starting = await mustLock(join(home, "starting.lock"), "exclusive");
  try {
    const site = await prepareSite(join(home, "postgres"));
    const password = readPassword(home);
    const running = password === undefined ? undefined : await adopt(site);
    const cluster = running
      ? { adminUrl: urlOf(running, password as string, "postgres"), postmaster: running }
      : await startAnew(site, { home, settings });
    watch(home, { alone });
    return {
      adminUrl: cluster.adminUrl,
      site,
      settings,
      ...controls(site, { settings, postmaster: cluster.postmaster }),
    };
  } finally {
    starting.release();
  }
}

function controls(site: Site, state: { settings: Settings; postmaster: Postmaster }) {
  return {
    async crash() {
      sendSignal(state.postmaster.pid, "SIGQUIT");
      await eventually(() => !isAlive(state.postmaster.pid));
    },
    async restart() {
      state.postmaster = await launch(site, state.settings, state.postmaster.port);
    },
    freeze() {
      // The first one first: it would start others for those that stand still.
      for (const pid of familyOf(state.postmaster.pid)) sendSignal(pid, "SIGSTOP");
    },
    thaw() {
      for (const pid of familyOf(state.postmaster.pid)) sendSignal(pid, "SIGCONT");
    },
    async destroy() {
      const family = familyOf(state.postmaster.pid);
      for (const pid of family) sendSignal(pid, "SIGKILL");
      await eventually(() => !family.some(isAlive));
      await rm(dataFolder(site), { recursive: true, force: true });
    },
  };
}

async function startAnew(site: Site, options: { home: string; settings: Settings }) {
  await clear(site);
  const password = randomBytes(18).toString("base64url");
  writeFileSync(passwordFile(options.home), password, { mode: 0o600 });
  // Asking for the password in the clear, and hashing it once, makes connecting cheap.
  await initData(site, { password, auth: "password", args: ["--set", "scram_iterations=1"] });
  const postmaster = await launch(site, options.settings);
  return { adminUrl: urlOf(postmaster, password, "postgres"), postmaster };
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

/** Starts the watchdog unless one is on duty. */
function watch(home: string, { alone }: { alone: boolean }): void {
  const onDuty = tryLock(join(home, "watchdog.lock"), "exclusive");
  if (onDuty === undefined) return;
  onDuty.release();
  const command = [process.execPath, join(import.meta.dir, "watchdog.ts"), home, alone ? "alone" : "shared"];
  // Left behind by a shell: the runner kills the children of a test file with the file.
  const options = { detached: true, stdio: "ignore", cwd: "/" } as const;
  spawn("/bin/sh", ["-c", '"$@" &', "sh", ...command], options).unref();
}
