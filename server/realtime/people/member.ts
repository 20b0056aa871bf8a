/**
 * A person with sockets on this node, and what the code about people needs of a socket. It knows no WebSocket.
 * @module
 */
import type { CloseReason } from "../../protocol/close_codes.ts";
import type { Role } from "../../protocol/models.ts";

/** Where a socket stands. */
export const Phase = {
  /** Open, nobody yet. */
  New: 0,
  /** Proving who it is. */
  Joining: 1,
  /** Reading what it missed; live frames only tell it that there is more to read. */
  Replaying: 2,
  Live: 3,
  Closed: 4,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** Someone is typing to someone in a conversation. */
export interface TypingState {
  readonly peerId: string;
  readonly until: number;
}

/** What a person's side of this folder needs of a socket; sockets/connection.ts implements it. */
export interface MemberSocket {
  /** Unique on this node. */
  readonly id: string;
  /** Writes an event in the socket's framing; equal for sockets of one framing. */
  readonly codec: EventCodec;
  readonly openedAt: number;
  readonly closed: boolean;
  /** Whether a replay should wait for the reader. */
  readonly backlogged: boolean;
  phase: Phase;
  /** Null before authentication. */
  member: Member | null;
  sessionId: string;
  role: Role;
  /** Last position of the person's log that went to this socket. */
  seq: number;
  /** Whether it gets the statistics. */
  watching: boolean;
  /** By conversation. */
  typing: Map<string, TypingState> | null;
  /** Sends a frame that must not be lost. */
  send(frame: string): void;
  /** Sends a frame that may be lost, unless the reader is behind. */
  offer(frame: string): void;
  /** Writes what was sent and not yet written. */
  flush(): void;
  /** Resolves when the reader has caught up enough for more; false when it did not in time, or is gone. */
  writable(withinMs: number): Promise<boolean>;
  close(reason: CloseReason): void;
}

/** The part of a codec that writes events. */
export interface EventCodec {
  /** @returns The frame of an event; `json` is its serialised data, `seq` its position in the person's log. */
  event(event: string, json: string, extras?: { readonly seq?: number | undefined }): string;
}

/** A durable event on its way to sockets; `json` is its serialised data. */
export interface LoggedFrame {
  readonly seq: number;
  readonly event: string;
  readonly json: string;
  /** When what it tells of was stored, ms since the epoch; 0 where nobody measures. */
  readonly at: number;
}

/** A person with at least one socket on this node, or with one until a moment ago. */
export class Member {
  readonly userId: string;
  /** Replaced, never changed, so that a loop over it may close sockets. */
  sockets: readonly MemberSocket[] = [];
  /** The highest position of the log that anybody has told of. */
  head = 0;
  /** Frames that came before their predecessor; null when there are none. */
  early: Map<number, LoggedFrame> | null = null;
  /** Whether somebody looks into the gap already. */
  mending = false;
  /** What the conversation with somebody last became: nothing passes a block, however late it comes. */
  verdicts: Map<string, { readonly seq: number; readonly hidden: boolean }> | null = null;
  /** Resolves when this node hears of everything that happens to this person. */
  subscribed: Promise<boolean> = Promise.resolve(false);
  /** Since when there is no socket, ms; 0 while there is one. */
  emptySince = 0;

  constructor(userId: string) {
    this.userId = userId;
  }

  /** By person: what they did before a block, up to this position of the log, is hidden, however late it comes. */
  #fences: Map<string, number> | null = null;

  /** Hides what that person did up to the position. */
  fence(userId: string, upTo: number): void {
    this.#fences ??= new Map();
    this.#fences.set(userId, Math.max(upTo, this.#fences.get(userId) ?? 0));
  }

  /** Their conversation can be read again, and so can what is replayed of it. */
  unfence(userId: string): void {
    this.#fences?.delete(userId);
  }

  /** @returns Whether that person is behind a block, or what they did at that position is. */
  hides(userId: string, at = Number.POSITIVE_INFINITY): boolean {
    return this.verdicts?.get(userId)?.hidden === true || at <= (this.#fences?.get(userId) ?? -1);
  }

  /** Whether there is anybody whom it may hide. */
  get hidesAny(): boolean {
    return this.verdicts !== null || this.#fences !== null;
  }
}
