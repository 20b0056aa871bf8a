/**
 * The area of messaging: how people find each other, ask, match and write.
 * @module
 */
import { CITUS_SETTINGS } from "../db/citus.ts";
import { createDatabase, type Database } from "../db/client.ts";
import { type ConversationService, createConversationService } from "../features/conversations/mod.ts";
import { createDiscoveryService, type DiscoveryService } from "../features/discovery/mod.ts";
import { createMatchService, type MatchService } from "../features/matches/mod.ts";
import { BATCH_SETTINGS, createMessageService, type MessageService } from "../features/messages/mod.ts";
import { createRequestService, type RequestService } from "../features/requests/mod.ts";
import type { ContextOverrides, Core } from "./core.ts";
import type { Node } from "./node.ts";
import type { Storage } from "./storage.ts";

/** See the module. */
export interface Messaging {
  readonly conversations: ConversationService;
  readonly discovery: DiscoveryService;
  readonly matches: MatchService;
  readonly messages: MessageService;
  readonly requests: RequestService;
  /** The connections on which sends are committed. */
  readonly writerDatabase: Database;
}

/** Statements of sends under way, each on a connection of its own: see test/bench/send_bench.ts. */
const WRITER_CONNECTIONS = 2;
/** Leaves time for a second attempt before a send must have its answer, ms. */
const WRITER_DEADLINE_MS = 2_000;

export function createMessaging(built: Core & Storage & Node, overrides: ContextOverrides): Messaging {
  const { config, log, metrics, tracing, closings, databaseUrl, database, committed, write, people, media } =
    built;
  const writerDatabase = closings.add(
    "message writer's database",
    createDatabase({
      url: databaseUrl,
      max: WRITER_CONNECTIONS,
      deadlineMs: overrides.databaseDeadlineMs ?? WRITER_DEADLINE_MS,
      applicationName: "vibesmatch-writer",
      settings: { ...BATCH_SETTINGS, ...(config.databaseEngine === "citus" && CITUS_SETTINGS) },
      pooler: config.databasePooler,
      tracing,
    }),
  );
  const messages = closings.add(
    "message writer",
    createMessageService({
      write,
      writerDatabase,
      deadlineMs: overrides.databaseDeadlineMs,
      publish: (events) => committed.publish(events),
      wake: (userIds) => people.hub.wake(userIds),
      onError(error, what) {
        if (what === "retry") metrics?.onRetry();
        log.error(
          { err: error, what },
          "Cannot store messages or publish their events; the writer retries what it can",
        );
      },
      onBatch: metrics?.onBatch,
      tracing,
      mediaHosts: config.mediaHosts,
      media,
    }),
  );
  const discovery = createDiscoveryService({
    database,
    write,
    secret: config.jwtSecret,
    likeLimit: config.limitsEnabled ? config.limits.LIKES : null,
    onRefused: () => people.counters.limitHit("LIKES"),
  });
  return {
    conversations: createConversationService({ database, media }),
    discovery,
    matches: createMatchService({ database, write }),
    messages,
    requests: createRequestService({ database, write }),
    writerDatabase,
  };
}
