/**
 * Names for messages that no other device and no later run chooses again.
 * @module
 */

/** @returns 128 random bits as text; without Web Crypto (React Native) from Math.random, which is enough for a name. */
export function newMessageId(): string {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> };
  if (crypto?.randomUUID) return crypto.randomUUID();
  const bytes = new Uint8Array(16);
  if (crypto?.getRandomValues) crypto.getRandomValues(bytes);
  else for (let i = 0; i < 16; i++) bytes[i] = Math.random() * 256;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
