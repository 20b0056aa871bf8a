/**
 * Metrics whose numbers other parts count already: read at each scrape.
 * @module
 */
import { Counter, Gauge, type Registry } from "prom-client";
import { registerBuckets } from "./buckets.ts";
import { MODERATION } from "./moderation_catalogue.ts";
import { COUNTERS, GAUGES, JOBS, type Observed, SHARED, WEBHOOKS } from "./observed_catalogue.ts";
import type { Reading, Row } from "./rows.ts";

/** Puts all of it into the registry. */
export function registerObserved(registry: Registry, observed: Observed): void {
  for (const row of COUNTERS) register(registry, Counter, row, () => observed);
  for (const row of GAUGES) register(registry, Gauge, row, () => observed);
  for (const row of SHARED) register(registry, Gauge, row, observed.shared);
  for (const row of MODERATION) register(registry, Gauge, row, observed.moderation);
  for (const row of WEBHOOKS) register(registry, Gauge, row, observed.webhooksDisabled);
  for (const row of JOBS) register(registry, Gauge, row, observed.jobs);
  registerBuckets(registry, {
    name: "vibes_message_delivery_seconds",
    help: "From a message's time in the database to its live frame; two machines' clocks are compared",
    buckets: observed.counters.delivery,
  });
}

/** Registers one metric that is read at each scrape; what cannot be read is left out of it. */
function register<T>(
  registry: Registry,
  Metric: typeof Counter | typeof Gauge,
  row: Row<T>,
  readSource: () => T | Promise<T>,
): void {
  const [name, help, read, label] = row;
  new Metric({
    name,
    help,
    labelNames: label ? [label] : [],
    registers: [registry],
    async collect() {
      try {
        const readings = readingsOf(read(await readSource()), label);
        this.reset();
        for (const [labels, value] of readings) this.inc(labels, value);
      } catch {
        // Without the database nobody knows; what the node itself knows must still be seen.
        this.reset();
        if (!label) this.remove();
      }
    },
  });
}

function readingsOf(reading: Reading, label?: string): [Record<string, string>, number][] {
  if (typeof reading === "number") return [[{}, reading]];
  return Object.entries(reading).map(([key, value]) => [{ [label!]: key }, value ?? 0]);
}
