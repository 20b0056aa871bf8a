/**
 * The real application with every route and no working service, for tests that read the router or that are refused
 * before a service is called.
 * @module
 */
import { type App, type AppContext, createApp } from "../../server/app.ts";
import { createLimits } from "../../server/backplane/mod.ts";
import { defaultLimits } from "../../server/domain/limits.ts";
import { createTokens } from "../../server/lib/tokens.ts";
import { silentLog } from "../../server/log.ts";

/** Routes take their services apart while they are declared: whatever is asked for is there. */
const anything: unknown = new Proxy(() => anything, {
  get: (_, key) => (key === "then" ? undefined : anything),
});

/**
 * @param overrides Parts of the context that the test decides.
 * @returns The application; its tokens are real, nobody is signed in.
 */
export function createAppWithoutServices(overrides: Partial<AppContext> = {}): App {
  const known: Partial<AppContext> = {
    log: silentLog(),
    limits: createLimits({ limits: defaultLimits() }),
    // Read while the routes are declared.
    config: { limits: defaultLimits(), limitsEnabled: true, mediaHosts: [], minClientVersion: null },
    media: { offered: null } as AppContext["media"],
    push: {
      offered: { providers: [], vapidPublicKey: null },
      devices: anything as AppContext["push"]["devices"],
    },
    tokens: createTokens({ secret: "a secret of the tests, long enough for HS256" }),
    loadViewer: async () => null,
    trustedProxies: [],
    allowedOrigins: [],
    mapError: undefined,
    onAnswer: undefined,
    isDraining: undefined,
    degraded: undefined,
    tracing: undefined,
    ...overrides,
  };
  const context = new Proxy(known, {
    get: (target, key) => (key in target ? target[key as keyof AppContext] : anything),
  });
  return createApp(context as AppContext);
}
