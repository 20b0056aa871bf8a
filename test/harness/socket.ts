/**
 * A plain client of `/ws` that records every frame and neither resumes nor retries.
 * @module
 */
import { eventually } from "./eventually.ts";

/** One frame of the server. */
export interface Frame {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into frames of any event
  readonly data: any;
  readonly id?: string | number;
  readonly seq?: number;
}

interface SocketOptions {
  /** Sent as the first frame. Absent: nothing is sent. */
  readonly token?: string;
  readonly since?: number;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** @default "/ws" */
  readonly path?: string;
}

/** How a socket ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** See the module. */
export class TestSocket {
  readonly ws: WebSocket;
  /** Everything that came, the oldest first. */
  readonly frames: Frame[] = [];
  /** Resolves when it is closed, by whomever. */
  readonly closed: Promise<Closed>;
  readonly opened: Promise<void>;
  /** Hears of every frame as it comes. */
  onFrame: (frame: Frame) => void = () => {};
  /** For whoever uses it: authenticated and caught up. */
  ready = false;
  #lastId = 0;

  constructor(url: string, { protocols, headers, path = "/ws" }: SocketOptions = {}) {
    const options = { protocols: protocols as string[] | undefined, headers };
    this.ws = new WebSocket(url.replace(/^http/, "ws") + path, options as unknown as string[]);
    this.ws.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      this.frames.push(frame);
      this.onFrame(frame);
    };
    const closed = Promise.withResolvers<Closed>();
    const opened = Promise.withResolvers<void>();
    this.closed = closed.promise;
    this.opened = opened.promise;
    this.ws.onopen = () => opened.resolve();
    this.ws.onclose = ({ code, reason }) => {
      closed.resolve({ code, reason });
      opened.resolve();
    };
  }

  /** Sends an event without waiting for anything. */
  send(event: string, data: object = {}, id?: string | number): void {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify({ event, data, id }));
  }

  /** Sends an event and waits for its answer, an `ack` or an `error`. */
  async call(event: string, data: object = {}): Promise<Frame> {
    const id = `call-${++this.#lastId}`;
    this.send(event, data, id);
    return await this.find((frame) => frame.id === id, `the answer to ${event}`);
  }

  /** Waits for a frame, which may have come already. */
  async find(test: (frame: Frame) => boolean, what = "a frame"): Promise<Frame> {
    return await eventually(() => this.frames.find(test), { what });
  }

  /** Waits for the first frame of an event. */
  async event(name: string): Promise<Frame> {
    return await this.find(({ event }) => event === name, name);
  }

  /** The frames of an event so far. */
  all(name: string): Frame[] {
    return this.frames.filter(({ event }) => event === name);
  }

  /** The frames so far that tell of a message: events, and confirmations that stand for one. */
  told(): Frame[] {
    return this.frames.filter(
      ({ event, seq }) => event === "new_message" || (event === "ack" && seq !== undefined),
    );
  }

  /** The durable frames so far, confirmations that stand for one included. */
  logged(): Frame[] {
    return this.frames.filter(({ seq }) => seq !== undefined);
  }

  async close(): Promise<void> {
    this.ws.close(1000);
    await this.closed;
  }
}

/** Opens a socket; with a token it is authenticated when this resolves. */
export async function openSocket(url: string, options: SocketOptions = {}): Promise<TestSocket> {
  const socket = new TestSocket(url, options);
  await socket.opened;
  const { token, since } = options;
  if (token !== undefined) {
    socket.send("authenticate", { token, since });
    await socket.event("authenticated");
  }
  return socket;
}
