/**
 * A streaming replica of a test cluster, in a process of its own: a base backup, then the write-ahead log as it is
 * written.
 * @module
 */

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { dataFolder, launch, type Postmaster, type Site } from "../../server/db/embedded/postmaster.ts";
import { sendSignal } from "../../server/db/embedded/processes.ts";
import { copyFiles, own } from "./base_backup.ts";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { withConnection } from "./one_connection.ts";
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
    await copyFiles(admin, { from: primarySite, to: site, slot: REPLICA });
    writeFileSync(join(dataFolder(site), "standby.signal"), "", { mode: 0o600 });
    own(site.home, site);
    const { username, password, hostname, port } = new URL(primary.adminUrl);
    const primaryInfo = `host=${hostname} port=${port} user=${username} password=${password} application_name=${REPLICA}`;
    const follow = {
      primary_conninfo: primaryInfo,
      primary_slot_name: REPLICA,
      // A primary that restarts is found again at once, not after five seconds.
      wal_retrieve_retry_interval: "200ms",
    };
    const postmaster = await launch(site, { ...settings, ...follow });
    await eventually(() => isStreaming(admin), { what: "a replica that streams" });
    await admin.unsafe(`alter system set synchronous_standby_names = '${REPLICA}'`);
    await admin`select pg_reload_conf()`;
    return controls({ primary, site, postmaster });
  } finally {
    await admin.end();
  }
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
  return {
    port: postmaster.port,
    urlOf,
    promote: () =>
      withConnection(urlOf(primary.adminUrl), async (sql) => {
        const [row] = await sql<{ done: boolean }[]>`select pg_promote(true, 10) as done`;
        if (!row!.done) throw new Error("Cannot promote the replica: it took longer than 10 s");
      }),
    caughtUp: () =>
      withConnection(primary.adminUrl, async (sql) => {
        const [now] = await sql<{ lsn: string }[]>`select pg_current_wal_lsn()::text as lsn`;
        const replayed = async () => {
          const rows = await sql`
            select from pg_stat_replication
            where application_name = ${REPLICA} and sync_state = 'sync' and replay_lsn >= ${now!.lsn}::pg_lsn
          `;
          return rows.length > 0;
        };
        await eventually(replayed, { what: "the replica" });
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
