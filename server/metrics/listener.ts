/**
 * The metrics' own listener, apart from the application's port: whoever may scrape is decided by the network. It
 * serves one path and nothing of anybody's.
 * @module
 */
import type { Metrics } from "./instruments.ts";

export const METRICS_PATH = "/metrics";

/** A listener that answers. */
export interface MetricsListener {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * @param at Port 0 takes a free one.
 * @throws What the system says when the port cannot be had.
 */
export function serveMetrics(
  metrics: Pick<Metrics, "text" | "contentType">,
  { host, port }: { host: string; port: number },
): MetricsListener {
  const server = Bun.serve({
    hostname: host,
    port,
    // A port that is taken must be an error, not a second listener.
    reusePort: false,
    development: false,
    maxRequestBodySize: 1024,
    async fetch(request) {
      if (new URL(request.url).pathname !== METRICS_PATH) return new Response("Not found\n", { status: 404 });
      if (request.method !== "GET") return new Response("Method not allowed\n", { status: 405 });
      return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
    },
    error: () => new Response("Cannot collect the metrics\n", { status: 500 }),
  });
  return { port: server.port ?? port, stop: () => server.stop(true) };
}
