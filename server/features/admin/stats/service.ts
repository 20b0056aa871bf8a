/**
 * The numbers of the moderators' live screen: what the database knows, and what real time knows of its nodes.
 * @module
 */

import type { Database, Sql } from "../../../db/client.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { isOpen } from "../staff/fragments.ts";
import { type ActiveUsers, createActiveUsers } from "./active_users.ts";
import type { LiveStats, Stats } from "./schema.ts";

/** What the socket layer knows; it fills this port. */
export interface StatsSource {
  /** @returns The numbers of every node that has reported lately. It must answer at once, or throw. */
  live(): LiveStats | Promise<LiveStats>;
}

/** Without a socket layer there is nothing live. */
export const noLiveStats: StatsSource = {
  live: () => ({
    nodes: [],
    messages_per_second: null,
    delivery_ms: null,
    reconnects_per_minute: null,
    rate_limit_hits_per_minute: null,
  }),
};

interface StatsDeps {
  readonly db: Pick<Database, "sql">;
  readonly source?: StatsSource;
  readonly clock?: Clock;
}

/** However many screens ask, the database is asked once in this time. */
const MAX_AGE_MS = 1000;

/** See {@link createStatsService}. */
export type StatsService = ReturnType<typeof createStatsService>;

/** @returns The service of the numbers. */
export function createStatsService({ db, source = noLiveStats, clock = systemClock }: StatsDeps) {
  const readActive = createActiveUsers({ db, clock });
  let last: { readonly at: number; readonly stats: Promise<Stats> } | undefined;

  return {
    /** @returns Numbers at most a second old. @throws SERVICE_UNAVAILABLE */
    read(): Promise<Stats> {
      const now = clock.now();
      if (!last || now - last.at >= MAX_AGE_MS) {
        const stats = collect(db.sql, { source, readActive });
        last = { at: now, stats };
        // A failure is not worth keeping.
        stats.catch(() => {
          last = undefined;
        });
      }
      return last.stats;
    },
  };
}

interface Sources {
  readonly source: StatsSource;
  readonly readActive: () => Promise<ActiveUsers | null>;
}

async function collect(sql: Sql, { source, readActive }: Sources): Promise<Stats> {
  const [known, live, active] = await Promise.all([selectKnown(sql), source.live(), readActive()]);
  const { messages_last_minute, ...rest } = known;
  const connections = live.nodes.reduce((sum, node) => sum + node.connections, 0);
  return {
    ...rest,
    ...live,
    users_active: active,
    connections,
    messages_per_minute: messages_last_minute,
    messages_per_second: live.messages_per_second ?? Math.round((messages_last_minute / 60) * 10) / 10,
  };
}

type Known = Pick<Stats, "at" | "reports" | "users_online"> & { readonly messages_last_minute: number };

/**
 * Four index scans. Messages of the last minute are counted in messages_pkey: their ids are UUIDv7, whose first
 * 48 bits are the time, and there is no index on the time of messages alone.
 */
export async function selectKnown(sql: Sql): Promise<Known> {
  const [row] = await sql<{ known: Known }[]>`
    select jsonb_build_object(
      'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'reports', (
        select jsonb_build_object(
          'open', count(*),
          'overdue', count(*) filter (where r.due_at < now()),
          'unclaimed', count(*) filter (where r.claimed_by is null or r.claimed_until <= now()),
          'awaiting_confirmation', (
            select count(*) from sanctions s
            where s.kind = 'ban' and s.confirmed_at is null and s.lifted_at is null and s.until > now()
          )
        ) from user_reports r where ${isOpen(sql, "r")}
      ),
      'users_online', (select count(*) from users where is_online),
      'messages_last_minute', (
        select count(*) from messages where id >= (
          lpad(to_hex((extract(epoch from now() - interval '1 minute') * 1000)::bigint), 12, '0') || repeat('0', 20)
        )::uuid
      )
    ) as known
  `;
  return row!.known;
}
