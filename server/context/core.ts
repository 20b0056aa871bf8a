/**
 * The first area of the context: what every other area is given. It opens no connection.
 * @module
 */

import { isRedisAway, type OpenBackplane } from "../backplane/mod.ts";
import { ensureJwtSecret, type SigningConfig } from "../config/jwt_secret.ts";
import type { Config } from "../config/mod.ts";
import type { AppendedEvent } from "../db/event_log.ts";
import type { StatsSource } from "../features/admin/mod.ts";
import type { SendMail } from "../features/auth/mod.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { type Closing, closeAll } from "../lib/shutdown.ts";
import { createTokens, type Tokens } from "../lib/tokens.ts";
import { createLog, type Log } from "../log.ts";
import { createMetrics, type Metrics } from "../metrics/mod.ts";
import { createTracing, type Tracing } from "../tracing.ts";

/** What a caller brings instead of what the configuration would make: tests and tools do. */
export interface ContextOverrides {
  readonly log?: Log;
  /** Where the log goes instead of standard output. */
  readonly logTo?: { write(line: string): unknown; readonly isTTY?: boolean };
  readonly clock?: Clock;
  readonly sendMail?: SendMail;
  /** Called with durable events after their commit, as sockets and push are. */
  readonly publish?: (events: AppendedEvent[]) => void;
  /** The live figures in the statistics of moderation, instead of this node's sockets. */
  readonly statsSource?: StatsSource;
  /** Instead of the one that REDIS_URL asks for. Closed with the context. */
  readonly backplane?: OpenBackplane;
  /** Longest a query, a transaction, a send or a mark may take, ms. Default: 3,000; of a batch of sends, 2,000. */
  readonly databaseDeadlineMs?: number;
  /** Between two heartbeats of presence, ms. */
  readonly presenceBeatMs?: number;
  /** How long an event waits for a socket to receive it before devices are notified, ms. */
  readonly pushGraceMs?: number;
  /** How long a decision of moderation may be undone before anybody is told, ms; 0: told at once. */
  readonly noticeGraceMs?: number;
}

/** See the module. */
export interface Core {
  readonly config: SigningConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly tokens: Tokens;
  /** Absent without METRICS_PORT: then nothing is measured. */
  readonly metrics: Metrics | undefined;
  readonly tracing: Tracing | undefined;
  /** Logs and counts an error that no caller handles; an absent Redis has been logged already, once an outage. */
  readonly onError: (error: unknown) => void;
  readonly closings: Closings;
}

const CLOSE_DEADLINE_MS = 10_000;

/** The parts that the context has opened, for closing them in reverse. */
export class Closings {
  readonly #steps: Closing[] = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** @returns The part, which is closed before those that were added earlier. */
  add<T extends { close(): unknown }>(name: string, part: T): T {
    this.#steps.unshift({ name, close: () => part.close() });
    return part;
  }

  /** @returns Whether every part closed without an error within 10 s. */
  close(): Promise<boolean> {
    return closeAll(this.#steps, {
      deadlineMs: CLOSE_DEADLINE_MS,
      onProblem: (name, error) => this.#log.error({ err: error, step: name }, "Cannot close"),
    });
  }
}

/** @throws Error in production without JWT_SECRET. */
export async function createCore(given: Config, overrides: ContextOverrides): Promise<Core> {
  const config = withSecret(given);
  const log = overrides.log ?? openLog(config, overrides.logTo);
  const clock = overrides.clock ?? systemClock;
  const metrics = config.metricsPort === null ? undefined : await createMetrics();
  return {
    config,
    log,
    clock,
    tokens: createTokens({ secret: config.jwtSecret, clock }),
    metrics,
    tracing: createTracing(),
    onError(error) {
      if (isRedisAway(error)) return;
      metrics?.onUnexpected();
      log.error({ err: error }, "unexpected error");
    },
    closings: new Closings(log),
  };
}

function openLog({ logLevel: level, mode }: Config, to: ContextOverrides["logTo"]): Log {
  if (to === undefined) return createLog({ level, mode });
  const pretty = mode === "development" && to.isTTY === true;
  return createLog({ level, mode, pretty, write: (line) => void to.write(line) });
}

function withSecret(config: Config): SigningConfig {
  if (config.production && config.jwtSecret === null) {
    throw new Error("Cannot build the context: JWT_SECRET is not set");
  }
  return ensureJwtSecret(config);
}
