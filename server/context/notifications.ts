/**
 * The area of push notifications, and the worker of the durable queue with the handlers of all its kinds.
 * @module
 */
import { SCAN_PICTURE, scanHandler } from "../features/media/mod.ts";
import {
  NOTICE_MAIL,
  noticeMailHandler,
  noticeTellingHandler,
  TELL_NOTICE,
} from "../features/notices/mod.ts";
import { createProviders, Push, RECEIPTS, receiptsHandler, storeTickets } from "../features/push/mod.ts";
import { SEAL_PICTURES, sealPicturesHandler } from "../features/reports/mod.ts";
import { WEBHOOK } from "../features/webhooks/mod.ts";
import { type JobHandler, JobWorker } from "../jobs/mod.ts";
import type { ContextOverrides, Core } from "./core.ts";
import type { Identity } from "./identity.ts";
import type { Storage } from "./storage.ts";

/** See the module. */
export interface Notifications {
  readonly push: Push;
  /** Works through the durable queue. */
  readonly jobs: JobWorker;
}

export async function createNotifications(
  built: Core & Storage & Identity,
  overrides: ContextOverrides,
): Promise<Notifications> {
  const {
    config,
    log,
    metrics,
    onError,
    closings,
    database,
    committed,
    write,
    sendMail,
    mediaStore,
    scanner,
    webhooks,
  } = built;
  const providers = await createProviders({
    keys: config,
    log: log.child({ component: "push" }),
    onTickets: (tickets) => storeTickets(database, tickets),
    onError,
  });
  const push = closings.add(
    "push",
    new Push({ database, write, providers, observer: metrics, onError, graceMs: overrides.pushGraceMs }),
  );
  committed.subscribe((events) => push.hint(events));
  const handlers: Record<string, JobHandler> = {
    [TELL_NOTICE]: noticeTellingHandler(write),
    [NOTICE_MAIL]: noticeMailHandler(database, sendMail),
    [SEAL_PICTURES]: sealPicturesHandler({ database, write, store: mediaStore }),
  };
  if (webhooks) handlers[WEBHOOK] = webhooks.handler;
  if (scanner) handlers[SCAN_PICTURE] = scanHandler(database, scanner);
  if (providers.expo) handlers[RECEIPTS] = receiptsHandler(database, providers.expo);
  const jobs = closings.add(
    "jobs",
    new JobWorker({ database, handlers, onError, onAttempt: metrics?.onJob }),
  );
  return { push, jobs };
}
