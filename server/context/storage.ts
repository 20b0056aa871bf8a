/**
 * The area of storage: the backplane, the pool of PostgreSQL, units of work and the reader of people's logs.
 * @module
 */

import { createMemoryBackplane, createRedisBackplane, type OpenBackplane } from "../backplane/mod.ts";
import { CITUS_SETTINGS } from "../db/citus.ts";
import { askOnce, createDatabase, type Database } from "../db/client.ts";
import type { AppendedEvent } from "../db/event_log.ts";
import { readRedisPrefix } from "../db/installation.ts";
import { type Reader, ReplicaReader, readPrimary } from "../db/replica.ts";
import { createWrite, type Write } from "../db/unit_of_work.ts";
import {
  createLinks,
  createMediaService,
  createScanner,
  Decoder,
  type Links,
  type MediaService,
  type MediaStore,
  openStore,
  type Scanner,
} from "../features/media/mod.ts";
import { createSyncService, type SyncService } from "../features/sync/mod.ts";
import { createWebhooks, type Webhooks } from "../features/webhooks/mod.ts";
import { Emitter } from "../lib/emitter.ts";
import { hostAndPort } from "../lib/ports.ts";
import type { ContextOverrides, Core } from "./core.ts";

/** See the module. */
export interface Storage {
  readonly backplane: OpenBackplane;
  readonly databaseUrl: string;
  readonly database: Database;
  /** For reads that may be a little behind. */
  readonly reader: Reader;
  /** Durable events, after their commit. */
  readonly committed: Emitter<AppendedEvent[]>;
  readonly write: Write;
  readonly sync: SyncService;
  readonly media: MediaService;
  /** Null: no pictures can be uploaded. */
  readonly mediaStore: MediaStore | null;
  /** Null: no scanner is asked about pictures. */
  readonly scanner: Scanner | null;
  readonly mediaLinks: Links;
  /** Undefined without WEBHOOK_URL. */
  readonly webhooks: Webhooks | undefined;
  /** @returns Parts that are missing while the service goes on without them. */
  degraded(): readonly string[];
}

/** @throws Error without DATABASE_URL; with Redis, SERVICE_UNAVAILABLE when the database cannot say who it is. */
export async function createStorage(core: Core, overrides: ContextOverrides): Promise<Storage> {
  const { config, log, metrics, tracing, onError, closings } = core;
  const { databaseUrl } = config;
  if (databaseUrl === null) throw new Error("Cannot build the context: DATABASE_URL is not set");
  const onTrouble = (facts: object, message: string) => log.warn(facts, message);
  const database = closings.add(
    "database",
    createDatabase({
      url: databaseUrl,
      max: config.databasePool,
      pooler: config.databasePooler,
      ...(config.databaseEngine === "citus" && { settings: CITUS_SETTINGS }),
      deadlineMs: overrides.databaseDeadlineMs,
      tracing,
    }),
  );
  const { databaseReplicaUrl, databasePool: max } = config;
  const reader =
    databaseReplicaUrl === null
      ? readPrimary(database)
      : closings.add("replica", new ReplicaReader(database, { url: databaseReplicaUrl, max, tracing }));
  const backplane = closings.add("backplane", overrides.backplane ?? (await openOwn(databaseUrl)));
  async function openOwn(url: string): Promise<OpenBackplane> {
    const { redisUrls } = config;
    if (redisUrls.length === 0) return createMemoryBackplane();
    const prefix = await askOnce({ url, pooler: config.databasePooler }, readRedisPrefix);
    return createRedisBackplane({ urls: redisUrls, prefix, onTrouble });
  }
  const committed = new Emitter<AppendedEvent[]>(onError);
  if (overrides.publish) committed.subscribe(overrides.publish);
  const webhooks = createWebhooks({
    config,
    database,
    onDisabled: (facts) =>
      log.error(facts, "Webhooks are disabled: `vibes webhooks replay` takes them up again"),
    onAttempt: metrics?.onWebhook,
  });
  const write = createWrite({
    database,
    publish: (events) => committed.publish(events),
    storeDeliveries: webhooks?.store,
    onError: (error, what) => log.error({ err: error, what }, "A step after a commit failed"),
  });
  const mediaLinks = createLinks({ secret: config.jwtSecret, clock: core.clock });
  const scanner =
    config.mediaScanUrl === null
      ? null
      : createScanner({
          url: config.mediaScanUrl,
          whenLate: config.mediaScanLate,
          links: mediaLinks,
          publicUrl: config.publicUrl ?? `http://${hostAndPort(config.host, config.port)}`,
        });
  const mediaStore = openStore(config);
  const media = createMediaService({
    database,
    store: mediaStore,
    write,
    decoder: new Decoder(),
    scanner,
    links: mediaLinks,
    clock: core.clock,
    onError,
  });
  return {
    backplane,
    databaseUrl,
    database,
    reader,
    committed,
    write,
    media,
    mediaStore,
    scanner,
    mediaLinks,
    sync: createSyncService({ database, media }),
    webhooks,
    degraded: () => (backplane.healthy ? [] : [backplane.kind]),
  };
}
