/**
 * The native Bun handlers of every socket: a bounded queue of frames for each, handled one at a time, the clean-up
 * when a socket closes, and the drain. What a frame means is decided by the receiver.
 * @module
 */
import type { ServerWebSocket, WebSocketHandler } from "bun";
import type { PresenceService } from "../../features/presence/mod.ts";
import { BOUNDS } from "../../protocol/bounds.ts";
import type { Members } from "../people/members.ts";
import type { Staff } from "../people/staff.ts";
import type { Typing } from "../people/typing.ts";
import type { Counters } from "../stats/counters.ts";
import type { Admission } from "./admission.ts";
import { MAX_FRAME_BYTES } from "./codec.ts";
import { type Connection, MAX_BUFFERED } from "./connection.ts";
import type { FloodGuard } from "./flood_guard.ts";
import type { Pulse } from "./pulse.ts";
import type { Receiver } from "./receiver.ts";

interface GatewayDeps {
  readonly admission: Admission;
  readonly counters: Counters;
  readonly floodGuard: FloodGuard;
  readonly members: Members;
  readonly presence: PresenceService;
  readonly pulse: Pulse;
  readonly receiver: Receiver;
  readonly staff: Staff;
  readonly typing: Typing;
  /** Told of failures that no caller awaits. */
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
}

/** Frames that may wait behind the one being handled. */
const MAX_QUEUED = BOUNDS.QUEUE.value;
/** A draining server spreads reconnects over 2 ms a socket, at least 1 s and at most 30 s. */
const SPREAD_MS = { each: 2, least: 1_000, most: 30_000 };

export class Gateway {
  readonly #deps: GatewayDeps;
  readonly #connections = new Set<Connection>();
  /** While draining: how far reconnects are spread, and what to call when the last socket is gone. */
  #draining: { readonly spreadMs: number; readonly done: () => void } | null = null;

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
  }

  /** What `Bun.serve` takes. */
  handlers(): WebSocketHandler<Connection> {
    return {
      maxPayloadLength: MAX_FRAME_BYTES,
      // Connection closes at a quarter of it, with a reason.
      backpressureLimit: 4 * MAX_BUFFERED,
      perMessageDeflate: false,
      sendPings: false,
      // No heartbeat (it never fires while we send): it frees sockets whose peer does not answer a close.
      idleTimeout: 60,
      open: (ws) => this.#open(ws),
      message: (ws, frame) => this.#message(ws.data, frame),
      drain: (ws) => ws.data.drained(),
      // Bun answers pings itself.
      ping: (ws) => void this.#isFlood(ws.data),
      pong: (ws) => {
        if (!this.#isFlood(ws.data)) this.#deps.receiver.answered(ws.data);
      },
      close: (ws, code) => this.#closed(ws.data, code),
    };
  }

  /**
   * Closes every socket and tells its client when to reconnect, spread over time so that the other nodes are not
   * overrun. Frames that came before are handled first; later ones are ignored, so their senders try again.
   *
   * @param options.withinMs After this the rest is closed too.
   * @returns How many sockets were open when it began.
   */
  async drain({ withinMs }: { withinMs: number }): Promise<number> {
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const { each, least, most } = SPREAD_MS;
    const sockets = this.#connections.size;
    const spreadMs = Math.min(most, Math.max(least, sockets * each));
    this.#draining = { spreadMs, done };
    for (const connection of [...this.#connections]) if (!connection.busy) this.#sendAway(connection);
    if (this.#connections.size === 0) return sockets;
    const timer = setTimeout(done, withinMs);
    await promise;
    clearTimeout(timer);
    for (const connection of [...this.#connections]) this.#sendAway(connection);
    return sockets;
  }

  #sendAway(connection: Connection): void {
    connection.close("GOING_AWAY", {
      retry_after_ms: Math.floor(Math.random() * this.#draining!.spreadMs),
    });
  }

  #open(ws: ServerWebSocket<Connection>): void {
    const connection = ws.data;
    const { counters, pulse, receiver, now } = this.#deps;
    connection.ws = ws;
    this.#connections.add(connection);
    counters.connections[connection.codec.name]++;
    counters.opened[connection.codec.name]++;
    pulse.opened(connection, now());
    for (const frame of connection.codec.greeting(connection.id)) connection.send(frame);
    if (this.#draining) this.#sendAway(connection);
    else this.#work(connection, receiver.greet(connection));
  }

  #message(connection: Connection, frame: string | Buffer): void {
    if (connection.closed || this.#draining) return;
    const { counters, receiver } = this.#deps;
    counters.framesIn++;
    if (this.#isFlood(connection)) return;
    if (connection.queue !== null && connection.queue.length >= MAX_QUEUED) {
      connection.close("FLOODING");
    } else if (typeof frame !== "string") {
      receiver.refuse(connection, "must be text: binary is not supported");
    } else if (connection.busy) {
      connection.queue ??= [];
      connection.queue.push(frame);
    } else {
      this.#work(connection, receiver.handle(connection, frame));
    }
  }

  /** Every frame of a client comes through here, control frames too. @returns Whether its socket was closed. */
  #isFlood(connection: Connection): boolean {
    const { floodGuard, now } = this.#deps;
    if (connection.closed) return true;
    if (!floodGuard.count(connection, now())) return false;
    connection.close("FLOODING");
    return true;
  }

  /** One frame at a time: handlers are asynchronous, and a client's frames keep their order. */
  #work(connection: Connection, work: Promise<void> | undefined): void {
    if (!work) return;
    connection.busy = true;
    work.catch(this.#deps.onError).then(() => this.#next(connection), this.#deps.onError);
  }

  #next(connection: Connection): void {
    connection.busy = false;
    while (!connection.busy && !connection.closed) {
      const frame = connection.queue?.shift();
      if (frame === undefined) break;
      this.#work(connection, this.#deps.receiver.handle(connection, frame));
    }
    if (connection.busy || connection.closed) return;
    // An empty array costs memory too.
    connection.queue = null;
    if (connection.leftWith !== 0) this.#release(connection, connection.leftWith);
    else if (this.#draining) this.#sendAway(connection);
  }

  /** What a client sent before it closed the socket in an orderly way is carried out first. */
  #closed(connection: Connection, code: number): void {
    if (connection.busy && connection.queue !== null && isOrderly(connection, code)) connection.left(code);
    else this.#release(connection, code);
  }

  #release(connection: Connection, code: number): void {
    const { admission, counters, members, presence, pulse, staff, typing, now } = this.#deps;
    if (!this.#connections.delete(connection)) return;
    counters.connections[connection.codec.name]--;
    counters.closed(code);
    pulse.closed(connection);
    typing.left(connection);
    staff.left(connection);
    admission.release(connection.address);
    const { member } = connection;
    if (member) {
      members.leave(connection, now());
      void presence.disconnected(member.userId, connection.id);
    }
    connection.forget();
    if (this.#connections.size === 0) this.#draining?.done();
  }
}

/** Whether the client closed the socket itself: 1005 is a close without a code, from 3000 on apps choose. */
function isOrderly({ closing }: Connection, code: number): boolean {
  return !closing && (code === 1000 || code === 1001 || code === 1005 || code >= 3000);
}
