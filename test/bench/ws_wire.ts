/**
 * A WebSocket with as little around it as a load generator needs, so that a bench measures the server: frames are
 * looked at where they were received, nothing is parsed that nobody asks about. The server's frames have to be whole
 * texts, ours are ASCII and fit the socket's buffer; whatever else happens ends the bench with an error.
 * @module
 */
import type { Socket } from "bun";
import { type Frame, frameAt, upgradeRequest } from "../harness/ws_frames.ts";

interface Opening {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const TEXT = 0x1;
const PING = 0x9;
const PONG = 0xa;
const FINAL = 0x80;
const MASKED = 0x80;

/** See the module. */
export class Wire {
  /** Gets each text; its bytes are gone when the call returns. */
  onFrame: (frame: Frame) => void = () => {};
  readonly #socket: Socket<Wire>;
  /** Begins like every frame; the mask is 0, which costs the server what any other costs it. */
  static readonly #out = Buffer.alloc(4_096);
  #rest: Buffer | null = null;
  /** Until the upgrade is answered. */
  #opening: Opening | null;
  #closed = false;

  private constructor(socket: Socket<Wire>, opening: Opening) {
    this.#socket = socket;
    this.#opening = opening;
  }

  /** @param url `ws://127.0.0.1:3000/ws` @throws Error when the server refuses the upgrade. */
  static async open(url: string): Promise<Wire> {
    const target = new URL(url);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = await Bun.connect<Wire>({
      hostname: target.hostname,
      port: Number(target.port),
      socket: {
        data: (socket, bytes) => socket.data.#receive(bytes),
        error: (socket, error) => socket.data.#fail(error),
        close: (socket) => socket.data.#fail(new Error(`Cannot go on: the server has closed ${url}`)),
      },
    });
    const wire = new Wire(socket, { resolve, reject });
    socket.data = wire;
    socket.write(upgradeRequest(target));
    await promise;
    return wire;
  }

  /** Sends a text of at most 4,000 ASCII characters. */
  send(text: string): void {
    this.#write(TEXT, text.length, (out, at) => out.write(text, at, "latin1"));
  }

  close(): void {
    this.#closed = true;
    this.#socket.end();
  }

  /** Also called with what a handler of ours throws. Once open there is nobody to tell: the process ends. */
  #fail(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#opening) {
      this.#opening.reject(error);
      return;
    }
    console.error(error.message);
    process.exit(1);
  }

  #write(opcode: number, length: number, fill: (out: Buffer, at: number) => void): void {
    const out = Wire.#out;
    out[0] = FINAL | opcode;
    let at = 2;
    if (length < 126) {
      out[1] = MASKED | length;
    } else {
      out[1] = MASKED | 126;
      at = out.writeUInt16BE(length, 2);
    }
    out.fill(0, at, at + 4);
    fill(out, at + 4);
    const total = at + 4 + length;
    if (this.#socket.write(out, 0, total) !== total) throw new Error("Cannot send: the server does not read");
  }

  #receive(received: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, received]) : received;
    this.#rest = null;
    let at = 0;
    if (this.#opening) {
      at = bytes.indexOf("\r\n\r\n") + 4;
      if (at < 4) {
        this.#rest = bytes;
        return;
      }
      const answer = bytes.toString("latin1", 0, at);
      if (!answer.startsWith("HTTP/1.1 101 ")) throw new Error(`Cannot open the socket: ${answer}`);
      this.#opening.resolve();
      this.#opening = null;
    }
    for (let frame = frameAt(bytes, at); frame; frame = frameAt(bytes, at)) {
      this.#take(frame);
      at = frame.end;
    }
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  #take(frame: Frame): void {
    const { head, bytes, start, end } = frame;
    if (head === (FINAL | TEXT)) this.onFrame(frame);
    else if (head === (FINAL | PING)) {
      this.#write(PONG, end - start, (out, at) => bytes.copy(out, at, start, end));
    } else {
      throw new Error(`Cannot go on: the server sent a frame that begins with ${head}`);
    }
  }
}
