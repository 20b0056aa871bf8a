/**
 * Metrics that are recorded when something happens: each hook counts or measures one thing. What other parts count
 * already is read from them at each scrape, in observed.ts.
 * @module
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { SocketObserver } from "../lib/socket_observer.ts";
import { VERSION } from "../lib/version.ts";
import { registerObserved } from "./observed.ts";
import type { Observed } from "./observed_catalogue.ts";

/** See the module. All durations are milliseconds here and seconds outside. */
export interface Metrics extends SocketObserver {
  /** A request was answered. */
  onAnswer(answered: { method: string; route: string; status: number; durationMs: number }): void;
  /** A statement that stores messages has ended. */
  onBatch(batch: { size: number; durationMs: number }): void;
  /** A batch is tried again. */
  onRetry(): void;
  /** Something happened to a code or a token: one of the auth feature's event names. */
  onAuth(event: string): void;
  onRevoked(revoked: { reason: string }): void;
  onStaffEvent(news: { event: string; data: object }): void;
  onUnexpected(): void;
  /** A provider took a notification. */
  onPushSent(provider: string, type: string, latencyMs: number): void;
  /** A provider did not accept one, for one of its few reasons. */
  onPushFailed(provider: string, reason: string): void;
  /** A device's token is dead. */
  onPushDisabled(provider: string, reason: string): void;
  /** An attempt to deliver an event to WEBHOOK_URL has ended: `delivered`, `refused`, `unreachable`. */
  onWebhook(type: string, outcome: string): void;
  /** An attempt at a job of the durable queue has ended. */
  onJob(kind: string, outcome: string): void;
  /** Adds the metrics that are read at each scrape. */
  observe(observed: Observed): void;
  /** @returns Everything in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
  /** @returns Every metric with its labels, for whoever checks what is made of them. */
  describe(): { readonly name: string; readonly type: string; readonly labels: readonly string[] }[];
}

/** Fields of a metric that the library's types leave out. */
interface Declared {
  readonly name: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
}

/** From a fast lookup to the deadline of everything. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const METHODS = new Set(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]);
/** Metrics of Node.js that are always empty on Bun. */
const EMPTY_ON_BUN = [
  "nodejs_active_resources",
  "nodejs_active_resources_total",
  "nodejs_active_handles",
  "nodejs_active_handles_total",
  "nodejs_active_requests",
  "nodejs_active_requests_total",
  "nodejs_heap_space_size_total_bytes",
  "nodejs_heap_space_size_used_bytes",
  "nodejs_heap_space_size_available_bytes",
  "nodejs_gc_duration_seconds",
];

/**
 * @example
 * ```ts
 * const metrics = openMetrics();
 * metrics.observe({ nodeId, counters: hub.counters, … });
 * serveMetrics(metrics, { host: "127.0.0.1", port: 9464 });
 * ```
 */
export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of EMPTY_ON_BUN) registry.removeSingleMetric(name);
  const registers = [registry];

  function counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers });
  }
  function histogram<L extends string>(
    name: string,
    { help, buckets, labelNames = [] }: { help: string; buckets: number[]; labelNames?: L[] },
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers });
  }

  new Gauge({
    name: "vibes_build_info",
    help: "1; the labels say which build this is",
    labelNames: ["version", "commit", "bun"],
    registers,
  }).set({ ...VERSION }, 1);
  const requests = counter(
    "vibes_http_requests_total",
    "Answered requests, by the route's pattern; probes are left out",
    ["method", "route", "status"],
  );
  const requestSeconds = histogram("vibes_http_request_duration_seconds", {
    help: "Time from a request's arrival to its answer",
    labelNames: ["method", "route"],
    buckets: SECONDS,
  });
  const events = counter(
    "vibes_socket_events_total",
    "Clients' events, by what became of them: OK or an error's code",
    ["event", "result"],
  );
  const eventSeconds = histogram("vibes_socket_event_duration_seconds", {
    help: "Time to carry out a client's event, its commit included",
    labelNames: ["event"],
    buckets: SECONDS,
  });
  const batchSize = histogram("vibes_send_batch_messages", {
    help: "Messages stored by one statement",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
  });
  const batchSeconds = histogram("vibes_send_batch_duration_seconds", {
    help: "Time of a statement that stores messages, its retries included",
    buckets: SECONDS,
  });
  const retries = counter("vibes_send_batch_retries_total", "Batches that were tried again");
  const length = histogram("vibes_conversation_length_messages", {
    help: "Which message of its conversation each stored message was: the n-th",
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
  });
  const resumed = histogram("vibes_socket_resume_events", {
    help: "Events that a resuming socket had missed",
    buckets: [0, 1, 5, 20, 100, 500, 2_000],
  });
  const auth = counter("vibes_auth_events_total", "What happened to sign-in codes and tokens", ["event"]);
  const revoked = counter("vibes_sessions_revoked_total", "Sessions ended before their time", ["reason"]);
  const reports = counter("vibes_reports_total", "Reports filed", ["reason"]);
  const blocks = counter("vibes_blocks_total", "Blocks set");
  const pushes = counter("vibes_push_sent_total", "Notifications that a provider accepted", [
    "provider",
    "type",
  ]);
  const pushSeconds = histogram("vibes_push_latency_seconds", {
    help: "From the commit of an event to its notification's acceptance; two machines' clocks are compared",
    labelNames: ["provider"],
    buckets: [1, 5, 6, 7, 8, 10, 15, 30, 60, 300, 1_800, 3_600],
  });
  const pushFailures = counter(
    "vibes_push_failed_total",
    "Attempts that a provider did not accept, by its reason",
    ["provider", "reason"],
  );
  const pushDisabled = counter(
    "vibes_push_devices_disabled_total",
    "Devices disabled because a provider rejected their token",
    ["provider", "reason"],
  );
  const webhooks = counter(
    "vibes_webhook_attempts_total",
    "Attempts to deliver an event to WEBHOOK_URL, by the event's type and what came of them",
    ["type", "outcome"],
  );
  const jobs = counter("vibes_job_attempts_total", "Attempts at jobs of the durable queue", [
    "kind",
    "outcome",
  ]);
  const unexpected = counter("vibes_unexpected_errors_total", "Unexpected errors; each is logged");

  return {
    onAnswer({ method, route, status, durationMs }) {
      const labels = { method: METHODS.has(method) ? method : "other", route };
      requests.inc({ ...labels, status });
      requestSeconds.observe(labels, durationMs / 1000);
    },
    onEvent({ event, result, durationMs }) {
      events.inc({ event, result });
      eventSeconds.observe({ event }, durationMs / 1000);
    },
    onBatch({ size, durationMs }) {
      batchSize.observe(size);
      batchSeconds.observe(durationMs / 1000);
    },
    onRetry: () => retries.inc(),
    onStored: (nth) => length.observe(nth),
    onResumed: (missed) => resumed.observe(missed),
    onAuth: (event) => auth.inc({ event }),
    onRevoked: ({ reason }) => revoked.inc({ reason }),
    onStaffEvent({ event, data }) {
      if (event === "report_created") reports.inc({ reason: (data as { reason: string }).reason });
      else if (event === "block_created") blocks.inc();
    },
    onUnexpected: () => unexpected.inc(),
    onPushSent(provider, type, latencyMs) {
      pushes.inc({ provider, type });
      pushSeconds.observe({ provider }, latencyMs / 1000);
    },
    onPushFailed: (provider, reason) => pushFailures.inc({ provider, reason }),
    onPushDisabled: (provider, reason) => pushDisabled.inc({ provider, reason }),
    onWebhook: (type, outcome) => webhooks.inc({ type, outcome }),
    onJob: (kind, outcome) => jobs.inc({ kind, outcome }),
    observe: (observed) => registerObserved(registry, observed),
    text: () => registry.metrics(),
    contentType: registry.contentType,
    describe: () =>
      (registry.getMetricsAsArray() as unknown as Declared[]).map(({ name, type, labelNames = [] }) => ({
        name,
        type,
        labels: labelNames,
      })),
  };
}
