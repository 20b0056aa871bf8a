/**
 * Values that only the holder of a key can read or change: JSON, or bytes, under AES-256-GCM.
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @returns 12 random bytes: never the same twice for one key. */
export function newIv(): Uint8Array {
  return new Uint8Array(randomBytes(IV_BYTES));
}

/**
 * @param context What the value is and where it stands: it opens nowhere else.
 * @returns iv ‖ ciphertext ‖ tag.
 *
 * @example
 * ```ts
 * const sealed = sealJson(key, `${reportId}/1/message`, { content: "hello" });
 * ```
 */
export function sealJson(key: Uint8Array, context: string, value: unknown, iv = newIv()): Uint8Array {
  return sealBytes(key, context, Buffer.from(JSON.stringify(value)), iv);
}

/**
 * @returns What was sealed.
 * @throws Error when the key, the context or the bytes are not those of the sealing.
 */
export function unsealJson(key: Uint8Array, context: string, sealed: Uint8Array): unknown {
  return JSON.parse(Buffer.from(unsealBytes(key, context, sealed)).toString("utf8"));
}

/** {@link sealJson} for bytes. */
export function sealBytes(key: Uint8Array, context: string, bytes: Uint8Array, iv = newIv()): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(context));
  return new Uint8Array(Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
}

/** {@link unsealJson} for bytes. */
export function unsealBytes(key: Uint8Array, context: string, sealed: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(sealed);
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
  return new Uint8Array(Buffer.concat([text, decipher.final()]));
}
