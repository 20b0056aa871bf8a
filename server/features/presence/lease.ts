/**
 * This node's lease in the shared store: its heartbeat, the clean-up after nodes whose lease ran out, and the conditions
 * under which it may call another node dead. It reads no database.
 * @module
 */
import { HEARTBEAT_MS, type Heartbeat, type PresenceStore } from "../../backplane/mod.ts";

interface LeaseDeps {
  readonly store: PresenceStore;
  /** @returns The people held here now with their sockets. */
  readonly held: () => ReadonlyMap<string, readonly string[]>;
  /** The store had forgotten this node; these people were held by nobody until now. */
  readonly onRestored: (userIds: readonly string[]) => void;
  /** A node is dead, and with it these people are held by nobody. */
  readonly onOffline: (userIds: readonly string[]) => void;
  /** After each heartbeat: how many in a row have come in time. */
  readonly onBeat: (inARow: number, beat: Heartbeat) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Milliseconds. @default HEARTBEAT_MS */
  readonly heartbeatMs?: number | undefined;
}

/**
 * Heartbeats in a row before another node may be called dead. After an interruption of the store, or of this process,
 * all the others look dead until they have sent a heartbeat again.
 */
const STEADY_AFTER = 3;
const FIRST_BEAT_WITHIN_MS = 3_000;
const FIRST_BEAT_RETRY_MS = 50;

/** See the module. */
export class Lease {
  readonly #deps: LeaseDeps;
  readonly #heartbeatMs: number;
  readonly #begun = Promise.withResolvers<void>();
  #beating: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #inARow = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #isListed = false;
  #isAlone = true;
  #isAway = false;
  #isClosed = false;

  constructor(deps: LeaseDeps) {
    this.#deps = deps;
    this.#heartbeatMs = deps.heartbeatMs ?? HEARTBEAT_MS;
  }

  /** Whether no other node is known. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  /**
   * Resolves once this node is listed in the store: before that it must hold nobody, or nobody would clean up after it.
   * @throws Error when the store could not be reached yet.
   */
  async listed(): Promise<void> {
    await this.#begun.promise;
    if (!this.#isListed) throw new Error("Cannot register people: the store has not been reached yet");
  }

  /** Begins the heartbeat. A store that is still being connected to is asked again at once. */
  begin(): void {
    this.#beating = this.#first().finally(() => this.#schedule());
  }

  /** Ends the heartbeat; the lease runs out by itself. */
  async end(): Promise<void> {
    this.#isClosed = true;
    await this.#beating;
    clearTimeout(this.#timer);
  }

  /**
   * @returns Those of the people whom no live node holds.
   * @throws Error when it cannot be said now.
   */
  async absent(userIds: readonly string[]): Promise<string[]> {
    if (this.#inARow < STEADY_AFTER)
      throw new Error("Cannot tell who is offline: other nodes may not have sent a heartbeat yet");
    // As of this moment: a node that came a second ago must not lose its hold.
    const { alive } = await this.#ask();
    return await this.#deps.store.absent(userIds, { alive });
  }

  async #first(): Promise<void> {
    const giveUpAt = performance.now() + FIRST_BEAT_WITHIN_MS;
    while (!this.#isListed && !this.#isClosed && performance.now() < giveUpAt) {
      await this.#beat();
      if (!this.#isListed) await new Promise((resolve) => setTimeout(resolve, FIRST_BEAT_RETRY_MS));
    }
    this.#begun.resolve();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat().finally(() => this.#schedule());
    }, this.#heartbeatMs);
  }

  /** Reports an error once for each time that the store becomes unavailable. */
  async #beat(): Promise<void> {
    try {
      const beat = await this.#ask();
      const now = performance.now();
      const isInTime = now - this.#lastAt < 2 * this.#heartbeatMs;
      this.#lastAt = now;
      this.#inARow = beat.known && isInTime ? this.#inARow + 1 : 1;
      if (this.#inARow >= STEADY_AFTER) for (const node of beat.dead) await this.#reap(node);
      await this.#deps.onBeat(this.#inARow, beat);
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway && this.#isListed) this.#deps.onError(error);
      this.#isAway = true;
      this.#inARow = 0;
    }
  }

  async #ask(): Promise<Heartbeat> {
    const { store, held, onRestored } = this.#deps;
    const beat = await store.heartbeat();
    this.#isListed = true;
    this.#isAlone = beat.alive.length === 1;
    // Before anything is concluded, what it holds is put back.
    if (!beat.known) onRestored(await store.restore(held()));
    return beat;
  }

  async #reap(node: string): Promise<void> {
    for (;;) {
      const { offline, done } = await this.#deps.store.reap(node);
      this.#deps.onOffline(offline);
      if (done) return;
    }
  }
}
