/**
 * Builds the sockets of one node over its people: admission, authentication, dispatch, the native handlers, and the
 * timer that drives heartbeats, presence and statistics once a second.
 * @module
 */

import type { WebSocketHandler } from "bun";
import type { RateLimits } from "../backplane/mod.ts";
import type { LoadViewer } from "../domain/viewer.ts";
import type { MessageService } from "../features/messages/mod.ts";
import type { SocketObserver } from "../lib/socket_observer.ts";
import type { Tokens } from "../lib/tokens.ts";
import { BOUNDS } from "../protocol/bounds.ts";
import type { Tracing } from "../tracing.ts";
import type { Hub } from "./hub.ts";
import type { People } from "./people.ts";
import { Admission } from "./sockets/admission.ts";
import { createAttachment } from "./sockets/attach.ts";
import { createAuthenticator } from "./sockets/authenticator.ts";
import type { Connection } from "./sockets/connection.ts";
import { createDispatch } from "./sockets/dispatch.ts";
import { FloodGuard } from "./sockets/flood_guard.ts";
import { Gateway } from "./sockets/gateway.ts";
import { Pulse } from "./sockets/pulse.ts";
import { createReceiver } from "./sockets/receiver.ts";
import { Upgrader } from "./sockets/upgrade.ts";

interface RealtimeDeps {
  readonly people: People;
  readonly messages: Pick<MessageService, "send" | "markRead">;
  readonly tokens: Pick<Tokens, "verifyAccess">;
  readonly loadViewer: LoadViewer;
  readonly limits: RateLimits;
  /** A device has its person's log up to there. */
  readonly received: (sessionId: string, seq: number) => void;
  /** Sockets of one person at one time, also with limits off: it is part of the protocol. */
  readonly maxPerUser: number;
  /** Sockets of one address at one time; null: limits are off. */
  readonly maxPerAddress: number | null;
  readonly allowedOrigins: readonly string[];
  readonly loopbackOrigins?: boolean | undefined;
  readonly observer?: SocketObserver | undefined;
  readonly tracing?: Tracing | undefined;
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** @returns The data of `admin_stats`. */
  readonly readStats: () => Promise<(viewerId: string) => object>;
}

const MAX_BURST = BOUNDS.BURST.value;
const NO_LIMITS = { maxBurst: null, perUser: null };
const DRAIN_WITHIN_MS = 10_000;
const TURN_MS = 1_000;

interface Parts {
  readonly admission: Admission;
  readonly gateway: Gateway;
  readonly upgrader: Upgrader;
  readonly hub: Hub;
  /** Once a second. */
  readonly onTurn: () => void;
}

/** The socket layer of one process. */
export class Realtime {
  readonly upgrader: Upgrader;
  /** What `Bun.serve` takes beside `fetch`. */
  readonly websocket: WebSocketHandler<Connection>;
  readonly #parts: Parts;
  #timer: ReturnType<typeof setInterval> | undefined;
  #drained: Promise<number> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.upgrader = parts.upgrader;
    this.websocket = parts.gateway.handlers();
  }

  /** Whether new sockets are refused because the process is going away. */
  get isDraining(): boolean {
    return this.#parts.admission.draining;
  }

  /** Starts heartbeats and presence; call it before sockets come. */
  start(): void {
    this.#parts.hub.start();
    this.#timer = setInterval(this.#parts.onTurn, TURN_MS);
  }

  /**
   * Refuses new sockets, handles the frames that came, and closes every socket with a hint when to reconnect.
   * @returns How many sockets were open when it began.
   */
  drain({ withinMs = DRAIN_WITHIN_MS }: { withinMs?: number } = {}): Promise<number> {
    this.#parts.admission.draining = true;
    this.#drained ??= this.#parts.gateway.drain({ withinMs });
    return this.#drained;
  }

  /** Drains, stops the timer, and withdraws this node's presence. */
  async close(): Promise<void> {
    if (this.#timer === undefined) return;
    await this.drain({ withinMs: 1_000 });
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#parts.hub.close();
  }
}

/**
 * @example
 * ```ts
 * const realtime = createRealtime({ people, messages, tokens, loadViewer, limits, … });
 * app.listen({ port, websocket: realtime.websocket });
 * realtime.start();
 * ```
 */
export function createRealtime(deps: RealtimeDeps): Realtime {
  const { people, messages, tokens, loadViewer, limits, maxPerAddress, readStats } = deps;
  const { observer, received, tracing, onError, now } = deps;
  const { hub, counters, delivery, members, presence, readHead, staff, typing } = people;
  const admission = new Admission(deps);
  const pulse = new Pulse(now());
  const limited = maxPerAddress !== null;
  const watchers = { observer, tracing };
  const attachment = createAttachment({
    authenticator: createAuthenticator({ limits, tokens, loadViewer, members, readHead, now }),
    counters,
    delivery,
    presence,
    pulse,
    staff,
    maxPerUser: deps.maxPerUser,
    received,
    evict: (userId, sockets) => hub.evict(userId, sockets),
    onError,
    watchers,
    now,
  });
  const dispatch = createDispatch({ messages, limits, typing, received, watch });
  const receiver = createReceiver({ attachment, counters, dispatch, received, onError, watchers });
  const gateway = new Gateway({
    admission,
    counters,
    floodGuard: new FloodGuard(
      limited ? { maxBurst: MAX_BURST, perUser: limits.rateOf("WS_FRAMES") } : NO_LIMITS,
    ),
    members,
    presence,
    pulse,
    receiver,
    staff,
    typing,
    onError,
    now,
  });
  const upgrader = new Upgrader({ admission, counters });

  function watch(connection: Connection, watching: boolean): void {
    connection.watching = watching;
    if (watching) void showStats();
  }

  async function showStats(): Promise<void> {
    if (!staff.watched) return;
    try {
      const statsFor = await readStats();
      staff.show("admin_stats", (userId) => JSON.stringify(statsFor(userId)));
    } catch (error) {
      onError(error);
    }
  }

  /** A failure of one turn does not stop the next. */
  function onTurn(): void {
    try {
      pulse.turn(now());
      hub.turn();
    } catch (error) {
      onError(error);
    }
    void showStats();
  }

  return new Realtime({ admission, gateway, upgrader, hub, onTurn });
}
