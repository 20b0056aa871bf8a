/**
 * Uploads and what becomes of them: taken, decoded, shown to those who may see them, given up when nobody sends them. It
 * knows no HTTP; who is in a conversation is read from the database with every look.
 * @module
 */
import { createHash } from "node:crypto";
import type { Database, Sql } from "../../db/client.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { mediaIdOf, mediaUrl } from "../../domain/media_url.ts";
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Media } from "../../protocol/models.ts";
import type { Decoder } from "./decode/decoder.ts";
import { MAX_PIXELS, UnusablePicture } from "./decode/header.ts";
import { createMediaLife, keyOf, type MediaLife } from "./life.ts";
import { type Links, UPLOAD_SECONDS } from "./links.ts";
import * as queries from "./queries.ts";
import { type Scanner, scan, storeScan } from "./scanning.ts";
import { CONTENT_TYPES, MAX_BYTES, type Upload, type UploadBody } from "./schema.ts";
import { type ByteRange, type MediaStore, StoreError } from "./store/mod.ts";

/** An object on its way to whoever has a link to it. */
export interface OpenObject {
  readonly size: number;
  stream(range?: ByteRange): Promise<ReadableStream<Uint8Array>>;
}

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
export interface MediaDeps {
  readonly database: Pick<Database, "sql">;
  /** Null: nothing can be uploaded. */
  readonly store: MediaStore | null;
  readonly write: Write;
  readonly decoder: Pick<Decoder, "decode">;
  /** Null: nobody is asked. */
  readonly scanner: Scanner | null;
  readonly links: Links;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

export function createMediaService(deps: MediaDeps): MediaService {
  const { database, write, store, decoder, scanner, links, clock, onError } = deps;
  const { sql } = database;

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

  /** Reads the upload, decodes it and stores the result; the row is changed last, so that it promises what is there. */
  async function work(objects: MediaStore, row: queries.MediaRow): Promise<queries.MediaRow> {
    const { id, size: declared } = row;
    const size = await objects.size(keyOf("upload", id));
    if (size === null) throw new AppError("CONFLICT", "Cannot complete the upload: no file has arrived");
    if (size > Math.min(declared, MAX_BYTES)) throw tooLarge(declared);
    const { picture, thumb, ...facts } = await decoder.decode(async () => {
      const bytes = await objects.read(keyOf("upload", id));
      if (bytes === null) throw new AppError("CONFLICT", "Cannot complete the upload: no file has arrived");
      return bytes;
    });
    await objects.write(keyOf("picture", id), picture);
    await objects.write(keyOf("thumb", id), thumb);
    const hash = createHash("sha256").update(picture).digest("hex");
    const state = scanner ? ("held" as const) : ("ready" as const);
    await write(async (work) => {
      await queries.updateDecoded(work.sql, { id, state, size: picture.length, hash, ...facts });
      if (scanner) await storeScan(work.sql, id);
    });
    await objects.remove(keyOf("upload", id)).catch(onError);
    if (scanner) await askAtOnce(scanner, { id, hash });
    const [done] = await queries.selectMedia(sql, [id]);
    return done!;
  }

  /** The first question; what it does not settle is the job's. */
  async function askAtOnce(by: Scanner, picture: { id: string; hash: string }): Promise<void> {
    try {
      await scan(database, by, picture);
    } catch (error) {
      onError(error);
      if (by.whenLate !== "allow") return;
      await queries.updateState(sql, { id: picture.id, from: ["held"], to: "ready" });
    }
  }

  function outcomeOf(row: queries.MediaRow): Media {
    if (row.state === "ready") return toMedia(row, mediaUrl(row.id));
    if (row.state === "held") throw beingChecked();
    if (row.state === "rejected") throw unusable("rejected", "was refused by the check of pictures");
    throw new AppError("MEDIA_NOT_FOUND");
  }

  async function refuse(objects: MediaStore, { id }: queries.MediaRow, refusal: UnusablePicture) {
    await queries.updateState(sql, { id, from: ["pending"], to: "gone" });
    await objects.remove(keyOf("upload", id)).catch(onError);
    return unusable(refusal.reason, refusal.message);
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
        if (row.state !== "pending") return outcomeOf(row);
        try {
          return outcomeOf(await work(objects, row));
        } catch (error) {
          throw error instanceof UnusablePicture ? await refuse(objects, row, error) : error;
        }
      }),

    async linkFor(viewerId, id) {
      const row = await queries.selectVisible(sql, { id, viewerId });
      if (row?.state !== "ready") throw new AppError("MEDIA_NOT_FOUND");
      return links.view(id, "picture");
    },

    open: (id, variant) =>
      available(async () => {
        const objects = required(store);
        const key = keyOf(variant, id);
        const size = await objects.size(key);
        if (size === null) return null;
        return {
          size,
          async stream(range) {
            const stream = await objects.open(key, range);
            if (stream === null) throw new AppError("MEDIA_NOT_FOUND");
            return stream;
          },
        };
      }),

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

function tooLarge(declared: number): AppError {
  const limit = Math.min(declared, MAX_BYTES);
  return new AppError("PAYLOAD_TOO_LARGE", `The file is larger than was declared: ${limit} bytes`, { limit });
}

function unusable(reason: string, message: string): AppError {
  return new AppError("UNUSABLE_PICTURE", `Cannot use the picture: it ${message}`, { reason });
}

function beingChecked(): AppError {
  return new AppError("CONFLICT", "The picture is being checked: try again later", { state: "held" });
}
