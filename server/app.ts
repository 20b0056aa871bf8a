/**
 * The HTTP application: the shell, the route macros and every feature's routes. It opens nothing and listens
 * nowhere; main.ts does.
 * @module
 */
import { Elysia } from "elysia";
import { type AuthService, authRoutes, type SessionService } from "./features/auth/mod.ts";
import { type DiscoveryService, discoveryRoutes } from "./features/discovery/mod.ts";
import { type MatchService, matchRoutes } from "./features/matches/mod.ts";
import { type RequestService, requestRoutes } from "./features/requests/mod.ts";
import { type UserService, userRoutes } from "./features/users/mod.ts";
import { createHttp, type HttpDeps } from "./http/mod.ts";
import { assertRoutes } from "./http/route_rules.ts";
import { createShell, type ShellOptions } from "./http/shell.ts";

/** Everything that the application stands on. */
export interface AppContext extends HttpDeps, ShellOptions {
  readonly auth: AuthService;
  readonly discovery: DiscoveryService;
  readonly matches: MatchService;
  readonly requests: RequestService;
  readonly sessions: SessionService;
  readonly users: UserService;
}

/** The application's type, from which typed clients are made (`treaty<App>`). */
export type App = ReturnType<typeof createApp>;

/**
 * @returns The application, to `handle` requests or to listen.
 * @throws Error when a route does not say who may call it or what it counts against.
 */
export function createApp(context: AppContext) {
  const http = createHttp(context);
  const { auth, discovery, limits, matches, requests, sessions, users } = context;
  const app = new Elysia({
    name: "app",
    // A Host header shorter than three characters would hide the path from the router.
    handler: { standardHostname: false },
    // One router for sockets and for tests: Bun's own would decode paths its own way and only when listening.
    systemRouter: false,
  })
    .use(createShell(context))
    .use(http)
    .use(authRoutes({ http, auth, limits, sessions }))
    .use(discoveryRoutes({ http, discovery }))
    .use(matchRoutes({ http, matches }))
    .use(requestRoutes({ http, requests }))
    .use(userRoutes({ http, users }));
  assertRoutes(app.routes);
  return app;
}
