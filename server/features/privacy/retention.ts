/**
 * The retention job: deletes what has reached its term in bounded batches, about once an hour, in one process for all.
 * It decides the term of evidence only; the others are their features'.
 * @module
 */
import type { Database } from "../../db/client.ts";
import { takeTurn } from "../../db/job_turns.ts";
import { deleteOldOperatorEvents } from "../../db/operator_events.ts";
import { deleteInBatches } from "../../lib/delete_in_batches.ts";
import type { AuthService } from "../auth/mod.ts";
import type { MediaService, MediaStore } from "../media/mod.ts";
import { removeUnreadablePictures } from "../reports/mod.ts";
import type { SyncService } from "../sync/mod.ts";
import type { ErasureService } from "./erasure.ts";
import { deleteEvidenceKeys } from "./retention_queries.ts";

/** Rows deleted, by kind. */
export interface RetentionReport {
  /** Rows of event logs older than 30 days. */
  readonly events: number;
  /** Codes, refresh tokens and sessions that can no longer be used. */
  readonly signIns: number;
  /** Reports whose evidence can no longer be read. */
  readonly evidence: number;
  /** Pictures that nobody sent, or whose people are gone. */
  readonly pictures: number;
  /** Events for the operator older than 30 days. */
  readonly operatorEvents: number;
  /** Copies of pictures that can no longer be read. */
  readonly evidencePictures: number;
  /** Deleted accounts of which nothing is left to end. */
  readonly accounts: number;
}

/** See {@link createRetention}. */
export interface Retention {
  /** Does the job if it is due and no other process has it. @returns What was deleted; null when it was not our turn. */
  run(): Promise<RetentionReport | null>;
  /** Checks every ten minutes whether it is due. @returns What stops that. */
  start(): () => void;
}

/** What it needs. */
export interface RetentionDeps {
  readonly database: Pick<Database, "sql">;
  readonly auth: Pick<AuthService, "purge">;
  readonly sync: Pick<SyncService, "trimLogs">;
  readonly erasure: Pick<ErasureService, "finishErasures">;
  readonly media: Pick<MediaService, "purge">;
  readonly mediaStore: MediaStore | null;
  /** Days after a decision until its evidence can no longer be read. */
  readonly evidenceDays: number;
  readonly log: { info(facts: object, message: string): void };
  readonly onError: (error: unknown) => void;
}

const EVERY_SECONDS = 3_600;
const LOOK_EVERY_MS = 600_000;
/** One run stops after this, long before the next begins; the next one goes on. */
const LONGEST_MS = 300_000;
const BATCH = 500;
const OPERATOR_EVENTS_DAYS = 30;
/** Each is two objects of the store. */
const PICTURES = 50;

/** @returns The job; it does nothing by itself until it is started. */
export function createRetention(deps: RetentionDeps): Retention {
  const { database, auth, sync, erasure, media, mediaStore, evidenceDays, log, onError } = deps;
  const { sql } = database;

  async function destroyEvidence(until: number): Promise<number> {
    const destroy = () => deleteEvidenceKeys(sql, { days: evidenceDays, batch: BATCH });
    return (await deleteInBatches(destroy, { until })).count;
  }

  async function deleteOperatorEvents(until: number): Promise<number> {
    const remove = () => deleteOldOperatorEvents(sql, { days: OPERATOR_EVENTS_DAYS, batch: BATCH });
    return (await deleteInBatches(remove, { until })).count;
  }

  async function removeSealedPictures(until: number): Promise<number> {
    const remove = () => removeUnreadablePictures({ database, store: mediaStore }, PICTURES);
    return (await deleteInBatches(remove, { until })).count;
  }

  /** A kind that fails does not keep the others from running. */
  async function attempt(work: () => Promise<number>): Promise<number> {
    try {
      return await work();
    } catch (error) {
      onError(error);
      return 0;
    }
  }

  async function run(): Promise<RetentionReport | null> {
    if (!(await takeTurn(sql, { job: "retention", everySeconds: EVERY_SECONDS }))) return null;
    const until = performance.now() + LONGEST_MS;
    const report = {
      events: await attempt(() => sync.trimLogs()),
      signIns: await attempt(() => auth.purge()),
      evidence: await attempt(() => destroyEvidence(until)),
      operatorEvents: await attempt(() => deleteOperatorEvents(until)),
      accounts: await attempt(() => erasure.finishErasures(until)),
      pictures: await attempt(() => media.purge(until)),
      evidencePictures: await attempt(() => removeSealedPictures(until)),
    };
    log.info(report, "Retention");
    return report;
  }

  return {
    run,
    start() {
      const timer = setInterval(() => void run().catch(onError), LOOK_EVERY_MS);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
