/**
 * The interface of a codec, which translates between frames on the wire and their meaning. A codec holds no state and
 * knows no user.
 * @module
 */
import { BOUNDS } from "../../protocol/bounds.ts";
import type { EventCodec } from "../people/member.ts";
import type { CodecName } from "../stats/counters.ts";

/** A client's own name for one of its frames, echoed on the answer. */
export type FrameId = string | number;

/** What a client's frame means. */
export type Inbound =
  | {
      readonly kind: "event";
      readonly event: string;
      readonly data: unknown;
      readonly id: FrameId | undefined;
    }
  /** Socket.IO: CONNECT to the namespace, with credentials or without. */
  | { readonly kind: "connect"; readonly auth: unknown }
  /** A frame that the protocol itself answers. */
  | { readonly kind: "reply"; readonly frame: string }
  /** The client disconnects. */
  | { readonly kind: "leave" }
  /** A frame without meaning, such as a pong: it only shows that the client is alive. */
  | { readonly kind: "alive" }
  /** A frame that is answered with an error; the socket stays open. */
  | { readonly kind: "invalid"; readonly problem: string; readonly id?: FrameId | undefined }
  /** A violation of the protocol: the socket is closed. */
  | { readonly kind: "fatal"; readonly problem: string };

/** What a server's event may carry beside its data. */
export interface EventExtras {
  /** Position in the person's log, for durable events. */
  readonly seq?: number | undefined;
  /** The client's frame that this answers. */
  readonly id?: FrameId | undefined;
}

/** A close that the server is about to make. */
export interface Farewell {
  /** For people. */
  readonly message: string;
  /** Data of the `error` event that says why, with the close code and whether to reconnect. */
  readonly json: string;
  /** Whether the client is to reconnect. */
  readonly reconnect: boolean;
  /** Socket.IO: whether the client has entered the namespace. */
  readonly entered: boolean;
}

/** See the module. All `json` arguments are serialised data. */
export interface Codec extends EventCodec {
  readonly name: CodecName;
  decode(text: string): Inbound;
  /** @returns The frame of a server's event. */
  event(event: string, json: string, extras?: EventExtras): string;
  /**
   * @returns The frame that confirms a client's frame.
   * @param seq Position in the person's log, where the confirmation stands for an event of it.
   */
  ack(id: FrameId, json: string, seq?: number): string;
  /** @returns The frame that says why a client's frame failed. */
  error(json: string, id?: FrameId): string;
  /** First frames of a new socket. */
  greeting(socketId: string): readonly string[];
  /** The protocol's own heartbeat; null: the WebSocket's. */
  readonly ping: string | null;
  /** Last frames before a close, for clients whose API does not show its code. */
  farewell(farewell: Farewell): readonly string[];
}

/** Milliseconds between two heartbeats of the server. */
export const HEARTBEAT_MS = BOUNDS.HEARTBEAT.value;
/** Milliseconds within which a heartbeat is to be answered. */
export const ANSWER_MS = BOUNDS.HEARTBEAT_ANSWER.value;
/** Largest frame of a client, bytes. */
export const MAX_FRAME_BYTES = BOUNDS.FRAME_SIZE.value;
/** Levels of nesting in a client's JSON. */
const MAX_DEPTH = BOUNDS.FRAME_DEPTH.value;
const MAX_ID_LENGTH = BOUNDS.FRAME_ID.value;

/** @returns The parsed text, or undefined when it is no JSON or nests too deeply. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isShallow(value, MAX_DEPTH) ? { value } : undefined;
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  for (const inner of Object.values(value)) if (!isShallow(inner, levels - 1)) return false;
  return true;
}

/** @returns Whether a client may name its frame so. */
export function isFrameId(value: unknown): value is FrameId {
  return typeof value === "string"
    ? value.length > 0 && value.length <= MAX_ID_LENGTH
    : Number.isSafeInteger(value);
}
