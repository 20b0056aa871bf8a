/**
 * Uploads and what becomes of them: taken, decoded, shown to those who may see them, given up when nobody sends them. It
 * knows no HTTP; who is in a conversation is read from the database with every look.
 * @module
 */
import type { Database, Sql } from "../../db/client.ts";
import { mediaIdOf, mediaUrl } from "../../domain/media_url.ts";
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Media } from "../../protocol/models.ts";
import { MAX_PIXELS } from "./decode/header.ts";
import { createMediaLife, keyOf, type MediaLife } from "./life.ts";
import { type Links, UPLOAD_SECONDS } from "./links.ts";
import { createProcessing, type ProcessingDeps, tooLarge, unusable } from "./processing.ts";
import * as queries from "./queries.ts";
import { CONTENT_TYPES, MAX_BYTES, type Upload, type UploadBody } from "./schema.ts";
import { type MediaStore, type OpenObject, StoreError } from "./store/mod.ts";

/** See {@link createMediaService}. */
export interface MediaService extends MediaLife {
  /** What can be uploaded, for clients; null: nothing. */
  readonly offered: { content_types: string[]; bytes: number; pixels: number } | null;
  /** Begins an upload. @throws SERVICE_UNAVAILABLE where there is no store. */
  begin(ownerId: string, body: UploadBody): Promise<Upload>;
  /**
   * Takes the bytes of an upload that comes through this server.
   *
   * @throws MEDIA_NOT_FOUND when it was completed or given up, PAYLOAD_TOO_LARGE past its declared size.
   */
  receive(id: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Decodes what was uploaded. Again it answers the same.
   *
   * @throws MEDIA_NOT_FOUND for another person's, CONFLICT when nothing was uploaded, PAYLOAD_TOO_LARGE,
   *   UNUSABLE_PICTURE, SERVICE_UNAVAILABLE
   */
  complete(ownerId: string, id: string): Promise<Media>;
  /** @returns A signed link to the picture. @throws MEDIA_NOT_FOUND for whoever may not see it. */
  linkFor(viewerId: string, id: string): Promise<string>;
  /** @returns What a valid link leads to; null when it is gone. */
  open(id: string, variant: "picture" | "thumb"): Promise<OpenObject | null>;
  /**
   * Notes, in the sender's transaction, that a picture is sent to a conversation.
   *
   * @throws MEDIA_NOT_FOUND unless it is the sender's own, CONFLICT while it is not ready.
   */
  claim(sql: Sql, of: { id: string; ownerId: string; conversationId: string }): Promise<Media>;
  /** @returns Of contents that are addresses of uploads: the pictures with fresh links, null for those that are gone. */
  describe(contents: readonly string[]): Promise<ReadonlyMap<string, Media | null>>;
}

/** What the service needs. */
export interface MediaDeps extends ProcessingDeps {
  readonly database: Pick<Database, "sql">;
  /** Null: nothing can be uploaded. */
  readonly store: MediaStore | null;
  readonly links: Links;
  readonly clock: Clock;
}

export function createMediaService(deps: MediaDeps): MediaService {
  const { database, store, links, clock } = deps;
  const { sql } = database;
  const settle = createProcessing(deps);

  function toMedia(row: queries.MediaRow, url = links.view(row.id, "picture")): Media {
    const { id, width, height, placeholder, size } = row;
    const thumb_url = links.view(id, "thumb");
    return { id, url, thumb_url, width: width!, height: height!, placeholder: placeholder!, size };
  }

  async function ownRow(ownerId: string, id: string): Promise<queries.MediaRow> {
    const [row] = await queries.selectMedia(sql, [id]);
    if (row?.ownerId !== ownerId) throw new AppError("MEDIA_NOT_FOUND");
    return row;
  }

  function outcomeOf(row: queries.MediaRow): Media {
    if (row.state === "ready") return toMedia(row, mediaUrl(row.id));
    if (row.state === "held") throw beingChecked();
    if (row.state === "rejected") throw unusable("rejected", "was refused by the check of pictures");
    throw new AppError("MEDIA_NOT_FOUND");
  }

  return {
    offered: store && { content_types: [...CONTENT_TYPES], bytes: MAX_BYTES, pixels: MAX_PIXELS },

    begin: (ownerId, { content_type: contentType, size }) =>
      available(async () => {
        const objects = required(store);
        const id = newId();
        await queries.insertMedia(sql, { id, ownerId, contentType, size });
        const options = { seconds: UPLOAD_SECONDS, contentType };
        const upload = objects.presign(keyOf("upload", id), options) ?? {
          method: "PUT" as const,
          url: links.upload(id),
          headers: { "content-type": contentType },
        };
        const expires = new Date(clock.now() + UPLOAD_SECONDS * 1_000).toISOString();
        return { media_id: id, upload: { ...upload, headers: { ...upload.headers } }, expires_at: expires };
      }),

    receive: (id, body) =>
      available(async () => {
        const [row] = await queries.selectMedia(sql, [id]);
        if (row?.state !== "pending") throw new AppError("MEDIA_NOT_FOUND");
        try {
          await required(store).write(keyOf("upload", id), upTo(row.size, body));
        } catch (error) {
          // What the client did is not the store's fault.
          throw error instanceof StoreError && error.cause instanceof AppError ? error.cause : error;
        }
      }),

    complete: (ownerId, id) =>
      available(async () => {
        const objects = required(store);
        const row = await ownRow(ownerId, id);
        return outcomeOf(row.state === "pending" ? await settle(objects, row) : row);
      }),

    async linkFor(viewerId, id) {
      const row = await queries.selectVisible(sql, { id, viewerId });
      if (row?.state !== "ready") throw new AppError("MEDIA_NOT_FOUND");
      return links.view(id, "picture");
    },

    open: (id, variant) => available(async () => await required(store).open(keyOf(variant, id))),

    async claim(tx, { id, ownerId, conversationId }) {
      const row = await queries.claimMedia(tx, { id, ownerId, conversationId });
      if (row) return toMedia(row);
      const { state } = await ownRow(ownerId, id);
      if (state === "held") throw beingChecked();
      if (state !== "pending") throw new AppError("MEDIA_NOT_FOUND");
      throw new AppError("CONFLICT", "Cannot send the picture: its upload is not complete");
    },

    async describe(contents) {
      const ids = [...new Set(contents.flatMap((content) => mediaIdOf(content) ?? []))];
      const rows = ids.length > 0 ? await queries.selectMedia(sql, ids) : [];
      const byId = new Map(rows.map((row) => [row.id, row]));
      return new Map(
        ids.map((id) => {
          const row = byId.get(id);
          return [mediaUrl(id), row?.state === "ready" ? toMedia(row) : null];
        }),
      );
    },

    ...createMediaLife(deps),
  };
}

function required(store: MediaStore | null): MediaStore {
  if (store) return store;
  throw new AppError("SERVICE_UNAVAILABLE", "Pictures cannot be uploaded here: MEDIA_STORE is not set");
}

/** The store's failures are the service's absence to clients: they may try again. */
async function available<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const message = "The store of pictures is temporarily unavailable: retry later";
    const failure = new AppError("SERVICE_UNAVAILABLE", message, { retry_after_ms: 5_000 });
    failure.cause = error;
    throw failure;
  }
}

async function* upTo(size: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let taken = 0;
  for await (const part of body) {
    taken += part.byteLength;
    if (taken > size) throw tooLarge(size);
    yield part;
  }
}

function beingChecked(): AppError {
  return new AppError("CONFLICT", "The picture is being checked: try again later", { state: "held" });
}
