/**
 * The area of push notifications, and the worker of the durable queue, whose jobs are theirs.
 * @module
 */
import {
  createProviders,
  createPush,
  type Push,
  RECEIPTS,
  receiptsHandler,
  storeTickets,
} from "../features/push/mod.ts";
import { type JobHandler, JobWorker } from "../jobs/mod.ts";
import type { Core } from "./core.ts";
import type { ContextOverrides } from "./overrides.ts";
import type { Storage } from "./storage.ts";

/** See the module. */
export interface Notifications {
  readonly push: Push;
  /** Works through the durable queue. */
  readonly jobs: JobWorker;
}

export async function createNotifications(
  built: Core & Storage,
  overrides: ContextOverrides,
): Promise<Notifications> {
  const { config, log, metrics, onError, closings, database, committed, write } = built;
  const providers = await createProviders({
    keys: config,
    log: log.child({ component: "push" }),
    onTickets: (tickets) => storeTickets(database, tickets),
    onError,
  });
  const push = closings.add(
    "push",
    createPush({ database, write, providers, observer: metrics, onError, graceMs: overrides.pushGraceMs }),
  );
  committed.subscribe((events) => push.hint(events));
  const handlers: Record<string, JobHandler> = {};
  if (providers.expo) handlers[RECEIPTS] = receiptsHandler(database, providers.expo);
  const jobs = closings.add(
    "jobs",
    new JobWorker({ database, handlers, onError, onAttempt: metrics?.onJob }),
  );
  return { push, jobs };
}
