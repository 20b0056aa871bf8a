/**
 * The metrics for Prometheus, on a listener of their own. No label holds anything about a person.
 * @module
 */

import type { Metrics } from "./instruments.ts";

export type { Metrics } from "./instruments.ts";
export { METRICS_PATH, type MetricsListener, serveMetrics } from "./listener.ts";
export type { Observed } from "./observed_catalogue.ts";

/** Loads the Prometheus client only when it is called: a server without METRICS_PORT starts without it. */
export async function createMetrics(): Promise<Metrics> {
  const { openMetrics } = await import("./instruments.ts");
  return openMetrics();
}
