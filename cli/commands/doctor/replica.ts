/**
 * The check of `vibes doctor` on DATABASE_REPLICA_URL: whether it is a standby of the same cluster as the database, and
 * near enough for servers to read it.
 * @module
 */
import type { Database } from "../../../server/db/client.ts";
import { REPLICA_MAX_LAG_MS } from "../../../server/db/replica.ts";
import { type Finding, fail, ok, warn } from "./checks.ts";
import { open } from "./database.ts";

const LOOK_MS = 20;

/** What a replica says of itself, beside its primary. */
export interface ReplicaFacts {
  readonly isStandby: boolean;
  readonly isSameCluster: boolean;
  /** How long it took to replay what the primary had written, ms; null: longer than servers put up with. */
  readonly behindMs: number | null;
  /** What it had not replayed at last. */
  readonly behindBytes: number;
}

export function checkReplica({ isStandby, isSameCluster, behindMs, behindBytes }: ReplicaFacts): Finding {
  const hint = "name a streaming replica of DATABASE_URL's server in DATABASE_REPLICA_URL, or leave it out";
  if (!isStandby) return fail("no standby: servers never read it", hint);
  if (!isSameCluster) return fail("a standby of another cluster: servers would read other data", hint);
  if (behindMs !== null) return ok(`a standby of this database, at most ${Math.ceil(behindMs)} ms behind`);
  return warn(
    `more than ${REPLICA_MAX_LAG_MS} ms and ${behindBytes.toLocaleString("en")} bytes behind: servers read the primary`,
    "see pg_stat_replication on the primary, pg_stat_wal_receiver and pg_is_wal_replay_paused() on the replica",
  );
}

/** @throws Error when one of the two does not answer, or `primaryUrl` is not the primary's. */
export async function askReplica(url: string, primaryUrl: string): Promise<ReplicaFacts> {
  const [primary, replica] = [open(primaryUrl), open(url)];
  try {
    const askedAt = performance.now();
    const [here] = await primary.sql<[{ identifier: string; lsn: string }]>`
      select system_identifier::text as identifier, pg_current_wal_lsn()::text as lsn from pg_control_system()
    `;
    const [there] = await replica.sql<[{ identifier: string; isStandby: boolean }]>`
      select system_identifier::text as identifier, pg_is_in_recovery() as is_standby from pg_control_system()
    `;
    const { isStandby } = there;
    const isSameCluster = here.identifier === there.identifier;
    if (!isStandby || !isSameCluster) return { isStandby, isSameCluster, behindMs: null, behindBytes: 0 };
    for (;;) {
      const behindBytes = await bytesBehind(replica, here.lsn);
      const ms = performance.now() - askedAt;
      if (behindBytes <= 0) return { isStandby, isSameCluster, behindMs: ms, behindBytes: 0 };
      if (ms > REPLICA_MAX_LAG_MS) return { isStandby, isSameCluster, behindMs: null, behindBytes };
      await Bun.sleep(LOOK_MS);
    }
  } finally {
    await Promise.all([primary.close(), replica.close()]);
  }
}

async function bytesBehind({ sql }: Database, lsn: string): Promise<number> {
  const [row] = await sql<[{ bytes: number }]>`
    select pg_wal_lsn_diff(${lsn}::text::pg_lsn, pg_last_wal_replay_lsn())::float8 as bytes
  `;
  return row.bytes;
}
