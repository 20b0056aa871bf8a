/**
 * The connection to the server: the live stream, and while that cannot be opened, as behind some proxies, reads over
 * REST every few seconds. It measures the round trip and hands every event to the screens; it draws nothing.
 * @module
 */
import type { LiveEvent, LiveStream } from "../live_stream.ts";
import type { Stats } from "../wire.ts";
import type { Desk } from "./desk.ts";
import type { Session } from "./session.ts";
import { POLL_MS, withLink, withStats } from "./state.ts";

/** Who hears of events. */
export interface Listener {
  onLive?(event: LiveEvent): void;
  /** Reads what the stream would have told. */
  poll?(): Promise<void>;
  /** Connected again: what was missed, and what could not be sent. */
  onReconnect?(): void;
}

interface ConnectionOptions {
  readonly desk: Desk;
  readonly stream: LiveStream;
  readonly session: Pick<Session, "phase" | "end">;
  readonly listeners: readonly Listener[];
  /** Between two reads. @default POLL_MS */
  readonly pollMs?: number;
}

/** A restarted server answers REST before its socket is up: only the second answer means that the stream is blocked. */
const ANSWERS_BEFORE_POLLING = 2;
/** Between two measurements of the round trip, ms. */
const PING_MS = 5_000;

export class Connection {
  readonly #options: ConnectionOptions;
  #hangUp: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Grows when polling begins or ends: an answer that was asked for before is dropped. */
  #turn = 0;
  #isPolling = false;
  #answers = 0;
  #pingedAt = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Opens the stream, anew when it is open already. */
  open(): void {
    this.#hangUp?.();
    this.#stopPolling();
    this.#hangUp = this.#options.stream.open((event) => this.#hear(event));
  }

  close(): void {
    this.#stopPolling();
    this.#hangUp?.();
  }

  /** Measures the round trip every few seconds; to be called every second. */
  measure(): void {
    const { desk, session } = this.#options;
    const isDue = desk.now() - this.#pingedAt >= PING_MS;
    if (!isDue || session.phase !== "signed_in" || desk.state.link.state === "starting") return;
    this.#pingedAt = desk.now();
    desk.api.ping().then(
      (ms) => desk.set({ latency: { ms: Math.round(ms), at: desk.now() } }),
      () => desk.set({ latency: null }),
    );
  }

  #link(state: "up" | "polling" | "down"): void {
    const { desk } = this.#options;
    desk.update((now) => withLink(now, state, desk.now()));
  }

  #hear(event: LiveEvent): void {
    const { desk, session } = this.#options;
    switch (event.type) {
      case "up": {
        const before = desk.state.link.state;
        this.#stopPolling();
        this.#link("up");
        if (before === "down" || before === "polling") this.#reconnected();
        return;
      }
      case "down":
        // Another failed attempt while REST answers changes nothing.
        if (desk.state.link.state !== "polling") this.#link("down");
        this.#startPolling();
        return;
      case "closed":
        this.#stopPolling();
        this.#link("down");
        if (session.phase === "signed_in") session.end();
        return;
      default:
        this.#handOn(event);
    }
  }

  #reconnected(): void {
    const { desk, listeners } = this.#options;
    desk.say("ok", "Connected again");
    for (const listener of listeners) listener.onReconnect?.();
  }

  #handOn(event: LiveEvent): void {
    const { desk, listeners } = this.#options;
    if (event.type === "stats") desk.update((state) => withStats(state, event.stats, desk.now()));
    for (const listener of listeners) listener.onLive?.(event);
  }

  #startPolling(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#answers = 0;
    void this.#poll(++this.#turn);
  }

  #stopPolling(): void {
    this.#isPolling = false;
    this.#turn++;
    clearTimeout(this.#timer);
  }

  async #poll(mine: number): Promise<void> {
    const { desk, session, pollMs = POLL_MS } = this.#options;
    try {
      // While the sign-in dialog is open nothing is asked.
      const stats = session.phase === "signed_in" ? await desk.api.stats() : undefined;
      if (mine !== this.#turn) return;
      if (stats && ++this.#answers >= ANSWERS_BEFORE_POLLING) await this.#take(stats, mine);
    } catch {
      if (mine !== this.#turn) return;
      this.#answers = 0;
      this.#link("down");
    }
    if (mine === this.#turn) this.#timer = setTimeout(() => void this.#poll(mine), pollMs);
  }

  async #take(stats: Stats, mine: number): Promise<void> {
    const { desk, listeners, pollMs = POLL_MS } = this.#options;
    if (desk.state.link.state !== "polling") {
      this.#link("polling");
      desk.say("warn", `The live stream cannot be opened: reading every ${pollMs / 1000} s instead`);
      for (const listener of listeners) listener.onReconnect?.();
    }
    this.#handOn({ type: "stats", stats });
    for (const listener of listeners) if (mine === this.#turn) await listener.poll?.();
  }
}
