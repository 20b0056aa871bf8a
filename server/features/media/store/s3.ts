/**
 * Objects in an S3 bucket, through Bun's own client. Clients put their uploads there themselves, by a presigned PUT that
 * binds neither size nor type.
 * @module
 */
import { S3Client } from "bun";
import { type MediaStore, openObject, requireKey, storing } from "./store.ts";

/** Where the bucket is, and who may use it. */
export interface S3Options {
  readonly bucket: string;
  /** @default Amazon's, by the region */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How long one operation may take, ms: uploads of clients come to an end in less. */
const DEADLINE_MS = 15_000;

export function createS3Store(options: S3Options): MediaStore {
  const client = new S3Client(options);

  /** @returns Null where the object, not the bucket, is absent. */
  async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await withDeadline(work());
    } catch (error) {
      if ((error as { code?: string }).code === "NoSuchKey") return null;
      throw error;
    }
  }

  const sizeOf = (key: string) =>
    storing("look", () => unlessAbsent(async () => (await client.stat(requireKey(key))).size));

  return {
    kind: "s3",

    presign(key, { seconds, contentType }) {
      const url = client.presign(requireKey(key), { method: "PUT", expiresIn: seconds });
      return { method: "PUT", url, headers: { "content-type": contentType } };
    },

    write: (key, content) =>
      storing("write", async () => {
        const bytes = content instanceof Uint8Array ? content : await collect(content);
        await withDeadline(client.write(requireKey(key), bytes));
      }),

    size: sizeOf,
    open: async (key) => openObject(await sizeOf(key), () => client.file(key)),

    read: (key) =>
      storing("read", () =>
        unlessAbsent(async () => new Uint8Array(await client.file(requireKey(key)).arrayBuffer())),
      ),

    remove: (key) => storing("remove", () => withDeadline(client.delete(requireKey(key)))),
  };
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const part of parts) chunks.push(part);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Bun's client has no time limit of its own: a store that does not answer would hold its caller for ever. */
async function withDeadline<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer within ${DEADLINE_MS / 1_000} s`)),
    DEADLINE_MS,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
