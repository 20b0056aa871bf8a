/**
 * The client's options with their defaults. It connects nothing.
 * @module
 */
import type { ClientOptions } from "./types.ts";

/** Every option that is needed once the client runs. */
export type Settings = Required<Omit<ClientOptions, "url" | "since" | "savePosition" | "storage">> &
  Pick<ClientOptions, "savePosition" | "storage">;

const DEFAULTS = {
  connectTimeoutMs: 10_000,
  ackTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  minDelayMs: 1_000,
  maxDelayMs: 30_000,
  idleProbeMs: 60_000,
  window: 1,
  maxUnderWay: 32,
  maxPending: 1_000,
  retryRefused: true,
  random: Math.random,
  onError: report,
} as const satisfies Partial<ClientOptions>;

/** @throws TypeError when there is no WebSocket here. */
export function readSettings(options: ClientOptions): Settings {
  // An option that is given as undefined is not given.
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { WebSocket = (globalThis as Pick<ClientOptions, "WebSocket">).WebSocket } = options;
  if (!WebSocket) throw new TypeError("Cannot make a client: there is no WebSocket here, give one");
  return { ...DEFAULTS, ...given, WebSocket, token: options.token } as Settings;
}

/** Not reportError: in Bun that ends the process, for one listener's mistake. */
function report(error: unknown): void {
  console.error(error);
}
