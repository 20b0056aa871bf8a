/**
 * WebSocket close codes: the number tells a client what to do next. 4000–4499 reconnect, 4500–4999 do not.
 * The server, the client and the documentation all read this table.
 * @module
 */

/** Why the server closed a socket, and what the client does about it. */
export const CLOSE_CODES = {
  GOING_AWAY: {
    code: 4000,
    reconnect: true,
    doc: "The server is draining; the reason holds `retry_after_ms`",
  },
  TOO_SLOW: { code: 4008, reconnect: true, doc: "The client reads too slowly; resume with `since`" },
  PING_TIMEOUT: { code: 4010, reconnect: true, doc: "No answer to a ping within 10 s" },
  AUTH_TIMEOUT: { code: 4011, reconnect: true, doc: "No valid `authenticate` within 10 s" },
  UNAVAILABLE: {
    code: 4013,
    reconnect: true,
    doc: "The server cannot serve this socket now; the reason holds `retry_after_ms`",
  },
  FLOODING: {
    code: 4029,
    reconnect: true,
    doc: "Too many frames, pings or tokens: wait 5 s, or `retry_after_ms` of the reason, then reconnect",
  },
  UNAUTHORIZED: {
    code: 4501,
    reconnect: false,
    doc: "The token is wrong or expired: get a new one",
  },
  SANCTIONED: { code: 4503, reconnect: false, doc: "The account is suspended or banned" },
  LOGGED_OUT: { code: 4504, reconnect: false, doc: "The session was ended" },
  PROTOCOL_ERROR: {
    code: 4507,
    reconnect: false,
    doc: "The client sent a frame that the protocol does not allow",
  },
  CONNECTED_ELSEWHERE: {
    code: 4509,
    reconnect: false,
    doc: "A ninth socket of this person connected, and the oldest was closed",
  },
} as const satisfies Record<string, { code: number; reconnect: boolean; doc: string }>;

/** A name of {@link CLOSE_CODES}. */
export type CloseReason = keyof typeof CLOSE_CODES;

/**
 * Whether a client may reconnect by itself after this code.
 * @param code The close event's code; codes outside the table (1006 and the like) may reconnect.
 * @returns False from 4500 to 4999.
 */
export function mayReconnect(code: number): boolean {
  return !(code >= 4500 && code <= 4999);
}
