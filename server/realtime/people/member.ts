/**
 * A person with sockets on this node, and what the code about people needs of a socket. It knows no WebSocket.
 * @module
 */
import type { CloseReason } from "../../protocol/close_codes.ts";
import type { ConversationStatus, Role } from "../../protocol/models.ts";
import type { PersonEvent } from "./person_event.ts";

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

/** A person is typing to somebody in a conversation. */
export interface TypingState {
  readonly peerId: string;
  /** When it ends without a further `typing_start`, ms. */
  readonly until: number;
  /** When the database was asked whether they may, ms. */
  readonly checkedAt: number;
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
  /**
   * Confirms the send that stored the message of this event, where this socket waits for that: the confirmation takes
   * the event's place.
   *
   * @returns Whether it did; otherwise the event is for this socket as for any other.
   */
  confirm(event: PersonEvent): boolean;
  /** The socket is at the head of the log: confirms what was stored and not confirmed on the way. */
  confirmOverdue(): void;
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

/** What this node has heard about a member and somebody else; visibility.ts reads and writes it. */
export interface PeerState {
  /** What their conversation last became; null: nothing was heard. */
  status: ConversationStatus | null;
  /** Position in the member's log of the event that said so; -1: none. */
  statusSeq: number;
  /** A block hides what the other one did up to this position of the member's log; -1: none does. */
  hiddenUpTo: number;
}

/** A person with at least one socket on this node, or with one until a moment ago. */
export class Member {
  readonly userId: string;
  /** Replaced, never changed, so that a loop over it may close sockets. */
  sockets: readonly MemberSocket[] = [];
  /** The highest position of the log that was heard of. */
  head = 0;
  /** Events that came before their predecessor, by position; null when there are none. */
  early: Map<number, PersonEvent> | null = null;
  /** Whether sockets that are behind are about to read the log. */
  mending = false;
  /** By person; null while nothing was heard about anybody. */
  peers: Map<string, PeerState> | null = null;
  /** Counts what was heard that may forbid typing; a permission read before the last one is stale. */
  typingChanges = 0;
  /** Resolves when this node hears of everything that happens to this person. */
  subscribed: Promise<boolean> = Promise.resolve(false);
  /** Since when there is no socket, ms; 0 while there is one. */
  emptySince = 0;

  constructor(userId: string) {
    this.userId = userId;
  }
}

/**
 * Sends an event that is not kept to the member's live sockets, unless their reader is behind.
 *
 * @param options.mustArrive Also to a reader that is behind, and to a socket that is filling a gap just now.
 */
export function sendToLive(
  member: Member,
  { event, json }: PersonEvent,
  { mustArrive = false }: { mustArrive?: boolean } = {},
): void {
  for (const socket of member.sockets) {
    if (mustArrive && isFed(socket)) socket.send(socket.codec.event(event, json));
    else if (socket.phase === Phase.Live) socket.offer(socket.codec.event(event, json));
  }
}

/** @returns Whether the socket is live or about to be. */
export function isFed({ phase }: MemberSocket): boolean {
  return phase === Phase.Live || phase === Phase.Replaying;
}
