/**
 * Live numbers of all nodes: each node counts for itself and sends its report to the others every second, so that any
 * of them can show the sum. Nothing is kept longer than a minute.
 * @module
 */
import type { Bus } from "../../backplane/mod.ts";
import type { LiveStats } from "../../features/admin/mod.ts";
import { type Counters, Latencies } from "./counters.ts";

/** What a node reports. */
interface NodeReport {
  readonly id: string;
  readonly connections: number;
  readonly users: number;
  readonly startedAt: string;
  readonly messagesPerSecond: number;
  readonly reconnects: number;
  readonly limitHits: number;
  /** Latency buckets of the last minute. */
  readonly delivery: readonly [bucket: number, count: number][];
}

/** The bus topic of the reports; every node subscribes to it. */
export const STATS_TOPIC = "nodes";
/** A node whose last report is older than this is not shown, ms. */
const STALE_MS = 5_000;
/** Seconds over which messages are averaged. */
const RATE_SECONDS = 5;
/** Latencies are kept in slices of so many seconds, six of them. */
const SLICE_SECONDS = 10;
const SLICES = 6;

interface StatisticsDeps {
  readonly nodeId: string;
  readonly bus: Bus;
  readonly counters: Counters;
  readonly now: () => number;
}

type Snapshot = Pick<Counters, "sent" | "reconnects" | "refused">;

export class Statistics {
  readonly #deps: StatisticsDeps;
  readonly #startedAt: string;
  readonly #others = new Map<string, { readonly report: NodeReport; readonly heardAt: number }>();
  /** Counters of the last minute, one a second, the newest last. */
  #snapshots: Snapshot[] = [{ sent: 0, reconnects: 0, refused: 0 }];
  /** How the latency buckets stood at the beginning of each slice, the oldest first. */
  #slices: Float64Array[] = [];
  #turns = 0;
  #own: NodeReport;

  constructor(deps: StatisticsDeps) {
    this.#deps = deps;
    this.#startedAt = new Date(deps.now()).toISOString();
    this.#own = this.#report();
  }

  /** Once a second. */
  turn(): void {
    const { bus, counters, now } = this.#deps;
    const { sent, reconnects, refused } = counters;
    this.#snapshots.push({ sent, reconnects, refused });
    if (this.#snapshots.length > 61) this.#snapshots.shift();
    if (this.#turns++ % SLICE_SECONDS === 0) {
      this.#slices.push(counters.delivery.copy());
      if (this.#slices.length > SLICES) this.#slices.shift();
    }
    this.#own = this.#report();
    bus.publish(STATS_TOPIC, JSON.stringify(this.#own));
    for (const [id, { heardAt }] of this.#others) if (heardAt < now() - STALE_MS) this.#others.delete(id);
  }

  /** Another node's report has arrived. */
  heard(payload: string): void {
    const report = JSON.parse(payload) as NodeReport;
    this.#others.set(report.id, { report, heardAt: this.#deps.now() });
  }

  /** All nodes together. */
  read(): LiveStats {
    const reports = [this.#own, ...[...this.#others.values()].map(({ report }) => report)];
    const sum = (pick: (report: NodeReport) => number) => reports.reduce((all, one) => all + pick(one), 0);
    const delivery = new Latencies();
    for (const report of reports) delivery.add(report.delivery);
    const [p50, p99] = [delivery.percentile(0.5), delivery.percentile(0.99)];
    return {
      nodes: reports
        .map(({ id, connections, users, startedAt }) => ({ id, connections, users, started_at: startedAt }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
      messages_per_second: sum((report) => report.messagesPerSecond),
      delivery_ms: p50 === null || p99 === null ? null : { p50, p99 },
      reconnects_per_minute: sum((report) => report.reconnects),
      rate_limit_hits_per_minute: sum((report) => report.limitHits),
    };
  }

  #report(): NodeReport {
    const { counters, nodeId } = this.#deps;
    const newest = this.#snapshots.at(-1);
    const oldest = this.#snapshots[0];
    const recent = this.#snapshots.at(-1 - RATE_SECONDS) ?? oldest;
    const seconds = Math.max(1, Math.min(RATE_SECONDS, this.#snapshots.length - 1));
    return {
      id: nodeId,
      connections: counters.open,
      users: counters.members,
      startedAt: this.#startedAt,
      messagesPerSecond: Math.round((((newest?.sent ?? 0) - (recent?.sent ?? 0)) / seconds) * 10) / 10,
      reconnects: (newest?.reconnects ?? 0) - (oldest?.reconnects ?? 0),
      limitHits: (newest?.refused ?? 0) - (oldest?.refused ?? 0),
      delivery: counters.delivery.filled(this.#slices[0]),
    };
  }
}
