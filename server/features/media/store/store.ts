/**
 * What a store of objects can do. Objects are written once under a key and never changed; it knows no picture.
 * @module
 */

/** How a client puts an object. */
export interface Upload {
  readonly method: "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes from `start` up to and without `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** An object, looked up. */
export interface OpenObject {
  readonly size: number;
  /** @returns It, or a part of it. */
  stream(range?: ByteRange): ReadableStream<Uint8Array>;
}

/**
 * See the module. Every method throws {@link StoreError} when the store does not do its work.
 *
 * Keys are `<kind>/<name>`: lower-case letters, then letters, digits, `.` and `-`.
 */
export interface MediaStore {
  readonly kind: "disk" | "s3";
  /**
   * @returns How a client may put an object of that key itself, for so many seconds; null when uploads come through the
   *   server. Neither size nor type is bound: look at the object before it is used.
   */
  presign(key: string, options: { seconds: number; contentType: string }): Upload | null;
  /** Stores an object; others see all of it or nothing. */
  write(key: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>;
  /** @returns Bytes of the object; null when there is none. */
  size(key: string): Promise<number | null>;
  /** @returns The object, for streaming it; null when there is none. */
  open(key: string): Promise<OpenObject | null>;
  /** @returns The object; null when there is none. */
  read(key: string): Promise<Uint8Array | null>;
  /** Nothing happens when there is none. */
  remove(key: string): Promise<void>;
}

/** The store cannot be reached, or refuses. */
export class StoreError extends Error {
  constructor(what: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot ${what} in the store of pictures: ${why}`, { cause });
    this.name = "StoreError";
  }
}

const KEY = /^[a-z]+\/[a-z0-9][a-z0-9.-]{0,199}$/;

/** @throws Error for a key that is none: it would leave its folder. */
export function requireKey(key: string): string {
  if (KEY.test(key)) return key;
  throw new Error(`Cannot use the key ${JSON.stringify(key)}: it is not <kind>/<name>`);
}

/** Runs one operation; its failure is a {@link StoreError}. */
export async function storing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError(what, error);
  }
}

/** @param size Null: there is none. @param fileOf What Bun streams it from. */
export function openObject(size: number | null, fileOf: () => Blob): OpenObject | null {
  if (size === null) return null;
  return { size, stream: (range) => (range ? fileOf().slice(range.start, range.end) : fileOf()).stream() };
}
