/**
 * WebSocket close codes: the number tells a client what to do next. 4000–4499 reconnect, 4500–4999 do not.
 * The server, the client and the documentation all read this table.
 * @module
 */

/** Why the server closed a socket. */
export const CLOSE_CODES = {
  GOING_AWAY: { code: 4000, reconnect: true },
  TOO_SLOW: { code: 4008, reconnect: true },
  PING_TIMEOUT: { code: 4010, reconnect: true },
  AUTH_TIMEOUT: { code: 4011, reconnect: true },
  UNAVAILABLE: { code: 4013, reconnect: true },
  FLOODING: { code: 4029, reconnect: true },
  UNAUTHORIZED: { code: 4501, reconnect: false },
  SANCTIONED: { code: 4503, reconnect: false },
  LOGGED_OUT: { code: 4504, reconnect: false },
  PROTOCOL_ERROR: { code: 4507, reconnect: false },
  CONNECTED_ELSEWHERE: { code: 4509, reconnect: false },
} as const satisfies Record<string, { code: number; reconnect: boolean }>;

/** A name of {@link CLOSE_CODES}. */
export type CloseReason = keyof typeof CLOSE_CODES;

/** What each code means and what an app does about it; apart from the numbers, which travel in every client. */
export const CLOSE_CODE_DOCS: Readonly<
  Record<CloseReason, { readonly doc: string; readonly action: string }>
> = {
  GOING_AWAY: {
    doc: "The server is draining; the reason holds `retry_after_ms`",
    action: "Reconnect after that time; show nothing",
  },
  TOO_SLOW: {
    doc: "The client reads too slowly; resume with `since`",
    action: "Reconnect; do less work in each listener",
  },
  PING_TIMEOUT: { doc: "No answer to a ping within 10 s", action: "Reconnect; show that the app is offline" },
  AUTH_TIMEOUT: {
    doc: "No valid `authenticate` within 10 s",
    action: "Reconnect, with the token at hand before the socket opens",
  },
  UNAVAILABLE: {
    doc: "The server cannot serve this socket now; the reason holds `retry_after_ms`",
    action: "Reconnect after that time; show that the app is offline",
  },
  FLOODING: {
    doc: "Too many frames, pings or tokens: wait 5 s, or `retry_after_ms` of the reason, then reconnect",
    action: "Reconnect after that time; send less",
  },
  UNAUTHORIZED: {
    doc: "The token is wrong or expired: get a new one",
    action: "Refresh the token once and reconnect; where that fails, show the sign-in",
  },
  SANCTIONED: {
    doc: "The account is suspended or banned",
    action: "Stop, and show what `moderation_notice` or the sign-in says",
  },
  LOGGED_OUT: { doc: "The session was ended", action: "Forget the tokens and show the sign-in" },
  PROTOCOL_ERROR: {
    doc: "The client sent a frame that the protocol does not allow",
    action: "A mistake in the app: report it, and reconnect when the person asks for it",
  },
  CONNECTED_ELSEWHERE: {
    doc: "A ninth socket of this person connected, and the oldest was closed",
    action: "Say that the chat is open elsewhere, with a button that reconnects",
  },
};

/**
 * Whether a client may reconnect by itself after this code.
 * @param code The close event's code; codes outside the table (1006 and the like) may reconnect.
 * @returns False from 4500 to 4999.
 */
export function mayReconnect(code: number): boolean {
  return !(code >= 4500 && code <= 4999);
}
