/**
 * The metrics for Prometheus, on a listener of their own. No label holds anything about a person.
 * @module
 */

export { createMetrics, type Metrics } from "./instruments.ts";
export { METRICS_PATH, type MetricsListener, serveMetrics } from "./listener.ts";
export type { Observed } from "./observed_catalogue.ts";
