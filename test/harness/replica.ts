/**
 * A streaming replica of a test cluster, in a process of its own: a copy of the files between pg_backup_start and
 * pg_backup_stop, then the write-ahead log as it is written. The embedded PostgreSQL brings no pg_basebackup.
 * @module
 */
import { cpSync, lchownSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { dataFolder, launch, type Postmaster, type Site } from "../../server/db/embedded/postmaster.ts";
import { sendSignal } from "../../server/db/embedded/processes.ts";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { familyOf } from "./processes.ts";

/** A standby that follows. */
export interface Replica {
  readonly port: number;
  /** The address of a database of the primary, here. */
  urlOf(primaryUrl: string): string;
  /** Makes it the primary: it takes writes from now on. */
  promote(): Promise<void>;
  /** Waits until it has replayed what the primary has written until now. @returns The position. */
  caughtUp(): Promise<string>;
  /** Every process of it stands still (SIGSTOP), and goes on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Of one server alone; the copy gets its own. */
const NOT_COPIED = new Set(["postmaster.pid", "postmaster.opts", "pg_replslot", "pg_wal", "pg_stat_tmp"]);
const EMPTY = ["pg_replslot", "pg_wal", "pg_stat_tmp"];
/** Its name, and that of its folder below the primary's. */
export const REPLICA = "replica";

/**
 * Starts a replica, and lets the primary confirm nothing that is not on its disk, too (`synchronous_commit = on`):
 * what was confirmed survives the loss of the primary with all its files, and while the replica is away nobody is
 * confirmed anything.
 */
export async function startReplica(primary: TestCluster): Promise<Replica> {
  const { site: primarySite, settings } = primary;
  const site: Site = { ...primarySite, home: join(primarySite.home, REPLICA) };
  const admin = postgres(primary.adminUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    await copyFiles(admin, { from: primarySite, to: site });
    const { username, password, hostname, port } = new URL(primary.adminUrl);
    const primaryInfo = `host=${hostname} port=${port} user=${username} password=${password} application_name=${REPLICA}`;
    const follow = {
      primary_conninfo: primaryInfo,
      primary_slot_name: REPLICA,
      // A primary that restarts is found again at once, not after five seconds.
      wal_retrieve_retry_interval: "200ms",
    };
    const postmaster = await launch(site, { ...settings, ...follow });
    await eventually(() => isStreaming(admin), { withinMs: 15_000, what: "a replica that streams" });
    await admin.unsafe(`alter system set synchronous_standby_names = '${REPLICA}'`);
    await admin`select pg_reload_conf()`;
    return controls({ primary, site, postmaster });
  } finally {
    await admin.end();
  }
}

async function copyFiles(admin: postgres.Sql, { from, to }: { from: Site; to: Site }): Promise<void> {
  await admin`select pg_create_physical_replication_slot(${REPLICA}, true)`;
  await admin`select pg_backup_start(${REPLICA}, true)`;
  const [source, target] = [dataFolder(from), dataFolder(to)];
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(source)) {
    if (NOT_COPIED.has(name)) continue;
    cpSync(join(source, name), join(target, name), { recursive: true, preserveTimestamps: true });
  }
  for (const name of EMPTY) mkdirSync(join(target, name), { mode: 0o700 });
  const [stopped] = await admin<{ labelfile: string }[]>`select labelfile from pg_backup_stop(false)`;
  writeFileSync(join(target, "backup_label"), stopped!.labelfile, { mode: 0o600 });
  writeFileSync(join(target, "standby.signal"), "", { mode: 0o600 });
  own(to.home, from);
}

/** Gives everything to the user who runs the server. */
function own(path: string, site: Site): void {
  if (!site.account) return;
  lchownSync(path, site.account.uid, site.account.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) own(join(path, name), site);
}

async function isStreaming(sql: postgres.Sql): Promise<boolean> {
  const rows =
    await sql`select from pg_stat_replication where application_name = ${REPLICA} and state = 'streaming'`;
  return rows.length > 0;
}

function controls(state: { primary: TestCluster; site: Site; postmaster: Postmaster }): Replica {
  const { primary, site, postmaster } = state;
  function urlOf(primaryUrl: string): string {
    const url = new URL(primaryUrl);
    url.port = String(postmaster.port);
    return url.href;
  }
  async function ask<T>(url: string, question: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
    try {
      return await question(sql);
    } finally {
      await sql.end();
    }
  }
  return {
    port: postmaster.port,
    urlOf,
    promote: () =>
      ask(urlOf(primary.adminUrl), async (sql) => {
        const [row] = await sql<{ done: boolean }[]>`select pg_promote(true, 10) as done`;
        if (!row!.done) throw new Error("Cannot promote the replica: it took longer than 10 s");
      }),
    caughtUp: () =>
      ask(primary.adminUrl, async (sql) => {
        const [now] = await sql<{ lsn: string }[]>`select pg_current_wal_lsn()::text as lsn`;
        const replayed = async () => {
          const rows = await sql`
            select from pg_stat_replication
            where application_name = ${REPLICA} and sync_state = 'sync' and replay_lsn >= ${now!.lsn}::pg_lsn
          `;
          return rows.length > 0;
        };
        await eventually(replayed, { withinMs: 10_000, what: "the replica" });
        return now!.lsn;
      }),
    freeze() {
      for (const pid of familyOf(postmaster.pid)) sendSignal(pid, "SIGSTOP");
    },
    thaw() {
      for (const pid of familyOf(postmaster.pid)) sendSignal(pid, "SIGCONT");
    },
    async stop() {
      for (const pid of familyOf(postmaster.pid)) sendSignal(pid, "SIGKILL");
      rmSync(site.home, { recursive: true, force: true });
    },
  };
}
