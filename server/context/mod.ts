/**
 * The wiring point: builds every service of one process out of its configuration, once, and closes them in
 * reverse order. It decides nothing, and listens nowhere.
 * @module
 */
import { createLimits, type OpenBackplane, openBackplane, type RateLimits } from "../backplane/mod.ts";
import { ensureJwtSecret, type SigningConfig } from "../config/jwt_secret.ts";
import type { Config } from "../config/mod.ts";
import { createDatabase, type Database } from "../db/client.ts";
import type { AppendedEvent } from "../db/event_log.ts";
import { createWrite, type Write } from "../db/unit_of_work.ts";
import type { StaffEvent, StaffEvents } from "../domain/staff_events.ts";
import { type Admin, createAdmin, type StatsSource } from "../features/admin/mod.ts";
import {
  type AuthService,
  createAuthService,
  createSessionService,
  type SendMail,
  type SessionEvents,
  type SessionService,
  type SessionsRevoked,
} from "../features/auth/mod.ts";
import { type BlockService, createBlockService } from "../features/blocks/mod.ts";
import { type ConversationService, createConversationService } from "../features/conversations/mod.ts";
import { createDiscoveryService, type DiscoveryService } from "../features/discovery/mod.ts";
import { createMatchService, type MatchService } from "../features/matches/mod.ts";
import { BATCH_SETTINGS, createMessageService, type MessageService } from "../features/messages/mod.ts";
import { createPrivacy, type Privacy } from "../features/privacy/mod.ts";
import {
  createProviders,
  createPush,
  type Push,
  RECEIPTS,
  receiptsHandler,
  storeTickets,
} from "../features/push/mod.ts";
import { createReportService, type ReportService } from "../features/reports/mod.ts";
import { createRequestService, type RequestService } from "../features/requests/mod.ts";
import { createSyncService, type SyncService } from "../features/sync/mod.ts";
import {
  type AccountService,
  createAccountService,
  createUserService,
  type UserService,
} from "../features/users/mod.ts";
import type { LoadViewer } from "../http/mod.ts";
import type { AnsweredRequest } from "../http/shell.ts";
import { type JobHandler, JobWorker, selectJobCounts } from "../jobs/mod.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { Emitter } from "../lib/emitter.ts";
import { type Closing, closeAll } from "../lib/shutdown.ts";
import { createTokens, type Tokens } from "../lib/tokens.ts";
import { createLog, type Log } from "../log.ts";
import { createMailer } from "../mail.ts";
import { createMetrics, type Metrics } from "../metrics/mod.ts";
import { createPeople, createRealtime, type People, type Realtime } from "../realtime/mod.ts";
import { createTracing, type Tracing } from "../tracing.ts";

/** Everything that one process runs on. */
export interface Context {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly database: Database;
  readonly write: Write;
  readonly limits: RateLimits;
  readonly tokens: Tokens;
  readonly loadViewer: LoadViewer;
  readonly allowedOrigins: readonly string[];
  readonly loopbackOrigins: boolean;
  readonly trustedProxies: readonly string[];
  readonly accounts: AccountService;
  readonly admin: Admin;
  readonly auth: AuthService;
  readonly blocks: BlockService;
  readonly conversations: ConversationService;
  readonly discovery: DiscoveryService;
  /** Works through the durable queue. */
  readonly jobs: JobWorker;
  readonly matches: MatchService;
  readonly messages: MessageService;
  /** Absent when nobody asked for them: then nothing is measured. */
  readonly metrics: Metrics | undefined;
  readonly onAnswer: ((answered: AnsweredRequest) => void) | undefined;
  /** The people with sockets on this node, and what tells them things. */
  readonly people: People;
  readonly privacy: Privacy;
  readonly push: Push;
  readonly realtime: Realtime;
  readonly reports: ReportService;
  readonly requests: RequestService;
  readonly sessionEvents: SessionEvents;
  readonly sessions: SessionService;
  readonly staffEvents: StaffEvents;
  readonly sync: SyncService;
  readonly tracing: Tracing | undefined;
  readonly users: UserService;
  /** @returns Parts that are missing while the service goes on without them. */
  degraded(): readonly string[];
  /**
   * Closes everything, the last opened first.
   * @returns Whether all of it closed well within 10 s.
   */
  close(): Promise<boolean>;
}

/** What a caller brings instead of what the configuration would make: tests, tools. */
export interface ContextOverrides {
  readonly log?: Log;
  /** Where the log goes instead of standard output. */
  readonly logTo?: { write(line: string): unknown; readonly isTTY?: boolean };
  readonly clock?: Clock;
  readonly sendMail?: SendMail;
  /** Hears of durable events after their commit. */
  readonly publish?: (events: AppendedEvent[]) => void | Promise<void>;
  /** What the socket layer knows, for the moderators' numbers. */
  readonly statsSource?: StatsSource;
  /** Instead of the one that REDIS_URL asks for. Closed with the context. */
  readonly backplane?: OpenBackplane;
  /** Of presence, ms. */
  readonly presenceBeatMs?: number;
  /** An event is left to the sockets for so long before devices are notified, ms. */
  readonly pushGraceMs?: number;
}

const CLOSE_DEADLINE_MS = 10_000;
/** Statements of sends under way, each on a connection of its own: see test/bench/send_bench.ts. */
const WRITER_CONNECTIONS = 2;

/**
 * Builds the context. Nothing is connected before it is used.
 *
 * @param given With a database. Without a signing secret, outside production, the one beside the data is used.
 * @throws Error when one of them is missing.
 */
export async function createContext(given: Config, overrides: ContextOverrides = {}): Promise<Context> {
  const config = withSecret(given);
  const { databaseUrl, jwtSecret: secret } = config;
  if (databaseUrl === null) throw new Error("Cannot build the context: DATABASE_URL is not set");
  const closings: Closing[] = [];
  function closeLast<T extends object>(name: string, part: T & { close(): unknown }): T {
    closings.unshift({ name, close: () => part.close() });
    return part;
  }

  const log = overrides.log ?? openLog(config, overrides.logTo);
  const clock = overrides.clock ?? systemClock;
  const tracing = createTracing();
  const metrics = config.metricsPort === null ? undefined : createMetrics();
  const onError = (error: unknown) => {
    metrics?.onUnexpected();
    log.error({ err: error }, "unexpected error");
  };
  const tokens = createTokens({ secret, clock });
  const onTrouble = (facts: object, message: string) => log.warn(facts, message);
  const backplane = closeLast("backplane", overrides.backplane ?? openBackplane({ ...config, onTrouble }));
  const degraded = () => (backplane.healthy ? [] : [backplane.kind]);
  const limits = createLimits({
    limits: config.limits,
    enabled: config.limitsEnabled,
    redis: backplane.redis,
    onRefused: (name) => people.counters.limitHit(name),
  });
  const database = closeLast(
    "database",
    createDatabase({ url: databaseUrl, max: config.databasePool, tracing }),
  );
  const sync = createSyncService({ database });
  const people = createPeople({
    backplane,
    database,
    readLog: sync.readLog,
    onError,
    observer: metrics,
    now: () => clock.now(),
    heartbeatMs: overrides.presenceBeatMs,
  });
  const publish = (events: AppendedEvent[]) => {
    people.publish(events);
    push.hint(events);
    return overrides.publish?.(events);
  };
  const write = createWrite({
    database,
    publish,
    onError: (error, what) => log.error({ err: error, what }, "Cannot follow a commit"),
  });

  const providers = await createProviders({
    keys: config,
    log: log.child({ component: "push" }),
    onTickets: (tickets) => storeTickets(database, tickets),
    onError,
  });
  const push = closeLast(
    "push",
    createPush({ database, write, providers, observer: metrics, onError, graceMs: overrides.pushGraceMs }),
  );

  const sessionEvents = new Emitter<SessionsRevoked>(onError);
  const events = sessionEvents;
  const onAuth = metrics?.onAuth;
  const sessions = createSessionService({ database, write, tokens, events, secret, onEvent: onAuth });
  const users = createUserService({
    database,
    clock,
    onActivityShown: (userId, isShown) => void people.presence.shown(userId, isShown).catch(onError),
  });
  const { smtpUrl, mailFrom: from, production } = config;
  const mailer = closeLast("mail", createMailer({ smtpUrl, from, log, production }));
  const sendMail = overrides.sendMail ?? mailer.send;
  const authDeps = { database, write, tokens, sendMail, sessions, users, secret };
  const auth = createAuthService({ ...authDeps, onEvent: onAuth });
  const likeLimit = config.limitsEnabled ? config.limits.LIKES : null;
  const discovery = createDiscoveryService({
    database,
    write,
    secret,
    likeLimit,
    onRefused: () => people.counters.limitHit("LIKES"),
  });
  const matches = createMatchService({ database, write });
  const staffEvents = new Emitter<StaffEvent>(onError);
  const statsSource = overrides.statsSource ?? people.hub;
  const onAuditBroken = (found: object) =>
    log.error(found, "The audit log is not what was written: run `vibes audit verify`");
  const adminParts = { auth, sessions, sendMail, statsSource, clock, onAuditBroken };
  const requests = createRequestService({ database, write });
  const conversations = createConversationService({ database });
  const writerDatabase = closeLast(
    "message writer's database",
    createDatabase({
      url: databaseUrl,
      max: WRITER_CONNECTIONS,
      // Leaves time for a second attempt before a send must have its answer.
      deadlineMs: 2_000,
      applicationName: "vibesmatch-writer",
      settings: BATCH_SETTINGS,
      tracing,
    }),
  );
  const messages = closeLast(
    "message writer",
    createMessageService({
      write,
      writerDatabase,
      publish,
      onError(error, what) {
        if (what === "retry") metrics?.onRetry();
        log.error({ err: error, what }, "Cannot store or tell of messages at once");
      },
      onBatch: metrics?.onBatch,
      tracing,
      mediaHosts: config.mediaHosts,
    }),
  );
  const admin = createAdmin({ db: database, write, staffEvents, ...adminParts });
  sessionEvents.subscribe((revoked) => people.hub.revoke(revoked));
  staffEvents.subscribe(({ event, data, except }) => people.hub.tellStaff(event, data, { except }));
  if (metrics) {
    sessionEvents.subscribe(metrics.onRevoked);
    staffEvents.subscribe(metrics.onStaffEvent);
    metrics.observe({
      nodeId: backplane.nodeId,
      counters: people.counters,
      pools: { main: database.stats, writer: writerDatabase.stats },
      writer: messages.stats,
      parts: [backplane.kind],
      degraded,
      shared: () => admin.stats.read(),
      jobs: () => selectJobCounts(database.sql),
      audit: () => admin.audit.lastVerification(),
    });
  }
  const { retentionEvidenceDays: evidenceDays } = config;
  const stored = { database, write, auth, sessions, users, sync };
  const privacy = createPrivacy({ ...stored, evidenceDays, log, onError });
  closings.unshift({ name: "retention", close: privacy.retention.start() });

  const handlers: Record<string, JobHandler> = {};
  if (providers.expo) handlers[RECEIPTS] = receiptsHandler(database, providers.expo);
  const jobs = closeLast("jobs", new JobWorker({ database, handlers, onError, onAttempt: metrics?.onJob }));
  const realtime = closeLast(
    "real time",
    createRealtime({
      people,
      messages,
      tokens,
      loadViewer: sessions.loadViewer,
      limits,
      received: push.received,
      maxPerUser: config.limits.WS_CONNECTIONS_PER_USER,
      maxPerAddress: config.limitsEnabled ? config.limits.WS_CONNECTIONS_PER_ADDRESS : null,
      allowedOrigins: config.allowedOrigins,
      loopbackOrigins: !config.production,
      observer: metrics,
      tracing,
      onError,
      now: () => clock.now(),
      readStats: () => admin.stats.readForStaff(),
    }),
  );

  return {
    config,
    log,
    clock,
    database,
    write,
    limits,
    tokens,
    loadViewer: sessions.loadViewer,
    allowedOrigins: config.allowedOrigins,
    loopbackOrigins: !config.production,
    trustedProxies: config.trustedProxies,
    accounts: createAccountService({ database }),
    admin,
    auth,
    blocks: createBlockService({ db: database, write, staffEvents, part: (a, b) => people.hub.part(a, b) }),
    conversations,
    discovery,
    matches,
    messages,
    metrics,
    onAnswer: metrics?.onAnswer,
    jobs,
    people,
    privacy,
    push,
    realtime,
    reports: createReportService({ write, staffEvents }),
    requests,
    sessionEvents,
    sessions,
    staffEvents,
    sync,
    tracing,
    users,
    degraded,
    close: () =>
      closeAll(closings, {
        deadlineMs: CLOSE_DEADLINE_MS,
        onProblem: (name, error) => log.error({ err: error, step: name }, "Cannot close"),
      }),
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
