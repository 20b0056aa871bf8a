/**
 * The HTTP application: the shell, the route macros and every feature's routes. It opens nothing and listens
 * nowhere; listen.ts does.
 * @module
 */
import { Elysia } from "elysia";
import type { Config } from "./config/mod.ts";
import type { Database } from "./db/client.ts";
import { mapPgError } from "./db/pg_errors.ts";
import { demoRoutes } from "./docs/demo.ts";
import { homeRoutes } from "./docs/home.ts";
import { docsRoutes } from "./docs/routes.ts";
import { staffDocsRoutes } from "./docs/staff_routes.ts";
import { type Admin, adminRoutes, evidencePageRoutes } from "./features/admin/mod.ts";
import { type AppealService, appealRoutes } from "./features/appeals/mod.ts";
import { type AuthService, authRoutes, type SessionService } from "./features/auth/mod.ts";
import { type BlockService, blockRoutes } from "./features/blocks/mod.ts";
import { clientConfigRoutes } from "./features/client_config/mod.ts";
import { type ConversationService, conversationRoutes } from "./features/conversations/mod.ts";
import { type DiscoveryService, discoveryRoutes } from "./features/discovery/mod.ts";
import { type MatchService, matchRoutes } from "./features/matches/mod.ts";
import { type Links, type MediaService, mediaLinkRoutes, mediaRoutes } from "./features/media/mod.ts";
import { type MessageService, messageRoutes } from "./features/messages/mod.ts";
import { type Notices, noticeRoutes } from "./features/notices/mod.ts";
import { type Privacy, privacyRoutes } from "./features/privacy/mod.ts";
import { deviceRoutes, type Push } from "./features/push/mod.ts";
import { type ReportService, reportRoutes } from "./features/reports/mod.ts";
import { type RequestService, requestRoutes } from "./features/requests/mod.ts";
import { type SyncService, syncRoutes } from "./features/sync/mod.ts";
import { type UserService, userRoutes } from "./features/users/mod.ts";
import { compressed } from "./http/compress.ts";
import { tagged } from "./http/etag.ts";
import { healthRoutes } from "./http/health.ts";
import { createHttp, type HttpDeps } from "./http/mod.ts";
import { requestSpans } from "./http/request_spans.ts";
import { assertRoutes, type ListedRoute } from "./http/route_rules.ts";
import { createShell, ELYSIA_OPTIONS, type ShellOptions } from "./http/shell.ts";
import { type Realtime, upgradeRoutes } from "./realtime/mod.ts";
import type { Tracing } from "./tracing.ts";

/** Everything that the application needs. */
export interface AppContext extends HttpDeps, ShellOptions {
  readonly database: Pick<Database, "ready">;
  readonly admin: Admin;
  readonly appeals: AppealService;
  readonly auth: AuthService;
  readonly blocks: BlockService;
  readonly config: Pick<Config, "limits" | "limitsEnabled" | "mediaHosts" | "minClientVersion">;
  readonly conversations: ConversationService;
  readonly discovery: DiscoveryService;
  readonly matches: MatchService;
  readonly media: MediaService;
  readonly mediaLinks: Pick<Links, "secondsLeft">;
  readonly messages: MessageService;
  readonly notices: Pick<Notices, "list">;
  readonly privacy: Pick<Privacy, "erasure" | "exports">;
  readonly push: Pick<Push, "devices" | "offered">;
  readonly reports: ReportService;
  readonly realtime: Pick<Realtime, "upgrader">;
  readonly requests: RequestService;
  readonly sessions: SessionService;
  readonly sync: SyncService;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  readonly users: UserService;
  /**
   * What `/` is: a pointer for machines, a page for developers, or that with the demo, which signs in anybody.
   * @default "production"
   */
  readonly home?: "production" | "development" | "demo";
  /** Whether anybody may read the documents of the staff's routes. @default false: staff may */
  readonly openStaffDocs?: boolean | undefined;
  /** Whether the process is shutting down: `/readyz` is 503 from then on. @default never */
  readonly isDraining?: () => boolean;
  /** Parts that are missing while the service goes on without them, such as `redis`. @default none */
  readonly degraded?: () => readonly string[];
}

/** The application's type, from which typed clients are made (`treaty<App>`). */
export type App = ReturnType<typeof createApp>;

/**
 * @returns The application, to `handle` requests or to listen.
 * @throws Error when a route does not say who may call it or what it counts against.
 */
export function createApp(context: AppContext) {
  const http = createHttp(context);
  const { auth, conversations, database, discovery, limits, matches } = context;
  const { messages, requests, sessions, sync, users } = context;
  const { isDraining = () => false, degraded = () => [] } = context;
  const app = new Elysia({ ...ELYSIA_OPTIONS, name: "app" })
    .use(createShell({ ...context, mapError: context.mapError ?? mapPgError }))
    .use(http)
    .use(healthRoutes({ http, checkDatabase: () => database.ready(), isDraining, degraded }))
    .use(docsRoutes({ http, routes: (): readonly ListedRoute[] => app.routes }))
    .use(homeRoutes({ http, home: context.home }))
    .use(
      staffDocsRoutes({
        http,
        routes: (): readonly ListedRoute[] => app.routes,
        openStaffDocs: context.openStaffDocs,
      }),
    )
    .use(adminRoutes({ http, admin: context.admin }))
    .use(evidencePageRoutes({ http, pictures: context.admin.pictures }))
    .use(appealRoutes({ http, appeals: context.appeals }))
    .use(authRoutes({ http, auth, limits, sessions }))
    .use(blockRoutes({ http, blocks: context.blocks }))
    .use(clientConfigRoutes({ http, config: context.config, push: context.push, media: context.media }))
    .use(conversationRoutes({ http, conversations }))
    .use(discoveryRoutes({ http, discovery }))
    .use(matchRoutes({ http, matches }))
    .use(mediaRoutes({ http, limits, media: context.media }))
    .use(mediaLinkRoutes({ http, media: context.media, links: context.mediaLinks }))
    .use(messageRoutes({ http, messages }))
    .use(noticeRoutes({ http, notices: context.notices }))
    .use(privacyRoutes({ http, privacy: context.privacy }))
    .use(deviceRoutes({ http, push: context.push }))
    .use(reportRoutes({ http, reports: context.reports }))
    .use(requestRoutes({ http, requests }))
    .use(syncRoutes({ http, sync }))
    .use(userRoutes({ http, users }))
    .use(upgradeRoutes({ http, upgrader: context.realtime.upgrader }));
  // Not in the type of the application: no client is made for it.
  if (context.home === "demo") app.use(demoRoutes({ http, auth }));
  assertRoutes(app.routes);
  // One wrapper, so that the order is ours: a tag is of the text, before it is compressed.
  app.wrap((handler: Parameters<typeof tagged>[0]) => compressed(tagged(handler)));
  if (context.tracing) app.wrap(requestSpans(context.tracing));
  return app;
}
