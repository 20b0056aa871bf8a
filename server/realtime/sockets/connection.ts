/**
 * The state of one socket, kept small: there are tens of thousands of them. It owns writing with backpressure and
 * closing; what frames mean, and who gets them, is decided elsewhere.
 * @module
 */
import type { ServerWebSocket } from "bun";
import { BOUNDS } from "../../protocol/bounds.ts";
import { CLOSE_CODES, type CloseReason } from "../../protocol/close_codes.ts";
import type { Role } from "../../protocol/models.ts";
import { type Member, type MemberSocket, Phase, type TypingState } from "../people/member.ts";
import type { Counters } from "../stats/counters.ts";
import type { Codec } from "./codec.ts";
import type { Outbox } from "./outbox.ts";

/** A reader that lets this much pile up is closed, bytes. */
export const MAX_BUFFERED = BOUNDS.UNREAD.value;
/** Above this, what may be lost is not sent, bytes. */
const SHED_ABOVE = 64 * 1024;
/** Above this, a replay waits for the reader, bytes. */
const REPLAY_ABOVE = 256 * 1024;

/** Frames that are written together at most, so that a replay sees how its reader keeps up. */
const MAX_CORKED = 32;

/** Credentials and position that came with the upgrade. */
export interface Credentials {
  readonly token: string;
  readonly since?: number | undefined;
}

/** See the module. `due` belongs to the wheel. */
export class Connection implements MemberSocket {
  readonly codec: Codec;
  /** Whose limits a new socket counted against. */
  readonly address: string;
  readonly counters: Counters;
  readonly #outbox: Outbox;
  /** Unique on this node. */
  readonly id: string;
  ws: ServerWebSocket<Connection> | null = null;
  phase: Phase = Phase.New;
  /** Everything about the person; null before authentication. */
  member: Member | null = null;
  sessionId = "";
  role: Role = "user";
  /** When the access token runs out, ms since the epoch; 0 before authentication. */
  expiresAt = 0;
  warned = false;
  /** Last position of the person's log that went to this socket. */
  seq = 0;
  /** Milliseconds, for the heartbeat: when something came in, when we asked. */
  heardAt = 0;
  askedAt = 0;
  openedAt = 0;
  due = 0;
  /** Frames that wait for the one being handled; null when there is none. */
  queue: string[] | null = null;
  busy = false;
  /** Frames in the second of `heardAt`. */
  burst = 0;
  /** Socket.IO only: whether the client has entered the namespace. */
  entered = false;
  /** Whether it gets the statistics. */
  watching = false;
  typing: Map<string, TypingState> | null = null;
  pending: Credentials | null;
  /** Frames of this turn; null when there are none. */
  #frames: string[] | null = null;
  #pressured = false;
  #writable: (() => void) | null = null;

  constructor(options: {
    codec: Codec;
    address: string;
    counters: Counters;
    outbox: Outbox;
    id: string;
    pending: Credentials | null;
  }) {
    this.codec = options.codec;
    this.address = options.address;
    this.counters = options.counters;
    this.#outbox = options.outbox;
    this.id = options.id;
    this.pending = options.pending;
  }

  get closed(): boolean {
    return this.phase === Phase.Closed;
  }

  /**
   * Sends a frame that must not be lost, at the end of this turn; a reader that is too slow for it is closed and
   * resumes later.
   */
  send(frame: string): void {
    if (!this.ws || this.phase === Phase.Closed) return;
    this.counters.framesOut++;
    if (this.#frames === null) {
      this.#frames = [frame];
      this.#outbox.add(this);
    } else if (this.#frames.push(frame) >= MAX_CORKED) {
      this.flush();
    }
  }

  /** Writes what this turn has brought. */
  flush(): void {
    const { ws } = this;
    const frames = this.#frames;
    this.#frames = null;
    if (!ws || !frames) return;
    // What is not taken is queued by Bun (-1), and never to be sent again.
    if (frames.length === 1) ws.send(frames[0]!);
    else ws.cork(() => frames.forEach((frame) => void ws.send(frame)));
    const buffered = ws.getBufferedAmount();
    if (buffered === 0) return;
    this.#pressured = true;
    if (buffered > MAX_BUFFERED) this.close("TOO_SLOW");
  }

  /** Sends a frame that may be lost, unless the reader is behind. */
  offer(frame: string): void {
    if (this.#pressured && (this.ws?.getBufferedAmount() ?? 0) > SHED_ABOVE) {
      this.counters.shed++;
      return;
    }
    this.send(frame);
  }

  /** Whether a replay should wait for the reader. */
  get backlogged(): boolean {
    return this.#pressured && (this.ws?.getBufferedAmount() ?? 0) > REPLAY_ABOVE;
  }

  /** Resolves when the reader has caught up enough for more; false when it did not in time, or is gone. */
  async writable(withinMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    this.#writable = resolve;
    await promise;
    clearTimeout(timer);
    this.#writable = null;
    if (this.backlogged) this.close("TOO_SLOW");
    return !this.closed;
  }

  /** The socket took what was buffered. */
  drained(): void {
    if ((this.ws?.getBufferedAmount() ?? 0) === 0) this.#pressured = false;
    this.#writable?.();
  }

  /** Closes with a reason that tells the client what to do next. */
  close(reason: CloseReason, facts?: Readonly<Record<string, unknown>>): void {
    // What was said before the end is heard before the end.
    this.flush();
    const { ws } = this;
    if (!ws || this.phase === Phase.Closed) return;
    const { code, reconnect } = CLOSE_CODES[reason];
    if (!reconnect && this.codec.goodbye !== null && this.entered) ws.send(this.codec.goodbye);
    // The close handler runs inside this call.
    ws.close(code, facts ? JSON.stringify(facts) : reason.toLowerCase());
  }

  /** Called once the socket is gone. */
  forget(): void {
    this.phase = Phase.Closed;
    this.ws = null;
    this.queue = null;
    this.typing = null;
    this.#frames = null;
    this.#writable?.();
  }
}
