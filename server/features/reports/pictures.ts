/**
 * Pictures as evidence: a filing notes which ones it seals, a job copies them, encrypted under the report's key, and adds
 * what they are to the chain. Until then the picture's own objects are kept; the copies are of no use without the key.
 * @module
 */
import { createHash } from "node:crypto";
import type { Database, Sql } from "../../db/client.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { mediaIdOf } from "../../domain/media_url.ts";
import { insertJob, type JobHandler } from "../../jobs/mod.ts";
import { sealBytes, unsealBytes } from "../../lib/sealed_json.ts";
import { keyOf, type MediaStore } from "../media/mod.ts";
import { appendEvidence, selectKey } from "./evidence.ts";
import type { EvidenceContent, PictureCopy } from "./evidence_items.ts";
import * as queries from "./picture_queries.ts";

/** The kind of the job. */
export const SEAL_PICTURES = "seal_pictures";

/** The store may be away for three days: 30 s after the first attempt, then ever longer, at most an hour. */
const FIRST_DELAY_MS = 30_000;
const MAX_ATTEMPTS = 80;

const VARIANTS = ["picture", "thumb"] as const;
type Variant = (typeof VARIANTS)[number];

/** What both need. */
interface PictureDeps {
  readonly database: Pick<Database, "sql">;
  /** Null: nothing was ever uploaded. */
  readonly store: MediaStore | null;
}

/**
 * Keeps the pictures of what a filing seals, in its transaction, and stores the job that copies them.
 *
 * @returns Whether there are any.
 */
export async function holdPictures(
  sql: Sql,
  reportId: string,
  evidence: readonly EvidenceContent[],
): Promise<boolean> {
  const ids = evidence.flatMap(({ kind, content }) =>
    kind === "message" && content.message_type === "image" ? (mediaIdOf(content.content) ?? []) : [],
  );
  if (ids.length === 0 || (await queries.insertHeld(sql, reportId, [...new Set(ids)])) === 0) return false;
  return await insertJob(sql, { kind: SEAL_PICTURES, payload: { report_id: reportId } });
}

/** @returns The job that copies the pictures of a report. */
export function sealPicturesHandler(deps: PictureDeps & { readonly write: Write }): JobHandler {
  return {
    firstDelayMs: FIRST_DELAY_MS,
    maxAttempts: MAX_ATTEMPTS,
    async run({ report_id: reportId }: { report_id: string }) {
      for (const picture of await queries.selectUnsealed(deps.database.sql, reportId)) {
        await sealPicture(deps, reportId, picture);
      }
    },
  };
}

async function sealPicture(
  { database, store, write }: PictureDeps & { readonly write: Write },
  reportId: string,
  { mediaId, width, height, placeholder }: queries.HeldPicture,
): Promise<void> {
  const key = await selectKey(database.sql, reportId);
  const hashes: Partial<Record<Variant, string>> = {};
  let size = 0;
  for (const variant of VARIANTS) {
    const bytes = key && (await store?.read(keyOf(variant, mediaId)));
    if (!key || !store || !bytes) continue;
    const sealed = sealBytes(key, contextOf(reportId, mediaId, variant), bytes);
    await store.write(objectOf(reportId, mediaId, variant), sealed);
    hashes[variant] = createHash("sha256").update(sealed).digest("hex");
    if (variant === "picture") size = bytes.length;
  }
  await write(async ({ sql }) => {
    // Locks the report, whose chain grows; another process may have been here, or the key's term may have ended.
    const isMine = await queries.updateSealed(sql, { reportId, mediaId });
    if (!isMine || (await selectKey(sql, reportId)) === null) return;
    const { picture = null, thumb = null } = hashes;
    const facts = { media_id: mediaId, width, height, placeholder, size };
    const content: PictureCopy = { ...facts, sealed_picture_sha256: picture, sealed_thumb_sha256: thumb };
    await appendEvidence(sql, reportId, [{ kind: "picture", content }]);
  });
}

/**
 * @returns A picture of a report, unsealed; the picture itself while it has not been sealed; null when it is gone or the
 *   key's term is over.
 * @throws Error when the copy was changed.
 */
export async function openPicture(
  { database: { sql }, store }: PictureDeps,
  { reportId, mediaId }: { reportId: string; mediaId: string },
): Promise<Uint8Array | null> {
  const [held, key] = [await queries.selectHeld(sql, { reportId, mediaId }), await selectKey(sql, reportId)];
  if (!held || !key || !store) return null;
  if (held.sealedAt === null) return await store.read(keyOf("picture", mediaId));
  const sealed = await store.read(objectOf(reportId, mediaId, "picture"));
  return sealed && unsealBytes(key, contextOf(reportId, mediaId, "picture"), sealed);
}

/** Removes copies whose key was destroyed. @returns How many pictures of the batch there were. */
export async function removeUnreadablePictures(
  { database: { sql }, store }: PictureDeps,
  batch: number,
): Promise<number> {
  const ended = await queries.selectEnded(sql, batch);
  for (const { reportId, mediaId } of ended) {
    for (const variant of VARIANTS) await store?.remove(objectOf(reportId, mediaId, variant));
    await queries.deleteHeld(sql, { reportId, mediaId });
  }
  return ended.length;
}

function objectOf(reportId: string, mediaId: string, variant: Variant): string {
  return `evidence/${reportId}.${mediaId}.${variant}`;
}

function contextOf(reportId: string, mediaId: string, variant: Variant): string {
  return `${reportId}/${mediaId}/${variant}`;
}
