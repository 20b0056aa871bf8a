/**
 * The numbers of the moderators' live screen: what the database knows, and what the socket layer knows of its nodes.
 * @module
 */

import type { Database, Sql } from "../../../db/client.ts";
import type { Fragment } from "../../../db/fragments.ts";
import { Cached } from "../../../lib/cached.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { isOpen } from "../staff/fragments.ts";
import { ActiveUsersCount } from "./active_users.ts";
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
  readonly source?: StatsSource | undefined;
  readonly clock?: Clock | undefined;
}

/** However many screens ask, the database is asked once in this time. */
const MAX_AGE_MS = 1000;

/** See {@link createStatsService}. */
export type StatsService = ReturnType<typeof createStatsService>;

/** @returns The service of the numbers. */
export function createStatsService({ db, source = noLiveStats, clock = systemClock }: StatsDeps) {
  const activeUsers = new ActiveUsersCount({ db, clock });
  const numbers = new Cached(() => collect(db.sql, { source, activeUsers }), {
    maxAgeMs: MAX_AGE_MS,
    now: () => clock.now(),
  });

  return {
    /** @returns Numbers at most a second old, of everything: for operators. @throws SERVICE_UNAVAILABLE */
    async read(): Promise<Stats> {
      return (await numbers.read()).stats;
    },

    /** @returns The numbers as each member of staff may see them: without what is about themselves. */
    async readForStaff(): Promise<(viewerId: string) => Stats> {
      const { stats, aboutStaff } = await numbers.read();
      return (viewerId) => {
        const own = aboutStaff[viewerId];
        return own ? { ...stats, reports: subtract(stats.reports, own) } : stats;
      };
    },
  };
}

type ReportNumbers = Stats["reports"];

/** Numbers of everything, and of that the part about each member of staff, read in the same snapshot. */
interface Collected {
  readonly stats: Stats;
  readonly aboutStaff: Readonly<Record<string, ReportNumbers>>;
}

function subtract(all: ReportNumbers, own: ReportNumbers): ReportNumbers {
  return {
    open: all.open - own.open,
    overdue: all.overdue - own.overdue,
    unclaimed: all.unclaimed - own.unclaimed,
    awaiting_confirmation: all.awaiting_confirmation - own.awaiting_confirmation,
  };
}

interface Sources {
  readonly source: StatsSource;
  readonly activeUsers: ActiveUsersCount;
}

async function collect(sql: Sql, { source, activeUsers }: Sources): Promise<Collected> {
  const [known, live, active] = await Promise.all([selectKnown(sql), source.live(), activeUsers.read()]);
  const { messages_last_minute, about_staff: aboutStaff, ...rest } = known;
  const connections = live.nodes.reduce((sum, node) => sum + node.connections, 0);
  const stats = {
    ...rest,
    ...live,
    users_active: active,
    connections,
    messages_per_minute: messages_last_minute,
    messages_per_second: live.messages_per_second ?? Math.round((messages_last_minute / 60) * 10) / 10,
  };
  return { stats, aboutStaff };
}

interface Known extends Pick<Stats, "at" | "reports" | "users_online"> {
  readonly messages_last_minute: number;
  readonly about_staff: Readonly<Record<string, ReportNumbers>>;
}

/**
 * Index scans only. Messages of the last minute are counted in messages_pkey: their ids are UUIDv7, whose first 48 bits
 * are the time, and there is no index on the time of messages alone. Staff are few and found by users_staff_idx.
 */
export async function selectKnown(sql: Sql): Promise<Known> {
  const [row] = await sql<{ known: Known }[]>`
    select jsonb_build_object(
      'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'reports', ${reportNumbers(sql, { reports: sql`true`, bans: sql`true` })},
      'about_staff', (
        select coalesce(jsonb_object_agg(u.id,
          ${reportNumbers(sql, { reports: sql`r.reported_id = u.id`, bans: sql`s.user_id = u.id` })}), '{}')
        from users u where u.role <> 'user'
      ),
      'users_online', (select count(*) from user_presence where is_online),
      'messages_last_minute', (
        select count(*) from messages where id >= (
          lpad(to_hex((extract(epoch from now() - interval '1 minute') * 1000)::bigint), 12, '0') || repeat('0', 20)
        )::uuid
      )
    ) as known
  `;
  return row!.known;
}

/** Numbers of the open reports `r` and of the bans `s` that wait, as far as the conditions choose them. */
function reportNumbers(sql: Sql, { reports, bans }: { reports: Fragment; bans: Fragment }): Fragment {
  return sql`(
    select jsonb_build_object(
      'open', count(*),
      'overdue', count(*) filter (where r.due_at < now()),
      'unclaimed', count(*) filter (where r.claimed_by is null or r.claimed_until <= now()),
      'awaiting_confirmation', (
        select count(*) from sanctions s
        where s.kind = 'ban' and s.confirmed_at is null and s.lifted_at is null and s.until > now() and ${bans}
      )
    ) from user_reports r where ${isOpen(sql, "r")} and ${reports}
  )`;
}
