/**
 * The catalogue of metrics that are read at each scrape: name, help, label, and where the number is.
 * @module
 */
import type { Buckets } from "./buckets.ts";
import type { Moderation } from "./moderation_catalogue.ts";
import type { Counts, Row } from "./rows.ts";

/** What a node counts about its sockets. */
interface SocketCounts {
  readonly connections: Counts;
  readonly members: number;
  readonly opened: Counts;
  readonly closes: Counts;
  readonly refusedUpgrades: number;
  readonly reconnects: number;
  readonly resyncs: number;
  readonly replayed: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly shed: number;
  readonly errors: number;
  readonly sent: number;
  readonly delivered: number;
  readonly healed: number;
  readonly busIn: number;
  readonly busOut: number;
  readonly limitHits: Counts;
  readonly delivery: Buckets;
}

interface PoolStats {
  readonly max: number;
  readonly busy: number;
  readonly waiting: number;
}

/** Numbers that only the database knows; every node shows the same. */
interface Shared {
  readonly users_online: number;
  readonly users_active: { readonly day: number; readonly month: number } | null;
  readonly reports: { readonly open: number; readonly overdue: number; readonly unclaimed: number };
}

/** One kind of job in the durable queue. */
interface JobCounts {
  readonly kind: string;
  readonly waiting: number;
  readonly failed: number;
  readonly lateSeconds: number;
}

/** Where the numbers are. */
export interface Observed {
  readonly nodeId: string;
  readonly counters: SocketCounts;
  /** By name. */
  readonly pools: Readonly<Record<string, () => PoolStats>>;
  readonly writer: () => { readonly waiting: number; readonly inFlight: number };
  /** Parts that can be missing while the service goes on, and those that are. */
  readonly parts: readonly string[];
  readonly degraded: () => readonly string[];
  readonly shared: () => Promise<Shared>;
  readonly moderation: () => Promise<Moderation>;
  /** The durable queue; every node shows the same. */
  readonly jobs: () => Promise<readonly JobCounts[]>;
  /** 1 while webhooks are disabled; every node shows the same. */
  readonly webhooksDisabled: () => Promise<number>;
  /** What the last periodic verification of the audit log found. */
  readonly audit: () => { readonly broken: boolean; readonly verifiedAt: number | null };
}

export const COUNTERS: readonly Row<Observed>[] = [
  ["vibes_socket_opened_total", "Sockets opened", ({ counters }) => counters.opened, "codec"],
  [
    "vibes_socket_closes_total",
    "Sockets closed, by close code; 0: an unknown code",
    ({ counters }) => counters.closes,
    "code",
  ],
  [
    "vibes_socket_upgrades_refused_total",
    "Requests for a socket that were refused",
    ({ counters }) => counters.refusedUpgrades,
  ],
  [
    "vibes_socket_resumes_total",
    "Sockets that resumed from a position",
    ({ counters }) => counters.reconnects,
  ],
  [
    "vibes_socket_resyncs_total",
    "Positions that were older than the log: the client had to load everything",
    ({ counters }) => counters.resyncs,
  ],
  [
    "vibes_events_replayed_total",
    "Events that a socket got from the log instead of live",
    ({ counters }) => counters.replayed,
  ],
  [
    "vibes_socket_frames_total",
    "Frames, by direction",
    ({ counters }) => ({ in: counters.framesIn, out: counters.framesOut }),
    "direction",
  ],
  [
    "vibes_socket_frames_shed_total",
    "Ephemeral frames that were dropped because their reader was behind",
    ({ counters }) => counters.shed,
  ],
  ["vibes_socket_errors_total", "Frames answered with an error", ({ counters }) => counters.errors],
  ["vibes_messages_stored_total", "Messages stored through this node", ({ counters }) => counters.sent],
  [
    "vibes_messages_delivered_total",
    "Messages handed live to a socket here, once a person",
    ({ counters }) => counters.delivered,
  ],
  [
    "vibes_delivery_gaps_total",
    "Sockets that had missed a live event and got it from the log",
    ({ counters }) => counters.healed,
  ],
  [
    "vibes_bus_messages_total",
    "Messages between the nodes, by direction",
    ({ counters }) => ({ in: counters.busIn, out: counters.busOut }),
    "direction",
  ],
  ["vibes_rate_limit_hits_total", "Refusals, by limit", ({ counters }) => counters.limitHits, "limit"],
];

export const GAUGES: readonly Row<Observed>[] = [
  [
    "vibes_node_info",
    "Always 1; the node's id as GET /admin/stats shows it",
    ({ nodeId }) => ({ [nodeId]: 1 }),
    "node",
  ],
  ["vibes_socket_connections", "Open sockets", ({ counters }) => counters.connections, "codec"],
  ["vibes_socket_users", "People with at least one socket on this node", ({ counters }) => counters.members],
  ["vibes_send_queue_messages", "Messages without an answer yet", ({ writer }) => writer().waiting],
  [
    "vibes_send_batches_in_flight",
    "Statements that store messages, under way",
    ({ writer }) => writer().inFlight,
  ],
  ["vibes_database_connections_max", "Connections a pool may have", pool("max"), "pool"],
  ["vibes_database_connections_busy", "Connections in use", pool("busy"), "pool"],
  ["vibes_database_queries_waiting", "Queries that wait for a connection", pool("waiting"), "pool"],
  [
    "vibes_degraded",
    "1 while a part is missing and the service goes on without it",
    ({ parts, degraded }) => {
      const missing = degraded();
      return Object.fromEntries(parts.map((part) => [part, missing.includes(part) ? 1 : 0]));
    },
    "part",
  ],
  [
    "vibes_audit_log_broken",
    "1 when the last periodic verification found an entry of the audit log changed or missing",
    ({ audit }) => Number(audit().broken),
  ],
  [
    "vibes_audit_log_verified_timestamp_seconds",
    "When the audit log was last verified by this node; 0 before the first time",
    ({ audit }) => audit().verifiedAt ?? 0,
  ],
];

export const SHARED: readonly Row<Shared>[] = [
  [
    "vibes_users_online",
    "People online, on all nodes; every node shows the same",
    (shared) => shared.users_online,
  ],
  [
    "vibes_users_active",
    "People active in the last 24 hours (1d) and 30 days (30d), counted every ten minutes; every node shows about the same",
    ({ users_active }) => (users_active ? { "1d": users_active.day, "30d": users_active.month } : {}),
    "window",
  ],
  [
    "vibes_reports_open",
    "Reports without a decision; every node shows the same",
    ({ reports }) => reports.open,
  ],
  [
    "vibes_reports_overdue",
    "Open reports past their time; every node shows the same",
    ({ reports }) => reports.overdue,
  ],
  [
    "vibes_reports_unclaimed",
    "Open reports that nobody has claimed; every node shows the same",
    ({ reports }) => reports.unclaimed,
  ],
];

export const WEBHOOKS: readonly Row<number>[] = [
  ["vibes_webhooks_disabled", "1: the endpoint of WEBHOOK_URL gets nothing any more", (disabled) => disabled],
];

export const JOBS: readonly Row<readonly JobCounts[]>[] = [
  ["vibes_jobs_waiting", "Jobs to be done; every node shows the same", byKind("waiting"), "kind"],
  ["vibes_jobs_failed", "Jobs that failed for good and wait for an operator", byKind("failed"), "kind"],
  [
    "vibes_jobs_late_seconds",
    "By how much the oldest job that is due is late",
    byKind("lateSeconds"),
    "kind",
  ],
];

function byKind(field: Exclude<keyof JobCounts, "kind">): (jobs: readonly JobCounts[]) => Counts {
  return (jobs) => Object.fromEntries(jobs.map((job) => [job.kind, job[field]]));
}

function pool(field: keyof PoolStats): (observed: Observed) => Counts {
  return ({ pools }) =>
    Object.fromEntries(Object.entries(pools).map(([name, stats]) => [name, stats()[field]]));
}
