/**
 * The metrics for Prometheus, on a listener of their own. No label holds anything about a person.
 * @module
 */

import type { Metrics } from "./instruments.ts";

export type { Metrics } from "./instruments.ts";
export { METRICS_PATH, type MetricsListener, serveMetrics } from "./listener.ts";
export type { Observed } from "./observed_catalogue.ts";

/** Loads the library with it, which a server without METRICS_PORT starts faster without. */
export async function createMetrics(): Promise<Metrics> {
  const { openMetrics } = await import("./instruments.ts");
  return openMetrics();
}
