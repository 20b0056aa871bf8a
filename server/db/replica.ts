/**
 * Reads that may be a little behind, on a replica while it is near enough. What promises to see a block, or one's own
 * change, at once reads the primary and never comes here.
 * @module
 */
import { createDatabase, type Database, type DatabaseOptions, type Sql } from "./client.ts";
import { isUnavailable } from "./pg_errors.ts";

/** Further behind, a replica is not asked, ms. */
export const REPLICA_MAX_LAG_MS = 2_000;
/** Between two looks at the lag, ms. */
const LOOK_MS = 500;

/** Where a read runs. */
export interface Reader {
  /**
   * Runs a read that may miss what was committed in the last two seconds. It is run again on the primary when the
   * replica fails.
   */
  read<T>(use: (sql: Sql) => Promise<T>): Promise<T>;
}

/** @returns The reader of a server without a replica. */
export function readPrimary({ sql }: Pick<Database, "sql">): Reader {
  return { read: (use) => use(sql) };
}

interface Position {
  readonly lsn: string;
  readonly at: number;
}

/**
 * Knows how far a replica is behind: a position of the primary's write-ahead log is remembered with its time, and once
 * the replica has replayed it, the replica holds everything that had been committed by then. The replica's own clock
 * says nothing of it, because a primary that writes nothing leaves it standing.
 */
export class ReplicaReader implements Reader {
  readonly #primary: Pick<Database, "sql">;
  readonly #replica: Database;
  readonly #timer: NodeJS.Timeout;
  #asked: Position | undefined;
  /** Everything that had been committed by then is there, by `performance.now()`. */
  #currentAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(primary: Pick<Database, "sql">, options: DatabaseOptions) {
    this.#primary = primary;
    this.#replica = createDatabase({ ...options, applicationName: "vibesmatch-reader" });
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    void this.look();
  }

  /** Whether the replica is asked now. */
  get isNear(): boolean {
    return performance.now() - this.#currentAt <= REPLICA_MAX_LAG_MS;
  }

  async read<T>(use: (sql: Sql) => Promise<T>): Promise<T> {
    if (!this.isNear) return await use(this.#primary.sql);
    try {
      return await use(this.#replica.sql);
    } catch (error) {
      if (!isReplicas(error)) throw error;
      // The next look says whether it is back.
      this.#currentAt = Number.NEGATIVE_INFINITY;
      return await use(this.#primary.sql);
    }
  }

  /** Compares the two; an absence of either leaves the reader to the primary. */
  look(): Promise<void> {
    this.#looking ??= this.#compare()
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#replica.close();
  }

  async #compare(): Promise<void> {
    this.#asked ??= await this.#positionNow();
    const [row] = await this.#replica.sql<[{ reached: boolean | null }]>`
      select pg_last_wal_replay_lsn() >= ${this.#asked.lsn}::text::pg_lsn as reached
    `;
    // Null: it is no standby, so nobody knows what it holds.
    if (!row.reached) return;
    this.#currentAt = this.#asked.at;
    this.#asked = await this.#positionNow();
  }

  async #positionNow(): Promise<Position> {
    const at = performance.now();
    const [row] = await this.#primary.sql<[{ lsn: string }]>`select pg_current_wal_lsn()::text as lsn`;
    return { lsn: row.lsn, at };
  }
}

/** Whether the primary may answer instead: the replica is away, too slow, or had to give way to what it replays. */
function isReplicas(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return (
    isUnavailable(error) ||
    code === "SERVICE_UNAVAILABLE" ||
    code === "40001" ||
    (cause !== undefined && isReplicas(cause))
  );
}
