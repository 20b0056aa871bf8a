/**
 * The area of storage: the backplane, the pool of PostgreSQL, units of work and the reader of people's logs.
 * @module
 */
import { type OpenBackplane, openBackplane } from "../backplane/mod.ts";
import { createDatabase, type Database } from "../db/client.ts";
import type { AppendedEvent } from "../db/event_log.ts";
import { createWrite, type Write } from "../db/unit_of_work.ts";
import {
  createLinks,
  createMediaService,
  Decoder,
  type Links,
  type MediaService,
  type MediaStore,
  openStore,
} from "../features/media/mod.ts";
import { createSyncService, type SyncService } from "../features/sync/mod.ts";
import { createWebhooks, type Webhooks } from "../features/webhooks/mod.ts";
import { Emitter } from "../lib/emitter.ts";
import type { ContextOverrides, Core } from "./core.ts";
/** See the module. */
export interface Storage {
  readonly backplane: OpenBackplane;
  readonly databaseUrl: string;
  readonly database: Database;
  /** Durable events, after their commit. */
  readonly committed: Emitter<AppendedEvent[]>;
  readonly write: Write;
  readonly sync: SyncService;
  readonly media: MediaService;
  /** Null: no pictures can be uploaded. */
  readonly mediaStore: MediaStore | null;
  readonly mediaLinks: Links;
  /** Undefined without WEBHOOK_URL. */
  readonly webhooks: Webhooks | undefined;
  /** @returns Parts that are missing while the service goes on without them. */
  degraded(): readonly string[];
}

/** @throws Error without DATABASE_URL. */
export function createStorage(core: Core, overrides: ContextOverrides): Storage {
  const { config, log, tracing, onError, closings } = core;
  const { databaseUrl } = config;
  if (databaseUrl === null) throw new Error("Cannot build the context: DATABASE_URL is not set");
  const onTrouble = (facts: object, message: string) => log.warn(facts, message);
  const backplane = closings.add(
    "backplane",
    overrides.backplane ?? openBackplane({ redisUrls: config.redisUrls, onTrouble }),
  );
  const database = closings.add(
    "database",
    createDatabase({ url: databaseUrl, max: config.databasePool, tracing }),
  );
  const committed = new Emitter<AppendedEvent[]>(onError);
  if (overrides.publish) committed.subscribe(overrides.publish);
  const webhooks = createWebhooks({
    config,
    database,
    onDisabled: (facts) =>
      log.error(facts, "Webhooks are disabled: `vibes webhooks replay` takes them up again"),
  });
  const write = createWrite({
    database,
    publish: (events) => committed.publish(events),
    storeDeliveries: webhooks?.store,
    onError: (error, what) => log.error({ err: error, what }, "A step after a commit failed"),
  });
  const mediaLinks = createLinks({ secret: config.jwtSecret, clock: core.clock });
  const mediaStore = openStore(config);
  const media = createMediaService({
    database,
    store: mediaStore,
    decoder: new Decoder(),
    links: mediaLinks,
    clock: core.clock,
    onError,
  });
  return {
    backplane,
    databaseUrl,
    database,
    committed,
    write,
    media,
    mediaStore,
    mediaLinks,
    sync: createSyncService({ database, media }),
    webhooks,
    degraded: () => (backplane.healthy ? [] : [backplane.kind]),
  };
}
