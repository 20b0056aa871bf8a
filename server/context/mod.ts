/**
 * The wiring point: builds every service of one process out of its configuration, once, one area after the other, and
 * closes them in reverse order. It decides nothing, and listens nowhere.
 * @module
 */
import type { Config } from "../config/mod.ts";
import type { LoadViewer } from "../domain/viewer.ts";
import type { AnsweredRequest } from "../http/shell.ts";
import { selectJobCounts } from "../jobs/mod.ts";
import type { Realtime } from "../realtime/mod.ts";
import { type ContextOverrides, type Core, createCore } from "./core.ts";
import { createIdentity, type Identity } from "./identity.ts";
import { createMessaging, type Messaging } from "./messaging.ts";
import { createModeration, type Moderation } from "./moderation.ts";
import { createNode, type Node } from "./node.ts";
import { createNotifications, type Notifications } from "./notifications.ts";
import { createSockets } from "./realtime.ts";
import { createStorage, type Storage } from "./storage.ts";

export type { ContextOverrides } from "./core.ts";

type Services = Core & Storage & Node & Notifications & Identity & Messaging & Moderation;

/** Everything that one process runs on. */
export interface Context extends Services {
  readonly realtime: Realtime;
  readonly loadViewer: LoadViewer;
  readonly allowedOrigins: readonly string[];
  /** Whether pages of this machine may call from any port. */
  readonly loopbackOrigins: boolean;
  /** Whether anybody may read the documents of the staff's routes. */
  readonly openStaffDocs: boolean;
  readonly trustedProxies: readonly string[];
  readonly onAnswer: ((answered: AnsweredRequest) => void) | undefined;
  /**
   * Closes everything, the last opened first.
   * @returns Whether all of it closed without an error within 10 s.
   */
  close(): Promise<boolean>;
}

/**
 * Builds the context. Nothing is connected before it is used, but for Redis, whose keys are named after the database.
 *
 * @param given With a database. Without a signing secret, outside production, the one beside the data is used.
 * @throws Error when one of them is missing.
 */
export async function createContext(given: Config, overrides: ContextOverrides = {}): Promise<Context> {
  const core = await createCore(given, overrides);
  // Connections that stay open would keep the process from ending.
  const orClose = async (error: unknown): Promise<never> => {
    await core.closings.close();
    throw error;
  };
  const storage = await createStorage(core, overrides).catch(orClose);
  const node = createNode({ ...core, ...storage }, overrides);
  const identity = createIdentity({ ...core, ...storage, ...node }, overrides);
  const needed = { ...core, ...storage, ...identity };
  const notifications = await createNotifications(needed, overrides).catch(orClose);
  const messaging = createMessaging({ ...core, ...storage, ...node }, overrides);
  const moderation = createModeration(
    { ...core, ...storage, ...node, ...identity, ...notifications },
    overrides,
  );
  const services = {
    ...core,
    ...storage,
    ...node,
    ...notifications,
    ...identity,
    ...messaging,
    ...moderation,
  };
  const realtime = createSockets(services);
  observe(services);
  return {
    ...services,
    realtime,
    loadViewer: identity.sessions.loadViewer,
    allowedOrigins: core.config.allowedOrigins,
    loopbackOrigins: !core.config.production,
    openStaffDocs: !core.config.production,
    trustedProxies: core.config.trustedProxies,
    onAnswer: core.metrics?.onAnswer,
    close: () => core.closings.close(),
  };
}

/** Shows in the metrics what the services count. */
function observe(services: Services): void {
  const { metrics, backplane, webhooks, degraded, people, database, writerDatabase, messages, admin } =
    services;
  metrics?.observe({
    nodeId: backplane.nodeId,
    counters: people.counters,
    pools: { main: database.stats, writer: writerDatabase.stats },
    writer: messages.stats,
    parts: [backplane.kind],
    degraded,
    shared: () => admin.stats.read(),
    moderation: () => admin.moderationStats.recent(),
    webhooksDisabled: async () => (webhooks && (await webhooks.state()).disabled ? 1 : 0),
    jobs: () => selectJobCounts(database.sql),
    audit: () => admin.audit.lastVerification(),
  });
}
