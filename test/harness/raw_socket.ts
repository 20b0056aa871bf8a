/**
 * A WebSocket client that says exactly the bytes it is told to, reads only when it wants, and answers no ping.
 * @module
 */
import { connect, type Socket } from "node:net";

/** A frame of the server, as it came. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** See the module. */
export class RawSocket {
  readonly socket: Socket;
  readonly frames: RawFrame[] = [];
  readonly opened: Promise<string>;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);
  #open = false;

  constructor(
    url: string,
    { path = "/ws", headers = {} }: { path?: string; headers?: Record<string, string> } = {},
  ) {
    const { hostname, port } = new URL(url);
    const opened = Promise.withResolvers<string>();
    const gone = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.gone = gone.promise;
    this.socket = connect(Number(port), hostname, () => {
      const lines = [
        `GET ${path} HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ];
      this.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    });
    this.socket.on("data", (bytes) => {
      this.#rest = Buffer.concat([this.#rest, bytes as Buffer]);
      if (!this.#open) {
        const end = this.#rest.indexOf("\r\n\r\n");
        if (end === -1) return;
        this.#open = true;
        opened.resolve(this.#rest.subarray(0, end).toString());
        this.#rest = this.#rest.subarray(end + 4);
      }
      this.#parse();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => gone.resolve());
  }

  /** Sends one frame. */
  send(payload: string | Buffer, { opcode = 1, fin = true }: { opcode?: number; fin?: boolean } = {}): void {
    const bytes = Buffer.from(payload as string);
    const mask = Buffer.from([1, 2, 3, 4]);
    const head = [(fin ? 0x80 : 0) | opcode];
    if (bytes.length < 126) head.push(0x80 | bytes.length);
    else if (bytes.length < 65_536) head.push(0x80 | 126, bytes.length >> 8, bytes.length & 255);
    else head.push(0x80 | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (bytes.length >> shift) & 255));
    for (let i = 0; i < bytes.length; i++) bytes[i]! ^= mask[i % 4]!;
    this.socket.write(Buffer.concat([Buffer.from(head), mask, bytes]));
  }

  /** The text frames so far. */
  texts(): string[] {
    return this.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => payload.toString());
  }

  /** The close code, when one has come. */
  closeCode(): number | undefined {
    const close = this.frames.find(({ opcode }) => opcode === 8);
    return close && close.payload.length >= 2 ? close.payload.readUInt16BE(0) : undefined;
  }

  #parse(): void {
    for (;;) {
      const bytes = this.#rest;
      if (bytes.length < 2) return;
      let length = bytes[1]! & 127;
      let at = 2;
      if (length === 126) {
        if (bytes.length < 4) return;
        length = bytes.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (bytes.length < 10) return;
        length = Number(bytes.readBigUInt64BE(2));
        at = 10;
      }
      if (bytes.length < at + length) return;
      this.frames.push({ opcode: bytes[0]! & 15, payload: Buffer.from(bytes.subarray(at, at + length)) });
      this.#rest = bytes.subarray(at + length);
    }
  }
}
