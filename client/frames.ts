/**
 * The project's own framing, seen from the client: JSON text with an event, its data, an id, a position. Pure.
 * @module
 */
import type { ClientEventData, ClientEventName } from "./wire.ts";

/** A frame from the server. */
export interface ServerFrame {
  readonly event: string;
  readonly data: unknown;
  /** The frame of ours that this answers. */
  readonly id: string | undefined;
  /** Position in the person's log, for durable events. */
  readonly seq: number | undefined;
}

/** @returns The frame's text. */
export function writeFrame<E extends ClientEventName>(
  event: E,
  data: ClientEventData<E>,
  id?: string,
): string {
  return JSON.stringify({ event, data, id });
}

/** @returns What the text says, or undefined when it is no frame. */
export function readFrame(text: unknown): ServerFrame | undefined {
  if (typeof text !== "string") return undefined;
  let frame: Partial<Record<keyof ServerFrame, unknown>> | null;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== "object" || typeof frame?.event !== "string") return undefined;
  return {
    event: frame.event,
    data: frame.data ?? {},
    id: typeof frame.id === "string" ? frame.id : undefined,
    seq: typeof frame.seq === "number" ? frame.seq : undefined,
  };
}
