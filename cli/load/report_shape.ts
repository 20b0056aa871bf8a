/**
 * The shape of the JSON report and the names of its figures, from which text, HTML, gates and comparisons are made.
 * @module
 */
import type { Stage } from "./schedule.ts";

/** Version of the report's shape. */
export const REPORT_VERSION = 1;

/** What is timed, each from the moment at which it was meant to begin unless it says otherwise. */
export const LATENCIES = [
  /** A message: until it is on a device of the other person. */
  "delivery",
  /** A message: until the server confirmed it. */
  "ack",
  /** A message, from its confirmation: until it is on the last device of both people. */
  "spread",
  /** Between two confirmations, whoever asked for them. */
  "silence",
  /** A new socket: until it is authenticated and up to date. */
  "connect",
  /** A cut: until the client is up to date again. */
  "reconnect",
  "mark_read",
  /** A picture: until it is uploaded and decoded, so that it can be sent. */
  "upload",
  /** A picture: until its thumbnail is on a device of the other person. */
  "thumbnail",
  /** Reads over REST. */
  "history",
  "conversations",
  "block",
  "report",
] as const;
export type LatencyName = (typeof LATENCIES)[number];

/** What is known of the distribution of a latency; milliseconds but for `count`. */
export const STATISTICS = ["min", "mean", "p50", "p90", "p95", "p99", "p99.9", "max", "count"] as const;
export type Statistic = (typeof STATISTICS)[number];
export type LatencySummary = Readonly<Record<Statistic, number>>;

/** What is counted. */
export const COUNTS = [
  /** Operations that were due. */
  "due",
  /** Operations that were handed to a client. */
  "started",
  "done",
  /** Operations that were refused or given up. */
  "errors",
  /** Operations that were due and never went out: more than the clients could hold, or too late. */
  "unsent",
  "sent",
  "acked",
  /** Messages that were confirmed and reached every device of both people. */
  "delivered",
  "lost",
  "duplicated",
  "reordered",
  /** Messages that came through a block. */
  "leaked",
  /** Times that a device was told that somebody is offline: nobody ever leaves a run. */
  "flickers",
  /** Messages without an answer that were stored all the same. */
  "unconfirmed",
  /** Messages that were confirmed after the point to which the database was put back in the run. */
  "rolled_back",
  /** Times that a device was told to load its lists anew. */
  "resyncs",
  "connects",
  "reconnects",
  /** Frames that clients sent again. */
  "retries",
] as const;
export type CountName = (typeof COUNTS)[number];
export type Counts = Readonly<Record<CountName, number>>;

/** What a generator hands over at its end; histograms are packed. */
export interface Records {
  readonly counts: Readonly<Partial<Record<CountName, number>>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly latencies: Readonly<Partial<Record<LatencyName | "lag", string>>>;
}

/** What a generator hands over every second. */
export interface RecordSlice {
  readonly second: number;
  readonly counts: Readonly<Partial<Record<CountName, number>>>;
  /** The main latency of this second, packed; absent when there was none. */
  readonly main?: string;
  /** The generator's own lateness in this second, ms. */
  readonly lagMs: number;
}

/** What was found when everything was over. */
export interface Findings {
  readonly issues: readonly Issue[];
  readonly issuesTotal: number;
  /** When the first message was confirmed that is rolled back, by Date.now(). */
  readonly rolledBackFrom?: number | undefined;
  /** Messages read back over REST. */
  readonly readBack: number;
}

/** What a generator leaves. */
export interface Outcome extends Findings {
  readonly records: Records;
  /** Milliseconds that work was made. */
  readonly ranMs: number;
}

/** One second of the run, over all generators. */
export interface Slice {
  /** Seconds since the beginning. */
  readonly second: number;
  /** What was meant to start in it, a second. */
  readonly target: number;
  readonly started: number;
  readonly done: number;
  readonly errors: number;
  /** Of the scenario's main latency, by the moment at which it was known; null when there was none. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Something that should not have happened to one message. */
export interface Issue {
  readonly kind: "lost" | "duplicated" | "reordered" | "leaked" | "history";
  readonly message_id: string | null;
  readonly conversation_id: string;
  /** Position in the conversation. */
  readonly seq: number;
  /** Whose device it is about. */
  readonly user_id: string | null;
  /** 1, 2 … */
  readonly device: number | null;
  readonly detail: string;
}

/** What became of a gate. */
export interface Verdict {
  readonly gate: string;
  readonly passed: boolean;
  /** What was measured; null when nothing was, which is no pass. */
  readonly got: number | null;
  readonly unit: "ms" | "%" | "/s" | "";
}

/** How work was made. */
export type Model =
  | { readonly kind: "open"; readonly stages: readonly Stage[]; readonly arrivals: "even" | "poisson" }
  | {
      readonly kind: "closed";
      readonly vus: number;
      readonly think_ms: number;
      readonly duration_ms: number;
    };

/** See the module. */
export interface Report {
  readonly report: typeof REPORT_VERSION;
  readonly run_id: string;
  readonly scenario: string;
  readonly url: string;
  /** RFC 3339, UTC. */
  readonly started_at: string;
  /** Seconds that work was made. */
  readonly seconds: number;
  readonly interrupted: boolean;
  /** Load before the measurement. */
  readonly warmup_ms: number;
  readonly model: Model;
  readonly population: {
    readonly users: number;
    readonly devices: number;
    readonly conversations: number;
    readonly workers: number;
  };
  readonly seed: number;
  /**
   * `passed`, `failed` (a gate), or `invalid`: the generator was late or the rate was not reached, so the latencies are
   * not those of the load that was asked for.
   */
  readonly verdict: "passed" | "failed" | "invalid";
  readonly slo: readonly Verdict[];
  /** Operations a second. */
  readonly rate: {
    readonly target: number | null;
    readonly achieved: number;
    /** Share of what was due that had an outcome in time, percent; null in the closed model and in short runs. */
    readonly reached: number | null;
    /** What it must be at least, percent. */
    readonly min_reached: number;
    /** Why the run is INVALID. */
    readonly problem: string | null;
  };
  readonly generator: {
    readonly valid: boolean;
    /** How late work was handed to clients, ms. */
    readonly lag: LatencySummary | null;
    readonly max_lag_ms: number;
    readonly problem: string | null;
  };
  readonly counts: Counts;
  /** Latency that the scenario is about. */
  readonly main: LatencyName;
  readonly latencies: Readonly<Partial<Record<LatencyName, LatencySummary>>>;
  /** Failures by code. */
  readonly errors: Readonly<Record<string, number>>;
  readonly series: readonly Slice[];
  /** The main latency's distribution: percentile and milliseconds. */
  readonly distribution: readonly (readonly [percentile: number, ms: number])[];
  /** Absent without --verify. */
  readonly verified?: {
    readonly messages: number;
    readonly conversations: number;
    /** Messages read back over REST. */
    readonly read_back: number;
    /** When the first message was confirmed that the database, put back to an earlier point, does not have; ISO 8601. */
    readonly rolled_back_from: string | null;
    /** At most 1,000 of them. */
    readonly issues: readonly Issue[];
    readonly issues_total: number;
  };
  /** What the generators recorded, histograms packed: `load merge` puts those of several machines together. */
  readonly records: { readonly outcomes: readonly Outcome[]; readonly slices: readonly RecordSlice[] };
  readonly environment: {
    readonly bun: string;
    readonly platform: string;
    readonly cores: number;
  };
}
