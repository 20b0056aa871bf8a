/**
 * Listens: the application on one port, the metrics on another, and their drain. `serve`, `dev` and the tests share
 * it. The context stays open; whoever made it closes it.
 * @module
 */
import { createApp } from "./app.ts";
import type { Context } from "./context/mod.ts";
import { hostAndPort, ListenError } from "./lib/ports.ts";
import { METRICS_PATH, type MetricsListener, serveMetrics } from "./metrics/mod.ts";

/** How long sockets may take to finish their queues, ms; the whole drain stays within 25 s. */
const DRAIN_MS = 6_000;
/**
 * Time for a whole request, body included: Bun counts from its first byte, so that a slow body cannot extend it.
 * Headers have 12 s, which Bun does not make configurable.
 */
const IDLE_SECONDS = 30;

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Sets SO_REUSEPORT: the kernel spreads connections over all workers that listen. @default false */
  readonly sharePort?: boolean;
  /** Serves the demo, which signs in anybody; a server in production never does. @default false */
  readonly demo?: boolean;
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
   * Drains and stops: `/readyz` answers 503 at once, sockets are closed with a time to reconnect, requests in flight
   * are answered, then every connection is closed.
   * @param graceMs How long requests in flight may take, ms. @default 8,000
   * @returns How many sockets were open.
   */
  stop(graceMs?: number): Promise<number>;
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
  const metrics = listenForMetrics(context, host);
  const app = createApp({
    ...context,
    home: homeOf(context, options),
    isDraining: () => context.realtime.isDraining,
  });
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
    throw new ListenError(host, port, error);
  }
  const server = app.server;
  if (server === null) throw new ListenError(host, port, new Error("it did not start"));
  announce(context);
  context.realtime.start();
  context.push.start();
  context.jobs.start();
  return {
    url: `http://${hostAndPort(reachable(host), server.port ?? port)}`,
    metricsUrl: metrics ? `http://${hostAndPort(reachable(host), metrics.port)}${METRICS_PATH}` : null,
    async stop(graceMs = 8_000) {
      // The port still answers while sockets drain: load balancers must see that /readyz is 503.
      const sockets = await context.realtime.drain({ withinMs: Math.min(DRAIN_MS, graceMs) });
      const answered = server.stop();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, graceMs);
      await Promise.race([answered, late]);
      clearTimeout(timer);
      await server.stop(true);
      // Last, so that the drain shows in the metrics.
      await metrics?.stop();
      return sockets;
    },
  };
}

function homeOf({ config }: Context, { demo = false }: ListenOptions) {
  if (config.production) return "production";
  return demo ? "demo" : "development";
}

/** Logs, at the start, what settings of this server allow or make impossible. */
function announce({ config, log, loopbackOrigins }: Context): void {
  if (loopbackOrigins)
    log.info({}, "Pages of localhost may call from any port: development allows loopback origins");
  if (config.production && config.smtpUrl === null) {
    log.warn({}, "Nobody can sign in: SMTP_URL is not set, so that no code can be sent");
  }
}

/** @throws ListenError */
function listenForMetrics({ config, metrics }: Context, host: string): MetricsListener | undefined {
  const port = config.metricsPort;
  if (!metrics || port === null) return undefined;
  try {
    return serveMetrics(metrics, { host, port });
  } catch (error) {
    throw new ListenError(host, port, error);
  }
}

/** @returns An address to connect to, for one that listens on every interface. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}
