/**
 * Asks somebody else's scanner about pictures: it is sent the hash and a link, and answers allow, hold or reject. Nothing
 * is looked at in this process. What it does not say at once is asked again by a durable job.
 * @module
 */
import type { Database, Sql } from "../../db/client.ts";
import { insertJob, type JobHandler } from "../../jobs/mod.ts";
import type { Links } from "./links.ts";
import * as queries from "./queries.ts";

/** Kind of the job. */
export const SCAN_PICTURE = "scan_picture";

export type Verdict = "allow" | "hold" | "reject";

/** Asks about one picture. */
export interface Scanner {
  /** What becomes of a picture while the scanner has not answered. */
  readonly whenLate: "hold" | "allow";
  /** @throws Error when there is no answer within its time, or another one than a verdict. */
  ask(picture: { id: string; hash: string }): Promise<Verdict>;
}

interface ScannerOptions {
  readonly url: string;
  readonly whenLate: "hold" | "allow";
  readonly links: Pick<Links, "view">;
  /** Where this server is reached by the scanner, without a slash at its end. */
  readonly publicUrl: string;
}

/** How long the answer may take, ms: whoever completes an upload waits for it. */
const DEADLINE_MS = 10_000;
/** The job follows when the first question must have been answered. */
const JOB_DELAY_MS = 15_000;
const FIRST_DELAY_MS = 30_000;
/** Three days, at most an hour between two. */
const MAX_ATTEMPTS = 80;

export function createScanner({ url, whenLate, links, publicUrl }: ScannerOptions): Scanner {
  return {
    whenLate,
    async ask({ id, hash }) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ media_id: id, sha256: hash, url: publicUrl + links.view(id, "picture") }),
        redirect: "error",
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      const body: unknown = response.ok ? await response.json() : null;
      const verdict = (body as { verdict?: unknown } | null)?.verdict;
      if (verdict === "allow" || verdict === "hold" || verdict === "reject") return verdict;
      throw new Error(`Cannot use the scanner's answer: status ${response.status}, no verdict`);
    },
  };
}

/** Stores the question, in the transaction that makes the picture known. */
export async function storeScan(sql: Sql, id: string): Promise<void> {
  await insertJob(sql, { kind: SCAN_PICTURE, payload: { media_id: id }, delayMs: JOB_DELAY_MS });
}

/**
 * Asks, and notes a final verdict: a picture that was let through while the scanner was late is taken back.
 *
 * @returns What the scanner said.
 */
export async function scan(
  { sql }: Pick<Database, "sql">,
  scanner: Scanner,
  picture: { id: string; hash: string },
): Promise<Verdict> {
  const verdict = await scanner.ask(picture);
  if (verdict !== "hold") await queries.updateVerdict(sql, { id: picture.id, verdict });
  return verdict;
}

/** @returns The job that asks until there is a verdict. */
export function scanHandler(database: Pick<Database, "sql">, scanner: Scanner): JobHandler {
  return {
    firstDelayMs: FIRST_DELAY_MS,
    maxAttempts: MAX_ATTEMPTS,
    async run({ media_id }: { media_id: string }) {
      const picture = await queries.selectUnjudged(database.sql, media_id);
      if (!picture) return;
      const verdict = await scan(database, scanner, picture);
      if (verdict === "hold") throw new Error("Cannot decide yet: the scanner holds the picture");
    },
  };
}
