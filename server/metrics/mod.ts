/**
 * The face of the metrics: what is measured, for Prometheus, on a listener of its own. It decides nothing, and no
 * label holds anything about a person.
 * @module
 */

export { createMetrics, type Metrics } from "./instruments.ts";
export { METRICS_PATH, type MetricsListener, serveMetrics } from "./listener.ts";
export type { Observed } from "./observed_catalogue.ts";
