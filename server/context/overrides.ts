/**
 * What a caller of `createContext` may bring instead of what the configuration would make: tests and tools do.
 * @module
 */
import type { OpenBackplane } from "../backplane/mod.ts";
import type { AppendedEvent } from "../db/event_log.ts";
import type { StatsSource } from "../features/admin/mod.ts";
import type { SendMail } from "../features/auth/mod.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../log.ts";

/** See the module. */
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
  /** Between two heartbeats of presence, ms. */
  readonly presenceBeatMs?: number;
  /** How long an event waits for a socket to receive it before devices are notified, ms. */
  readonly pushGraceMs?: number;
}
