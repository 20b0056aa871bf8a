/**
 * The area of this process as a node: the people with sockets on it, to whom features send events, and the counters of
 * the limits.
 * @module
 */
import { createLimits, type RateLimits } from "../backplane/mod.ts";
import { createPeople, type People } from "../realtime/mod.ts";
import type { ContextOverrides, Core } from "./core.ts";
import type { Storage } from "./storage.ts";

/** See the module. */
export interface Node {
  readonly limits: RateLimits;
  readonly people: People;
}

export function createNode(built: Core & Storage, overrides: ContextOverrides): Node {
  const { config, clock, metrics, onError, backplane, database, committed, sync } = built;
  const people = createPeople({
    backplane,
    database,
    readLog: sync.readLog,
    onError,
    observer: metrics,
    now: () => clock.now(),
    heartbeatMs: overrides.presenceBeatMs,
  });
  committed.subscribe((events) => people.publish(events));
  const limits = createLimits({
    limits: config.limits,
    enabled: config.limitsEnabled,
    redis: backplane.redis,
    onRefused: (name) => people.counters.limitHit(name),
  });
  return { limits, people };
}
