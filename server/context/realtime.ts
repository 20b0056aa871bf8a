/**
 * The area of real time: the sockets of this node, whose events call the features.
 * @module
 */
import { createRealtime, type Realtime } from "../realtime/mod.ts";
import type { Core } from "./core.ts";
import type { Identity } from "./identity.ts";
import type { Messaging } from "./messaging.ts";
import type { Moderation } from "./moderation.ts";
import type { Node } from "./node.ts";
import type { Notifications } from "./notifications.ts";
import type { Storage } from "./storage.ts";

/** @returns The sockets of this node. */
export function createSockets(
  built: Core & Storage & Node & Identity & Messaging & Moderation & Notifications,
): Realtime {
  const { config, clock, tokens, metrics, tracing, onError, closings } = built;
  const { limits, people, sessions, messages, admin, push } = built;
  return closings.add(
    "real time",
    createRealtime({
      people,
      messages,
      tokens,
      loadViewer: sessions.loadViewer,
      limits,
      received: (sessionId, seq) => push.received(sessionId, seq),
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
}
