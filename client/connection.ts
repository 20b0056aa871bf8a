/**
 * One socket from its opening to its loss, which is told exactly once. It owns this socket's deadlines and knows
 * nothing of the sockets before and after it.
 * @module
 */
import { writeFrame } from "./frames.ts";
import type { SocketLike } from "./types.ts";

/** Why a socket is no more. */
export interface Loss {
  /** The close code; 1006 where there was none. */
  readonly code: number;
  readonly reason: string;
}

/** What a connection needs, and whom it tells. */
interface ConnectionOptions {
  readonly WebSocket: new (url: string) => SocketLike;
  readonly address: string;
  readonly token: string;
  readonly since: number | undefined;
  /** Milliseconds until it must be welcome. */
  readonly connectTimeoutMs: number;
  /** Milliseconds of silence before it asks for a sign of life; 0: never. */
  readonly idleProbeMs: number;
  readonly onFrame: (text: unknown) => void;
  /** Not called after `close`. */
  readonly onLost: (loss: Loss) => void;
}

/** Id of `authenticate` frames; requests have numbers. */
export const AUTHENTICATE = "authenticate";
/** Milliseconds for the answer to a probe. */
const PROBE_ANSWER_MS = 10_000;

/** See the module. */
export class Connection {
  readonly #options: ConnectionOptions;
  #token: string;
  #socket: SocketLike | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #probing: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;
  #welcomeAt = 0;

  /** @throws When the platform refuses the address. */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#token = options.token;
    const socket = new options.WebSocket(options.address);
    this.#socket = socket;
    this.#deadline = setTimeout(() => this.abandon("not authenticated in time"), options.connectTimeoutMs);
    socket.onopen = () => this.#authenticate(options.since);
    socket.onmessage = ({ data }: { data: unknown }) => this.#hear(data);
    socket.onclose = ({ code, reason }: Partial<Loss>) =>
      this.#lose({ code: code ?? 1006, reason: reason ?? "" });
    // The close that follows says it; without a handler some platforms complain.
    socket.onerror = () => {};
  }

  /** Milliseconds since it was welcome; 0 when it never was. */
  get livedMs(): number {
    return this.#welcomeAt === 0 ? 0 : performance.now() - this.#welcomeAt;
  }

  /** Authentication is done. */
  welcome(): void {
    clearTimeout(this.#deadline);
    this.#welcomeAt = performance.now();
    if (this.#options.idleProbeMs > 0) this.#watch(this.#options.idleProbeMs);
  }

  /** Takes a fresh token, on the live socket. */
  renew(token: string): void {
    this.#token = token;
    this.#authenticate(undefined);
  }

  send(text: string): void {
    try {
      this.#socket?.send(text);
    } catch {
      this.abandon("cannot be written to");
    }
  }

  /** Asks for a sign of life, by authenticating again; without one the socket is given up. */
  probe(answerMs = PROBE_ANSWER_MS): void {
    if (this.#probing !== undefined) return;
    this.#probing = setTimeout(() => this.abandon("no sign of life"), answerMs);
    this.#authenticate(undefined);
  }

  /** Gives the socket up without waiting for its close, which may never come. */
  abandon(reason: string): void {
    const socket = this.#socket;
    this.#lose({ code: 1006, reason });
    closeQuietly(socket);
  }

  /** Closes without telling anybody. */
  close(): void {
    const socket = this.#forget();
    closeQuietly(socket, 1000);
  }

  #authenticate(since: number | undefined): void {
    this.send(writeFrame("authenticate", { token: this.#token, since }, AUTHENTICATE));
  }

  #hear(text: unknown): void {
    this.#heardAt = performance.now();
    clearTimeout(this.#probing);
    this.#probing = undefined;
    this.#options.onFrame(text);
  }

  /** A socket whose other end is gone stays open for hours, and a web page sees no pings. */
  #watch(idleMs: number): void {
    const silence = performance.now() - this.#heardAt;
    if (silence >= idleMs) this.probe();
    const next = silence >= idleMs ? idleMs : idleMs - silence;
    this.#deadline = setTimeout(() => this.#watch(idleMs), next);
  }

  #lose(loss: Loss): void {
    if (this.#forget()) this.#options.onLost(loss);
  }

  #forget(): SocketLike | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    clearTimeout(this.#deadline);
    clearTimeout(this.#probing);
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket;
  }
}

function closeQuietly(socket: SocketLike | undefined, code?: number): void {
  try {
    socket?.close(code);
  } catch {
    // It is given up either way.
  }
}
