/**
 * Opens the store that the configuration names.
 * @module
 */
import { join } from "node:path";
import { createDiskStore } from "./disk.ts";
import { createS3Store } from "./s3.ts";
import type { MediaStore } from "./store.ts";

export { type MediaStore, type OpenObject, StoreError } from "./store.ts";

/** What the configuration says of it. */
export interface StoreSettings {
  /** `file:<folder>`, or `s3://<bucket>?endpoint=…&region=…`; null: there is none. */
  readonly mediaStore: string | null;
  readonly s3AccessKeyId: string | null;
  readonly s3SecretAccessKey: string | null;
  /** Holds the pictures of `file:` without a folder. */
  readonly dataDir: string;
}

/** @returns The store; null when none is configured. Nothing is connected before it is used. */
export function openStore(settings: StoreSettings): MediaStore | null {
  const { mediaStore, s3AccessKeyId, s3SecretAccessKey, dataDir } = settings;
  if (mediaStore === null) return null;
  if (mediaStore.startsWith("file:")) {
    return createDiskStore(mediaStore.slice("file:".length) || join(dataDir, "media"));
  }
  const { host: bucket, searchParams } = new URL(mediaStore);
  return createS3Store({
    bucket,
    endpoint: searchParams.get("endpoint") ?? undefined,
    region: searchParams.get("region") ?? undefined,
    accessKeyId: s3AccessKeyId ?? "",
    secretAccessKey: s3SecretAccessKey ?? "",
  });
}
