/**
 * Identifiers: new ones are UUIDv7 (RFC 9562), so that primary keys arrive in index order.
 * @module
 */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @returns A new UUIDv7 in its canonical lower-case text form. */
export function newId(): string {
  return Bun.randomUUIDv7();
}

/** @returns Whether the text is a UUID of any version, in upper or lower case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * The canonical form of an id that no schema has decoded: out of a cursor, or from a command line.
 *
 * @returns Undefined when the text is no UUID.
 */
export function parseId(text: string): string | undefined {
  return isUuid(text) ? text.toLowerCase() : undefined;
}

/** @returns When a UUIDv7 was made, milliseconds since the epoch: its first 48 bits. */
export function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
