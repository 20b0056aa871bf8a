/**
 * The socket's bounds that are part of the protocol and not configuration: sizes, times, lengths of queues. The server
 * keeps them, the documentation lists them.
 * @module
 */

interface Bound {
  readonly value: number;
  readonly unit: "ms" | "bytes" | "levels" | "frames" | "days" | "characters";
  readonly doc: string;
}

/** Every such bound. */
export const BOUNDS = {
  AUTHENTICATE_WITHIN: {
    value: 10_000,
    unit: "ms",
    doc: "until the first `authenticate`; closed 4011 after it",
  },
  HEARTBEAT: { value: 25_000, unit: "ms", doc: "between two pings of the server, also while it sends" },
  HEARTBEAT_ANSWER: { value: 10_000, unit: "ms", doc: "for the answer to a ping; closed 4010 after it" },
  TOKEN_WARNING: {
    value: 60_000,
    unit: "ms",
    doc: "before the token runs out, `token_expiring`; closed 4501 when it has",
  },
  FRAME_SIZE: { value: 16 * 1024, unit: "bytes", doc: "in a client's frame; closed 1006 or 1009 above it" },
  FRAME_DEPTH: { value: 8, unit: "levels", doc: "of JSON in a client's frame" },
  FRAME_ID: { value: 64, unit: "characters", doc: "in a frame's `id`; a whole number will do, too" },
  QUEUE: {
    value: 64,
    unit: "frames",
    doc: "of one socket that wait while one is handled; closed 4029 above it",
  },
  HELD: {
    value: 256 * 1024,
    unit: "bytes",
    doc: "of frames that a Socket.IO client sends before it authenticates, at most as many as may wait; closed 4029 above it",
  },
  BURST: {
    value: 256,
    unit: "frames",
    doc: "of one socket in one second, pings and pongs included; closed 4029 above it",
  },
  UNREAD: { value: 1024 * 1024, unit: "bytes", doc: "that the client has not read; closed 4008 above it" },
  TYPING: { value: 10_000, unit: "ms", doc: "after `typing_start` without another one, typing is over" },
  OFFLINE_AFTER: { value: 10_000, unit: "ms", doc: "after the last socket is gone, the person is offline" },
  LOG: { value: 30, unit: "days", doc: "that durable events can be replayed; `resync_required` after it" },
} as const satisfies Record<string, Bound>;
