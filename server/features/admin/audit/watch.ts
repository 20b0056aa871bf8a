/**
 * Verifies the audit log periodically, in the background of whoever reads the result (a scrape of the metrics).
 * @module
 */

import type { Database } from "../../../db/client.ts";
import type { Clock } from "../../../lib/clock.ts";
import { type Anchor, type AuditCheck, verifyAudit } from "./chain.ts";

const EVERY_MS = 10 * 60_000;
/** In between only what was appended since is verified. */
const WHOLE_EVERY_MS = 60 * 60_000;
/** After a failure to reach the database. */
const RETRY_MS = 60_000;

interface WatchDeps {
  readonly db: Pick<Database, "sql">;
  readonly clock: Clock;
  readonly onBroken?: ((found: AuditCheck) => void) | undefined;
}

/** What is known of the log. */
export interface AuditVerification {
  /** Whether an entry was changed or is missing. */
  readonly broken: boolean;
  /** Seconds since the epoch; null before the first verification has ended. */
  readonly verifiedAt: number | null;
}

export class AuditWatch {
  readonly #deps: WatchDeps;
  #last: AuditVerification = { broken: false, verifiedAt: null };
  #anchor: Anchor | undefined;
  #wholeDueAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** @returns The last result at once; a verification that is due runs after that. */
  read(): AuditVerification {
    if (this.#deps.clock.now() >= this.#dueAt) {
      this.#running ??= this.#verify().finally(() => {
        this.#running = undefined;
      });
    }
    return this.#last;
  }

  /** Waits for a verification under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #verify(): Promise<void> {
    const { db, clock, onBroken } = this.#deps;
    const now = clock.now();
    const isWhole = this.#anchor === undefined || now >= this.#wholeDueAt;
    try {
      const found = await verifyAudit(db.sql, isWhole ? {} : { after: this.#anchor });
      // A broken log is read as a whole each time: only that shows that it was restored.
      this.#anchor = found.ok ? { seq: found.seq, hash: found.hash } : undefined;
      if (isWhole) this.#wholeDueAt = now + WHOLE_EVERY_MS;
      this.#dueAt = now + EVERY_MS;
      this.#last = { broken: !found.ok, verifiedAt: Math.floor(now / 1000) };
      if (!found.ok) onBroken?.(found);
    } catch {
      // The database's absence has its own alert; this one shows as a verification that is overdue.
      this.#dueAt = now + RETRY_MS;
    }
  }
}
