/**
 * The moderators' live numbers: counts of the database, and the socket layer's statistics of its nodes.
 * @module
 */

import type { Database, Sql } from "../../../db/client.ts";
import { Cached } from "../../../lib/cached.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { type ActiveUsers, type ReportNumbers, selectActiveUsers, selectKnown } from "./queries.ts";
import type { LiveStats, Stats } from "./schema.ts";

/** Where the socket layer's statistics come from. */
export interface StatsSource {
  /** @returns The numbers of every node that has reported lately. It must answer at once, or throw. */
  live(): LiveStats | Promise<LiveStats>;
}

/** Without a socket layer. */
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

/** The database is asked at most once in this time, for all screens together. */
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

/** The count changes slowly, and its cost grows with what it counts. */
const COUNT_EVERY_MS = 10 * 60_000;
/** After a failure. */
const RETRY_MS = 60_000;

interface CountDeps {
  readonly db: Pick<Database, "sql">;
  readonly clock: Clock;
}

/**
 * How many people were active in the last day and in the last thirty: counted in the background, so that only the first
 * caller waits.
 */
export class ActiveUsersCount {
  readonly #db: CountDeps["db"];
  readonly #clock: Clock;
  #known: ActiveUsers | null = null;
  #dueAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;

  constructor({ db, clock }: CountDeps) {
    this.#db = db;
    this.#clock = clock;
  }

  /** @returns The last count, null while there is none; a count that is due runs in the background. */
  async read(): Promise<ActiveUsers | null> {
    if (this.#clock.now() >= this.#dueAt) this.#counting ??= this.#count();
    if (this.#known === null) await this.#counting;
    return this.#known;
  }

  async #count(): Promise<void> {
    try {
      this.#known = await selectActiveUsers(this.#db.sql);
      this.#dueAt = this.#clock.now() + COUNT_EVERY_MS;
    } catch {
      // The old number stays; that the database is away is reported elsewhere.
      this.#dueAt = this.#clock.now() + RETRY_MS;
    } finally {
      this.#counting = undefined;
    }
  }
}
