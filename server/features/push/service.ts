/**
 * Push notifications of one process: devices, hints, one sender a provider, and the sweep of the log. It wires them
 * together; when somebody is notified is decided by plan.ts and its queries.
 * @module
 */

import type { Database } from "../../db/client.ts";
import type { AppendedEvent } from "../../db/event_log.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { createDevices, type Devices, type DevicesDeps } from "./devices.ts";
import { Hints } from "./hints.ts";
import { GRACE_MS, sweep, updateDue, updateReceived } from "./plan_queries.ts";
import type { Provider } from "./providers/provider.ts";
import type { ProviderName } from "./schema.ts";
import { type PushObserver, PushSender } from "./sender.ts";

/** See {@link createPush}. */
export interface Push {
  readonly devices: Devices;
  /** What an app can register for. */
  readonly offered: {
    readonly providers: readonly ProviderName[];
    /** Browsers subscribe with it. */
    readonly vapidPublicKey: string | null;
  };
  /** Durable events have been committed. It only fills a map. */
  hint(events: readonly AppendedEvent[]): void;
  /** A session's device has everything of its person's log up to there. */
  received(sessionId: string, seq: number): void;
  /** Starts hints, senders and the sweep. */
  start(): void;
  /** Writes what is remembered, and waits for what is being sent. */
  close(): Promise<void>;
}

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

/** @returns The push notifications of one process; nothing runs before `start`. */
export function createPush(deps: PushDeps): Push {
  const { database, write, observer, onError, pollMs } = deps;
  const { all, judge, vapidPublicKey = null } = deps.providers;
  const { graceMs = GRACE_MS, sweepSeconds = 60 } = deps;
  const senders = new Map<ProviderName, PushSender>(
    all.map((provider) => [
      provider.name,
      new PushSender({ database, provider, graceMs, observer, onError, pollMs }),
    ]),
  );
  const onDue = (provider: ProviderName) => senders.get(provider)?.wake();
  const hints = new Hints({
    updateDue: (people) => updateDue(database.sql, people),
    updateReceived: (received) => updateReceived(database.sql, received),
    onDue,
    onError,
    graceMs,
    now: () => performance.now(),
  });
  const timers: ReturnType<typeof setInterval>[] = [];

  async function runSweep(): Promise<void> {
    try {
      const due = await database.begin((sql) => sweep(sql, { everySeconds: sweepSeconds }), {
        deadlineMs: 30_000,
      });
      for (const provider of due ?? []) onDue(provider);
    } catch (error) {
      onError(error);
    }
  }

  return {
    devices: createDevices({
      database,
      write,
      providers: new Map(all.map((provider) => [provider.name, provider])),
      judge,
    }),
    offered: { providers: all.map(({ name }) => name), vapidPublicKey },
    hint: (events) => hints.add(events),
    received: (sessionId, seq) => hints.received(sessionId, seq),
    start() {
      // Each process asks more often than it is time, so that the others go on when one dies.
      timers.push(setInterval(() => void hints.turn(), TURN_MS));
      timers.push(setInterval(() => void runSweep(), (sweepSeconds * 1_000) / 4));
      for (const timer of timers) timer.unref();
      for (const sender of senders.values()) sender.start();
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      await hints.turn();
      await Promise.all([...senders.values()].map((sender) => sender.close()));
    },
  };
}
