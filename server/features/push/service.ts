/**
 * Push notifications of one process: devices, hints, one sender a provider, and the sweep of the log. It wires them
 * together; when somebody is notified is decided by plan.ts and its queries.
 * @module
 */

import type { Database } from "../../db/client.ts";
import type { AppendedEvent } from "../../db/event_log.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { createDevices, type Devices, type DevicesDeps } from "./devices.ts";
import { sweep, updateDue, updateReceived } from "./hint_queries.ts";
import { Hints } from "./hints.ts";
import { GRACE_MS } from "./plan_queries.ts";
import type { Provider } from "./providers/provider.ts";
import type { ProviderName } from "./schema.ts";
import { type PushObserver, PushSender } from "./sender.ts";

interface PushDeps {
  readonly database: Pick<Database, "sql" | "begin">;
  readonly write: Write;
  readonly providers: {
    /** Those that this server has keys of. */
    readonly all: readonly Provider[];
    readonly judge: DevicesDeps["judge"];
    /** @default null */
    readonly vapidPublicKey?: string | null;
  };
  readonly observer?: PushObserver | undefined;
  readonly onError: (error: unknown) => void;
  /** An event is left to the sockets for so long, ms. @default 5_000 */
  readonly graceMs?: number | undefined;
  /** Of the senders, ms. @default 5_000 */
  readonly pollMs?: number | undefined;
  /** Seconds between two searches of the log, by all processes together. @default 60 */
  readonly sweepSeconds?: number | undefined;
}

const TURN_MS = 1_000;

/** The push notifications of one process; nothing runs before `start`. */
export class Push {
  readonly devices: Devices;
  /** What an app can register for. */
  readonly offered: {
    readonly providers: readonly ProviderName[];
    /** Browsers subscribe with it. */
    readonly vapidPublicKey: string | null;
  };
  readonly #database: PushDeps["database"];
  readonly #onError: PushDeps["onError"];
  readonly #sweepSeconds: number;
  readonly #senders: ReadonlyMap<ProviderName, PushSender>;
  readonly #hints: Hints;
  readonly #timers: ReturnType<typeof setInterval>[] = [];

  constructor(deps: PushDeps) {
    const { database, write, observer, onError, pollMs, graceMs = GRACE_MS, sweepSeconds = 60 } = deps;
    const { all, judge, vapidPublicKey = null } = deps.providers;
    this.#database = database;
    this.#onError = onError;
    this.#sweepSeconds = sweepSeconds;
    this.#senders = new Map(
      all.map((provider) => [
        provider.name,
        new PushSender({ database, provider, graceMs, observer, onError, pollMs }),
      ]),
    );
    this.#hints = new Hints({
      updateDue: (people) => updateDue(database.sql, people),
      updateReceived: (received) => updateReceived(database.sql, received),
      onDue: (provider) => this.#wake(provider),
      onError,
      graceMs,
      now: () => performance.now(),
    });
    this.devices = createDevices({
      database,
      write,
      providers: new Map(all.map((provider) => [provider.name, provider])),
      judge,
    });
    this.offered = { providers: all.map(({ name }) => name), vapidPublicKey };
  }

  /** Durable events have been committed. It only fills a map. */
  hint(events: readonly AppendedEvent[]): void {
    this.#hints.add(events);
  }

  /** A session's device has everything of its person's log up to there. */
  received(sessionId: string, seq: number): void {
    this.#hints.received(sessionId, seq);
  }

  /** Starts hints, senders and the sweep. */
  start(): void {
    // Each process asks more often than the sweep is due, so that the others go on when one dies.
    this.#timers.push(setInterval(() => void this.#hints.turn(), TURN_MS));
    this.#timers.push(setInterval(() => void this.#sweep(), (this.#sweepSeconds * 1_000) / 4));
    for (const timer of this.#timers) timer.unref();
    for (const sender of this.#senders.values()) sender.start();
  }

  /** Writes what is remembered, and waits for what is being sent. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#hints.turn();
    await Promise.all([...this.#senders.values()].map((sender) => sender.close()));
  }

  #wake(provider: ProviderName): void {
    this.#senders.get(provider)?.wake();
  }

  async #sweep(): Promise<void> {
    try {
      const due = await this.#database.begin((sql) => sweep(sql, { everySeconds: this.#sweepSeconds }), {
        deadlineMs: 30_000,
      });
      for (const provider of due ?? []) this.#wake(provider);
    } catch (error) {
      this.#onError(error);
    }
  }
}
