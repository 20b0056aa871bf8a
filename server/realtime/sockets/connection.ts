/**
 * The state of one socket, kept small because a node holds tens of thousands. It writes with backpressure and closes;
 * what frames mean, and who gets them, is decided elsewhere.
 * @module
 */
import type { ServerWebSocket } from "bun";
import { answerOf } from "../../features/messages/mod.ts";
import { BOUNDS } from "../../protocol/bounds.ts";
import { CLOSE_CODE_DOCS, CLOSE_CODES, type CloseReason } from "../../protocol/close_codes.ts";
import type { EventData } from "../../protocol/events.ts";
import type { Role } from "../../protocol/models.ts";
import { type Member, type MemberSocket, Phase, type TypingState } from "../people/member.ts";
import type { PersonEvent } from "../people/person_event.ts";
import type { Counters } from "../stats/counters.ts";
import type { Codec } from "./codec.ts";
import type { Outbox } from "./outbox.ts";
import type { PendingSends } from "./pending_sends.ts";

/** Bytes that a client may leave unread; above it the socket is closed. */
export const MAX_BUFFERED = BOUNDS.UNREAD.value;
/** With more unread bytes than this, ephemeral events are dropped. */
const SHED_ABOVE = 64 * 1024;
/** With more unread bytes than this, a replay waits. */
const REPLAY_ABOVE = 256 * 1024;
/** Frames written in one go at most, so that a replay notices a slow reader. */
const MAX_CORKED = 32;
/** After 4013 clients reconnect within this many ms, each at a random moment. */
const COME_AGAIN_MS = 5_000;

/** Credentials and position that came with the upgrade. */
export interface Credentials {
  readonly token: string;
  readonly since?: number | undefined;
}

/** What the reason of a close frame says beside its code, as JSON. */
export interface CloseFacts {
  readonly retry_after_ms?: number;
  readonly expired?: true;
}

interface ConnectionOptions {
  readonly codec: Codec;
  readonly address: string;
  readonly counters: Counters;
  readonly outbox: Outbox;
  readonly id: string;
  readonly pending: Credentials | null;
}

/** See the module. `due` belongs to the wheel. */
export class Connection implements MemberSocket {
  readonly codec: Codec;
  /** Key of the network address that the socket counts against. */
  readonly address: string;
  readonly counters: Counters;
  readonly #outbox: Outbox;
  /** Unique on this node. */
  readonly id: string;
  /** Null before the socket is open and once the client has gone. */
  ws: ServerWebSocket<Connection> | null = null;
  phase: Phase = Phase.New;
  /** Null before authentication. */
  member: Member | null = null;
  sessionId = "";
  role: Role = "user";
  /** When the access token expires, ms since the epoch; 0 before authentication. */
  expiresAt = 0;
  /** Whether `token_expiring` was sent. */
  warned = false;
  /** Last position of the person's log that went to this socket. */
  seq = 0;
  /** When the last frame came in, ms since the epoch. */
  heardAt = 0;
  /** When the last ping was sent, or what the first one is reckoned from, ms since the epoch; 0: not yet. */
  askedAt = 0;
  /** Position at the last ping: once the pong is there, everything up to it has arrived. */
  askedSeq = 0;
  /** Whether the client says itself what it has received. */
  saysReceived = false;
  /** Whether nothing has come in since the last ping. */
  unanswered = false;
  openedAt = 0;
  due = 0;
  /** Frames that wait for the one being handled; null when there are none. */
  queue: string[] | null = null;
  /** Socket.IO only: frames that came before `authenticate`; null when there are none. */
  held: string[] | null = null;
  busy = false;
  /** Frames in the second of `heardAt`. */
  burst = 0;
  /** Socket.IO only: whether the client has entered the namespace. */
  entered = false;
  /** Whether it gets the statistics. */
  watching = false;
  typing: Map<string, TypingState> | null = null;
  /** Null until the first send that asks for a confirmation. */
  sends: PendingSends | null = null;
  pending: Credentials | null;
  /** Whether this side has sent the close frame. */
  closing = false;
  /** The client's close code while frames that came before it are still being handled; 0 otherwise. */
  leftWith = 0;
  /** Frames of this turn of the event loop; null when there are none. */
  #frames: string[] | null = null;
  #pressured = false;
  #writable: (() => void) | null = null;

  constructor({ codec, address, counters, outbox, id, pending }: ConnectionOptions) {
    this.codec = codec;
    this.address = address;
    this.counters = counters;
    this.#outbox = outbox;
    this.id = id;
    this.pending = pending;
  }

  get closed(): boolean {
    return this.phase === Phase.Closed;
  }

  /** Something came in: a frame, a ping or a pong. */
  heard(now: number): void {
    this.heardAt = now;
    this.unanswered = false;
  }

  /**
   * Sends a frame that must not be lost, at the end of this turn; a client that reads too slowly for it is closed and
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

  confirm(event: PersonEvent): boolean {
    if (this.sends === null || event.event !== "new_message") return false;
    const message = event.data as EventData<"new_message">;
    const ids = this.sends.take(message.message_id);
    if (ids.length === 0) return false;
    const json = JSON.stringify(answerOf(message));
    for (const id of ids) this.send(this.codec.ack(id, json, event.seq));
    return true;
  }

  confirmOverdue(): void {
    for (const { id, answer } of this.sends?.overdue() ?? []) {
      this.send(this.codec.ack(id, JSON.stringify(answer)));
    }
  }

  /** Writes the frames of this turn. */
  flush(): void {
    const { ws } = this;
    const frames = this.#frames;
    this.#frames = null;
    if (!ws || !frames) return;
    // -1 means that Bun has queued the frame: it must not be sent again.
    if (frames.length === 1) ws.send(frames[0]!);
    else ws.cork(() => frames.forEach((frame) => void ws.send(frame)));
    const buffered = ws.getBufferedAmount();
    if (buffered === 0) return;
    this.#pressured = true;
    if (buffered > MAX_BUFFERED) this.close("TOO_SLOW");
  }

  /** Sends an ephemeral frame, unless the client is behind with reading. */
  offer(frame: string): void {
    if (this.#pressured && (this.ws?.getBufferedAmount() ?? 0) > SHED_ABOVE) {
      this.counters.shed++;
      return;
    }
    this.send(frame);
  }

  /** Whether a replay should wait for the client to read. */
  get backlogged(): boolean {
    return this.#pressured && (this.ws?.getBufferedAmount() ?? 0) > REPLAY_ABOVE;
  }

  /** Resolves when the client has read enough for more; false when it did not in time, or is gone. */
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

  /** The kernel took what was buffered. */
  drained(): void {
    if ((this.ws?.getBufferedAmount() ?? 0) === 0) this.#pressured = false;
    this.#writable?.();
  }

  /**
   * Closes with a code that tells the client whether to reconnect. Where the client has gone already, the frames
   * that it left behind are dropped.
   */
  close(reason: CloseReason, facts?: CloseFacts): void {
    if (this.leftWith !== 0) this.queue = null;
    // Frames of this turn go out before the close.
    this.flush();
    const { ws } = this;
    if (!ws || this.closed) return;
    const { code, reconnect } = CLOSE_CODES[reason];
    const { doc } = CLOSE_CODE_DOCS[reason];
    const comeAgain = { retry_after_ms: Math.floor(Math.random() * COME_AGAIN_MS) };
    const said = facts ?? (reason === "UNAVAILABLE" ? comeAgain : undefined);
    const details = { close_code: code, reconnect, ...said };
    const json = JSON.stringify({ code: reason, message: doc, details, retryable: reconnect });
    const farewell = { message: doc, json, reconnect, entered: this.entered };
    for (const frame of this.codec.farewell(farewell)) ws.send(frame);
    this.closing = true;
    // The close handler runs inside this call.
    ws.close(code, said ? JSON.stringify(said) : reason.toLowerCase());
  }

  /** The client has closed the socket; what it sent before is still being handled. */
  left(code: number): void {
    this.leftWith = code;
    this.ws = null;
    this.#frames = null;
    this.#writable?.();
  }

  /** Frees what the socket held, once it is gone. */
  forget(): void {
    this.phase = Phase.Closed;
    this.ws = null;
    this.queue = null;
    this.held = null;
    this.typing = null;
    this.sends = null;
    this.#frames = null;
    this.#writable?.();
  }
}
