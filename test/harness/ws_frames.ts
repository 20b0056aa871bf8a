/**
 * Performs the WebSocket upgrade and splits received bytes into frames, for clients on bare TCP.
 * @module
 */

/** A frame of a server, in the buffer it came in. */
export interface Frame {
  /** Its first byte: the opcode, and whether it is the last of its message. */
  readonly head: number;
  readonly bytes: Buffer;
  /** Where its payload begins and ends. */
  readonly start: number;
  readonly end: number;
}

/** The example of RFC 6455, section 1.3: nobody here checks the answer to it. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** @returns The request for an upgrade, with the blank line that ends it. */
export function upgradeRequest(url: URL, headers: Readonly<Record<string, string>> = {}): string {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${KEY}`,
    "Sec-WebSocket-Version: 13",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** @returns The unmasked frame that begins at a place (RFC 6455, section 5.2), undefined while it is not whole. */
export function frameAt(bytes: Buffer, at: number): Frame | undefined {
  if (bytes.length < at + 2) return undefined;
  let length = bytes[at + 1]! & 127;
  let start = at + 2;
  if (length === 126) {
    if (bytes.length < at + 4) return undefined;
    length = bytes.readUInt16BE(at + 2);
    start = at + 4;
  } else if (length === 127) {
    if (bytes.length < at + 10) return undefined;
    length = Number(bytes.readBigUInt64BE(at + 2));
    start = at + 10;
  }
  const end = start + length;
  return bytes.length < end ? undefined : { head: bytes[at]!, bytes, start, end };
}
