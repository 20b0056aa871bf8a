/**
 * Reading the audit log, and verifying it: on demand, and periodically in the background of whoever reads the result (a
 * scrape of the metrics).
 * @module
 */

import type { Database } from "../../../db/client.ts";
import type { Reader } from "../../../db/replica.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { type PageOf, type PageOptions, readPage } from "../../../lib/page.ts";
import type { Actor } from "../staff/judging.ts";
import { type Anchor, type AuditCheck, verifyAudit, verifyAuditFrom } from "./chain.ts";
import { type AuditFilter, selectAudit } from "./queries.ts";
import type { AuditRow } from "./schema.ts";

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

interface AuditDeps {
  readonly db: Pick<Database, "sql">;
  readonly reader: Reader;
  readonly clock?: Clock | undefined;
  /** Called when a periodic verification found the log changed. */
  readonly onBroken?: ((found: AuditCheck) => void) | undefined;
}

/** See {@link createAuditService}. */
export type AuditService = ReturnType<typeof createAuditService>;

/** @returns The service of the audit log. */
export function createAuditService({ db, reader, clock = systemClock, onBroken }: AuditDeps) {
  const watch = new AuditWatch({ db, clock, onBroken });
  return {
    /** Newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(viewer: Actor, filter: AuditFilter, page: PageOptions): Promise<PageOf<AuditRow>> {
      return await readPage(
        page,
        ({ limit, after }) =>
          reader.read((sql) => selectAudit(sql, { viewer, filter, after: after?.id ?? null, limit })),
        ({ id, created_at }) => ({ id, createdAt: created_at }),
      );
    },

    /** @param from The hash of an entry (hexadecimal) to begin at; default: the whole log. */
    verify(from?: string): Promise<AuditCheck> {
      return from === undefined ? verifyAudit(db.sql) : verifyAuditFrom(db.sql, from);
    },

    /** @returns What the last periodic verification found, for metrics; starts the next one when it is due. */
    lastVerification: () => watch.read(),
  };
}
