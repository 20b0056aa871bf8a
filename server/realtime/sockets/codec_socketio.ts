/**
 * Socket.IO v4 over Engine.IO v4, WebSocket transport only: for apps that use the stock client. Engine.IO packets
 * are one digit and a payload; its messages (4) hold Socket.IO packets of the main namespace.
 *
 * A durable event has a second argument, `{seq}`; an acknowledgement holds the REST envelope:
 * `{success: true, data}` or `{success: false, error}`, and that of `send_message` has `{seq}` as well.
 * @module
 */
import {
  ANSWER_MS,
  type Codec,
  type FrameId,
  HEARTBEAT_MS,
  type Inbound,
  MAX_FRAME_BYTES,
  parseJson,
} from "./codec.ts";

const MAX_ACK_DIGITS = 15;

/** Frames of `/socket.io/`. */
export const socketIoCodec: Codec = {
  name: "socketio",
  ping: "2",

  greeting(socketId) {
    const handshake = {
      sid: socketId,
      upgrades: [],
      pingInterval: HEARTBEAT_MS,
      pingTimeout: ANSWER_MS,
      maxPayload: MAX_FRAME_BYTES,
    };
    return [`0${JSON.stringify(handshake)}`];
  },

  decode(text) {
    switch (text[0]) {
      case "1":
        return { kind: "leave" };
      case "2":
        return { kind: "reply", frame: `3${text.slice(1)}` };
      case "3":
      case "5":
      case "6":
        return { kind: "alive" };
      case "4":
        return decodePacket(text);
      default:
        return { kind: "fatal", problem: "must be an Engine.IO v4 packet" };
    }
  },

  event: (event, json, { seq } = {}) =>
    seq === undefined ? `42["${event}",${json}]` : `42["${event}",${json},{"seq":${seq}}]`,

  ack: (id, json, seq) =>
    `43${id}[{"success":true,"data":${json}}${seq === undefined ? "" : `,{"seq":${seq}}`}]`,

  error: (json, id) =>
    id === undefined ? `42["error",${json}]` : `43${id}[{"success":false,"error":${json}}]`,

  // The stock client shows no close code. It reconnects unless it is disconnected (41) or refused (44).
  farewell({ message, json, reconnect, entered }) {
    if (!entered) return reconnect ? [] : [connectErrorPacket(message, json)];
    const error = `42["error",${json}]`;
    return reconnect ? [error] : [error, "41"];
  },
};

/** @returns The packet that lets the client in. */
export function connectPacket(socketId: string): string {
  return `40${JSON.stringify({ sid: socketId })}`;
}

/** @returns The packet that refuses the client; `data` is what its `connect_error` sees. */
export function connectErrorPacket(message: string, json: string): string {
  return `44{"message":${JSON.stringify(message)},"data":${json}}`;
}

/** Reads `4<type>[/namespace,][ack id][payload]`. */
function decodePacket(text: string): Inbound {
  const type = text[1];
  if (type === "5" || type === "6")
    return { kind: "fatal", problem: "must be text: binary is not supported" };
  if (type === undefined || !"01234".includes(type)) {
    return { kind: "fatal", problem: "must be a Socket.IO v4 packet" };
  }
  let at = 2;
  if (text[2] === "/") {
    const comma = text.indexOf(",");
    const namespace = text.slice(2, comma === -1 ? undefined : comma);
    if (namespace !== "/") return elsewhere(type, namespace);
    at = comma === -1 ? text.length : comma + 1;
  }
  const digits = /^\d*/.exec(text.slice(at, at + MAX_ACK_DIGITS + 1))![0];
  if (digits.length > MAX_ACK_DIGITS)
    return { kind: "invalid", problem: "must have an acknowledgement id of at most 15 digits" };
  const id = digits === "" ? undefined : Number(digits);
  const payload = text.slice(at + digits.length);
  if (type === "0") return decodeConnect(payload);
  if (type === "1") return { kind: "leave" };
  // Acknowledgements: the server never asks for one.
  if (type !== "2") return { kind: "alive" };
  return decodeEvent(payload, id);
}

function decodeConnect(payload: string): Inbound {
  if (payload === "") return { kind: "connect", auth: {} };
  const parsed = parseJson(payload);
  return parsed
    ? { kind: "connect", auth: parsed.value }
    : { kind: "fatal", problem: "must carry auth as JSON of at most 8 levels" };
}

function decodeEvent(payload: string, id: FrameId | undefined): Inbound {
  const args = parseJson(payload)?.value;
  if (!Array.isArray(args)) {
    return {
      kind: "invalid",
      problem: "must carry a JSON array of at most 8 levels",
      id,
    };
  }
  const [event, data = {}] = args as unknown[];
  if (typeof event !== "string" || event === "") {
    return { kind: "invalid", problem: "must name its event with a text", id };
  }
  return { kind: "event", event, data, id };
}

/** There is one namespace; a CONNECT to another is refused in the stock server's words. */
function elsewhere(type: string, namespace: string): Inbound {
  if (type !== "0") return { kind: "alive" };
  return { kind: "reply", frame: `44${namespace.slice(0, 100)},{"message":"Invalid namespace"}` };
}
