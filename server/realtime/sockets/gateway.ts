/**
 * The native Bun handlers of every socket: a bounded serial queue of frames for each, what is undone when one
 * closes, and the drain. What a frame means is the receiver's.
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
import type { Pulse } from "./pulse.ts";
import type { Receiver } from "./receiver.ts";

interface GatewayDeps {
  readonly admission: Admission;
  readonly counters: Counters;
  readonly members: Members;
  readonly presence: PresenceService;
  readonly pulse: Pulse;
  readonly receiver: Receiver;
  readonly staff: Staff;
  readonly typing: Typing;
  /** Frames of a socket in one second; null: any number. */
  readonly maxBurst: number | null;
  /** Hears of what should never happen: it must not end the process. */
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
}

/** Frames that may wait behind the one being handled. */
const MAX_QUEUED = BOUNDS.QUEUE.value;
/** Clients of a drained server come again within this for each of them, but at least and at most so much, ms. */
const SPREAD_MS = { each: 2, least: 1_000, most: 30_000 };

export class Gateway {
  readonly #deps: GatewayDeps;
  readonly #connections = new Set<Connection>();
  /** While draining: how far clients are spread, and what to call when the last one is gone. */
  #draining: { readonly spreadMs: number; readonly done: () => void } | null = null;

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
  }

  /** What `Bun.serve` takes. */
  handlers(): WebSocketHandler<Connection> {
    return {
      maxPayloadLength: MAX_FRAME_BYTES,
      // Our own limit closes earlier, with a reason.
      backpressureLimit: 4 * MAX_BUFFERED,
      perMessageDeflate: false,
      sendPings: false,
      // Not a heartbeat (it never fires while we push): it frees what a peer that is gone leaves behind a close.
      idleTimeout: 60,
      open: (ws) => this.#open(ws),
      message: (ws, frame) => this.#message(ws.data, frame),
      drain: (ws) => ws.data.drained(),
      pong: (ws) => {
        ws.data.heardAt = this.#deps.now();
      },
      close: (ws, code) => this.#close(ws.data, code),
    };
  }

  /**
   * Closes every socket with a hint when to come again, spread so that the other nodes are not overrun. What is
   * being handled or queued is finished first; what comes later is not taken, so its sender tries again.
   *
   * @param options.withinMs After this the rest is closed too.
   */
  async drain({ withinMs }: { withinMs: number }): Promise<void> {
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const { each, least, most } = SPREAD_MS;
    const spreadMs = Math.min(most, Math.max(least, this.#connections.size * each));
    this.#draining = { spreadMs, done };
    for (const connection of [...this.#connections]) if (!connection.busy) this.#sendAway(connection);
    if (this.#connections.size === 0) return;
    const timer = setTimeout(done, withinMs);
    await promise;
    clearTimeout(timer);
    for (const connection of [...this.#connections]) this.#sendAway(connection);
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

  #close(connection: Connection, code: number): void {
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

  #message(connection: Connection, frame: string | Buffer): void {
    if (connection.closed || this.#draining) return;
    const { counters, receiver } = this.#deps;
    counters.framesIn++;
    if (this.#isFlooding(connection)) {
      connection.close("FLOODING");
    } else if (typeof frame !== "string") {
      receiver.refuse(connection, "Cannot read the frame: binary is not supported");
    } else if (connection.busy) {
      connection.queue ??= [];
      connection.queue.push(frame);
    } else {
      this.#work(connection, receiver.handle(connection, frame));
    }
  }

  #isFlooding(connection: Connection): boolean {
    const { maxBurst, now } = this.#deps;
    const before = Math.floor(connection.heardAt / 1000);
    connection.heardAt = now();
    connection.burst = before === Math.floor(connection.heardAt / 1000) ? connection.burst + 1 : 1;
    return (
      (connection.queue?.length ?? 0) >= MAX_QUEUED || (maxBurst !== null && connection.burst > maxBurst)
    );
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
    // An empty queue costs memory too.
    connection.queue = null;
    if (this.#draining) this.#sendAway(connection);
  }
}
