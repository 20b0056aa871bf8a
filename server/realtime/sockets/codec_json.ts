/**
 * The framing of `/ws`: JSON text, `{"event", "data", "id"?}` from the client, the same with `seq` from the server.
 * @module
 */
import { type Codec, isFrameId, parseJson } from "./codec.ts";

/** Frames of `/ws`. */
export const jsonCodec: Codec = {
  name: "json",
  ping: null,
  // The close code and its reason say it.
  farewell: () => [],
  greeting: () => [],

  decode(text) {
    const parsed = parseJson(text);
    if (!parsed) return { kind: "invalid", problem: "must be JSON of at most 8 levels" };
    const { value } = parsed;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { kind: "invalid", problem: "must be an object" };
    }
    const { event, data = {}, id } = value as { event?: unknown; data?: unknown; id?: unknown };
    if (id !== undefined && !isFrameId(id)) {
      return { kind: "invalid", problem: "must have a short text or a whole number as id" };
    }
    if (typeof event !== "string" || event === "") {
      return { kind: "invalid", problem: "must name its event with a text", id };
    }
    return { kind: "event", event, data, id };
  },

  event(event, json, { seq, id } = {}) {
    const named = id === undefined ? "" : `,"id":${JSON.stringify(id)}`;
    const placed = seq === undefined ? "" : `,"seq":${seq}`;
    return `{"event":"${event}"${named}${placed},"data":${json}}`;
  },

  ack: (id, json, seq) =>
    `{"event":"ack","id":${JSON.stringify(id)}${seq === undefined ? "" : `,"seq":${seq}`},"data":${json}}`,

  error: (json, id) =>
    `{"event":"error"${id === undefined ? "" : `,"id":${JSON.stringify(id)}`},"data":${json}}`,
};
