/**
 * A WebSocket client on bare TCP that sends exact bytes, reads only when told and answers no ping.
 * @module
 */
import { connect, type Socket } from "node:net";
import { frameAt, upgradeRequest } from "./ws_frames.ts";

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
    const target = new URL(path, url);
    const opened = Promise.withResolvers<string>();
    const gone = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.gone = gone.promise;
    this.socket = connect(Number(target.port), target.hostname, () => {
      this.socket.write(upgradeRequest(target, headers));
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
    let at = 0;
    for (let frame = frameAt(this.#rest, at); frame; frame = frameAt(this.#rest, at)) {
      const { head, bytes, start, end } = frame;
      this.frames.push({ opcode: head & 15, payload: Buffer.from(bytes.subarray(start, end)) });
      at = end;
    }
    this.#rest = this.#rest.subarray(at);
  }
}
