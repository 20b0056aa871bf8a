/**
 * The listening part that every way of running the server shares: the application on a port, the metrics on
 * another, and their orderly end.
 * It takes a context and leaves closing that to whoever made it.
 * @module
 */
import { createApp } from "./app.ts";
import type { Context } from "./context/mod.ts";
import { METRICS_PATH, type MetricsListener, serveMetrics } from "./metrics/mod.ts";

/** How long sockets may take to finish what was sent, ms; with the rest of the end it stays within 25 s. */
const DRAIN_MS = 6_000;
/**
 * A request whose body is not whole by then is over, however its bytes drip (Bun counts from its beginning); headers
 * have 12 s, which Bun does not let anybody change.
 */
const IDLE_SECONDS = 30;

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether other processes of ours may listen on it too; the kernel spreads connections. @default false */
  readonly sharePort?: boolean;
  /** How long a request may take to arrive or to be answered, seconds. @default 30 */
  readonly idleSeconds?: number;
}

/** A server that answers. */
export interface RunningServer {
  /** With the port that was taken, without a slash at the end. */
  readonly url: string;
  /** Where the metrics are; null without METRICS_PORT. */
  readonly metricsUrl: string | null;
  /**
   * Ends it: `/readyz` is 503 at once, sockets are told to come again elsewhere, requests in flight are answered,
   * then every connection is closed.
   * @param graceMs How long requests in flight may take, ms. @default 8,000
   */
  stop(graceMs?: number): Promise<void>;
}

/** Somebody else listens on the port, or we may not. */
export class ListenError extends Error {
  /** For the command line: wrong usage. */
  readonly exitCode = 2;
  /** `EADDRINUSE`, `EACCES` … */
  readonly code: string;

  constructor({ host, port }: ListenOptions, cause: unknown) {
    const { code = "UNKNOWN", message } = cause as { code?: string; message?: string };
    const why =
      {
        EADDRINUSE: "another program uses it",
        EACCES: "it is not ours to take",
        EADDRNOTAVAIL: "this machine has no such address",
      }[code] ?? message;
    super(`Cannot listen on ${hostAndPort(host, port)}: ${why}`, { cause });
    this.name = "ListenError";
    this.code = code;
  }
}

/**
 * Serves the application.
 *
 * @throws ListenError
 *
 * @example
 * ```ts
 * const server = await startServer(context, { host: "127.0.0.1", port: 0 });
 * await fetch(`${server.url}/readyz`);
 * await server.stop();
 * ```
 */
export async function startServer(context: Context, options: ListenOptions): Promise<RunningServer> {
  const { host, port, sharePort = false, idleSeconds = IDLE_SECONDS } = options;
  let draining = false;
  const metrics = listenForMetrics(context, host);
  const app = createApp({ ...context, isDraining: () => draining });
  try {
    // Native handlers beside the application, on the same port.
    app.listen({
      hostname: host,
      port,
      reusePort: sharePort,
      idleTimeout: idleSeconds,
      websocket: context.realtime.websocket,
    });
  } catch (error) {
    await metrics?.stop();
    throw new ListenError({ host, port }, error);
  }
  const server = app.server;
  if (server === null) throw new ListenError({ host, port }, new Error("it did not start"));
  context.realtime.start();
  return {
    url: `http://${hostAndPort(reachable(host), server.port ?? port)}`,
    metricsUrl: metrics ? `http://${hostAndPort(reachable(host), metrics.port)}${METRICS_PATH}` : null,
    async stop(graceMs = 8_000) {
      draining = true;
      // While sockets are sent away the port still answers, or nobody could see that it is not ready.
      await context.realtime.drain({ withinMs: Math.min(DRAIN_MS, graceMs) });
      const answered = server.stop();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, graceMs);
      await Promise.race([answered, late]);
      clearTimeout(timer);
      await server.stop(true);
      // Last, so that the drain can be watched.
      await metrics?.stop();
    },
  };
}

/**
 * Finds out whether a port can be had, by having it for a moment without sharing it.
 *
 * @returns The port, or a free one for 0.
 * @throws ListenError
 */
export async function freePort({ host, port }: ListenOptions): Promise<number> {
  try {
    const probe = Bun.serve({ hostname: host, port, reusePort: false, fetch: () => new Response() });
    const taken = probe.port ?? port;
    await probe.stop(true);
    return taken;
  } catch (error) {
    throw new ListenError({ host, port }, error);
  }
}

/** @throws ListenError */
function listenForMetrics({ config, metrics }: Context, host: string): MetricsListener | undefined {
  const port = config.metricsPort;
  if (!metrics || port === null) return undefined;
  try {
    return serveMetrics(metrics, { host, port });
  } catch (error) {
    throw new ListenError({ host, port }, error);
  }
}

/** An address to listen on everywhere is none to go to. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}

function hostAndPort(host: string, port: number): string {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare.includes(":") ? `[${bare}]:${port}` : `${bare}:${port}`;
}
