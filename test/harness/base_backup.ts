/**
 * Base backups of a test cluster, taken while it runs: a copy of the files between pg_backup_start and pg_backup_stop,
 * and putting the cluster back to a point in time with one. The embedded PostgreSQL brings no pg_basebackup.
 * @module
 */
import { lchownSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { appendFile, cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { dataFolder, type Site } from "../../server/db/embedded/postmaster.ts";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

/** Of one server alone; the copy gets its own. */
const NOT_COPIED = new Set(["postmaster.pid", "postmaster.opts", "pg_replslot", "pg_wal", "pg_stat_tmp"]);
const EMPTY = ["pg_replslot", "pg_wal", "pg_stat_tmp"];

/** A copy of a cluster's files, and the write-ahead log since then, which the cluster keeps for it. */
export interface BaseBackup {
  /** Ends the server at once and starts it again as it was at that moment, on a timeline of its own. */
  restoreTo(time: string): Promise<void>;
}

/**
 * Copies the files of a running cluster into another folder, as a server that can start there.
 * @param slot Of replication: it keeps the write-ahead log from here on.
 */
export async function copyFiles(
  admin: postgres.Sql,
  { from, to, slot }: { from: Site; to: Site; slot: string },
): Promise<void> {
  await admin`select pg_create_physical_replication_slot(${slot}, true)`;
  await admin`select pg_backup_start(${slot}, true)`;
  const [source, target] = [dataFolder(from), dataFolder(to)];
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(source)) {
    if (NOT_COPIED.has(name)) continue;
    // Not cpSync: the caller's proxies run in this process and have to go on meanwhile.
    await cp(join(source, name), join(target, name), { recursive: true, preserveTimestamps: true });
  }
  for (const name of EMPTY) mkdirSync(join(target, name), { mode: 0o700 });
  const [stopped] = await admin<{ labelfile: string }[]>`select labelfile from pg_backup_stop(false)`;
  writeFileSync(join(target, "backup_label"), stopped!.labelfile, { mode: 0o600 });
}

/** Gives everything to the user who runs the server. */
export function own(path: string, site: Site): void {
  if (!site.account) return;
  lchownSync(path, site.account.uid, site.account.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) own(join(path, name), site);
}

/** Takes one now. What writes meanwhile goes on writing. */
export async function takeBaseBackup(cluster: TestCluster): Promise<BaseBackup> {
  const { site } = cluster;
  const copy: Site = { ...site, home: join(site.home, "backup") };
  const admin = postgres(cluster.adminUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    await copyFiles(admin, { from: site, to: copy, slot: "backup" });
  } finally {
    await admin.end();
  }
  return {
    async restoreTo(time) {
      await cluster.crash();
      const [data, gone] = [dataFolder(site), join(site.home, "gone")];
      await rename(data, gone);
      await rename(dataFolder(copy), data);
      const settings = {
        // A production server has an archive; here the log of the server that is gone stands for it.
        restore_command: `cp "${join(gone, "pg_wal")}/%f" "%p"`,
        recovery_target_time: time,
        recovery_target_action: "promote",
      };
      const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
      await appendFile(join(data, "postgresql.auto.conf"), lines.join(""));
      writeFileSync(join(data, "recovery.signal"), "", { mode: 0o600 });
      own(site.home, site);
      await cluster.restart();
      await eventually(() => isWritable(cluster.adminUrl), { withinMs: 30_000, what: "the end of recovery" });
      for (const folder of [gone, copy.home]) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isWritable(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    const [row] = await sql<{ recovers: boolean }[]>`select pg_is_in_recovery() as recovers`;
    return !row!.recovers;
  } catch {
    return false;
  } finally {
    await sql.end();
  }
}
