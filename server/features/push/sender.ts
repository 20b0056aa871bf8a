/**
 * Works through the devices of one provider that are due: takes a lease, plans, sends, and writes down what became of
 * it. Every process may run one for each provider; they share nothing but the database, so that one provider which is
 * away holds up no other.
 *
 * A process that dies between two of these steps leaves a lease that ends; the next one repeats what was not written
 * down, and the collapse key makes the repetition replace what is on the screen.
 * @module
 */
import type { Database } from "../../db/client.ts";
import { Batcher } from "../../lib/batcher.ts";
import { newId } from "../../lib/ids.ts";
import { Poller } from "../../lib/poller.ts";
import { type Owed, selectOwed } from "./owed_queries.ts";
import { type PlannedNotice, planNotices } from "./plan.ts";
import {
  claimDevices,
  LEASE_SECONDS,
  selectStillLeased,
  type TakenDevice,
  type TurnEnd,
  updateDisabled,
  updateTurnsEnded,
} from "./plan_queries.ts";
import type { Outcome, Provider } from "./providers/provider.ts";

/** Told what happens, for metrics; never whom it concerns. */
export interface PushObserver {
  onPushSent(provider: string, type: string, latencyMs: number): void;
  onPushFailed(provider: string, reason: string): void;
  onPushDisabled(provider: string, reason: string): void;
}

interface SenderDeps {
  readonly database: Pick<Database, "sql">;
  readonly provider: Provider;
  readonly graceMs: number;
  readonly observer?: PushObserver | undefined;
  readonly onError: (error: unknown) => void;
  /** Between looks at the database while nobody wakes it, ms. @default 5_000 */
  readonly pollMs?: number | undefined;
  /** Devices under way at a time. @default 128 */
  readonly concurrency?: number | undefined;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

const FIRST_DELAY_MS = 2_000;
const MAX_DELAY_MS = 600_000;
/** A device that has more is due again after the grace, or this, ms. */
const MIN_MORE_MS = 1_000;
/** Failures in a row without an answer after which a provider is left alone for a while. */
const PAUSE_AFTER = 5;
const MAX_PAUSE_MS = 60_000;
/** Turns must be over before their lease is, ms. */
const TURN_MS = (LEASE_SECONDS - 10) * 1_000;

/** See the module. */
export class PushSender {
  readonly #deps: SenderDeps;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  readonly #poller: Poller;
  /** Retries in a row; a provider that is away is asked by ever fewer devices. */
  #failures = 0;
  #pausedUntil = 0;
  /** Whether the last look left devices that may be due. */
  #hasMore = false;
  /** The devices that were taken together finish at about the same time: one statement checks, one ends them. */
  readonly #checks: Batcher<TakenDevice, boolean>;
  readonly #ends: Batcher<TurnEnd, undefined>;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    const { database, graceMs, onError, pollMs, random } = deps;
    this.#checks = inBatches({
      deviceOf: (device) => device.id,
      run: async (devices) => {
        const leased = await selectStillLeased(database.sql, devices);
        return devices.map(({ id }) => leased.has(id));
      },
    });
    this.#ends = inBatches({
      deviceOf: ({ device }) => device.id,
      run: async (ends) => {
        await updateTurnsEnded(database.sql, ends, { moreMs: Math.max(graceMs, MIN_MORE_MS) });
        return ends.map(() => undefined);
      },
    });
    const notBefore = () => this.#pausedUntil;
    this.#poller = new Poller({ look: () => this.#take(), onError, notBefore, pollMs, random });
  }

  start(): void {
    this.#poller.start();
  }

  /** Devices may be due: looks now. Cheap, may be called often. */
  wake(): void {
    this.#poller.wake();
  }

  /** Takes no more devices and waits for those under way; what is not sent then is sent by another process. */
  async close(): Promise<void> {
    this.#poller.close();
    this.#abort.abort();
    await Promise.all(this.#underWay.values());
  }

  /** @returns Whether there may be more. */
  async #take(): Promise<boolean> {
    const { database, provider, graceMs, concurrency = 128 } = this.#deps;
    const limit = concurrency - this.#underWay.size;
    // Taking each device when one has finished would be one statement for each.
    if (limit < concurrency / 4) {
      this.#hasMore = true;
      return false;
    }
    const devices = await claimDevices(database.sql, { provider: provider.name, limit, lease: newId() });
    this.#hasMore = devices.length === limit;
    if (devices.length === 0) return false;
    const owed = await selectOwed(database.sql, { deviceIds: devices.map(({ id }) => id), graceMs });
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TURN_MS)]);
    for (const device of devices) this.#begin(device, owed.get(device.id), signal);
    return this.#hasMore;
  }

  #begin(device: TakenDevice, owed: Owed | undefined, signal: AbortSignal): void {
    const done = this.#turn(device, owed, signal)
      .catch(this.#deps.onError)
      .finally(() => {
        this.#underWay.delete(device.id);
        if (this.#hasMore) this.wake();
      });
    this.#underWay.set(device.id, done);
  }

  async #turn(device: TakenDevice, owed: Owed | undefined, signal: AbortSignal): Promise<void> {
    const { observer, provider } = this.#deps;
    const head = owed?.headSeq ?? null;
    if (device.isOver) {
      observer?.onPushFailed(provider.name, "GivenUp");
      return this.#end(device, settled(Math.max(head ?? 0, device.hintedSeq)));
    }
    let badge: number | undefined;
    for (const notice of planNotices(device, owed?.events ?? [])) {
      const outcome = await this.#send(device, notice, signal);
      if (outcome === undefined) return;
      if (outcome.kind === "sent") badge = notice.badge;
      if (outcome.kind === "dead") return this.#bury(device, outcome);
      if (outcome.kind === "retry") {
        // Everything before the first event that was not sent is decided.
        const end = { pushedSeq: notice.firstSeq - 1, badge, againMs: this.#delayAfter(device, outcome) };
        return this.#end(device, { ...end, isSettled: false });
      }
    }
    if (owed?.hasMore) this.#hasMore = true;
    // While no event is old enough, the time of the attempts runs on, so that the device is given up in the end.
    const isSettled = head !== null || device.hintedSeq === 0;
    await this.#end(device, { pushedSeq: head, badge, isSettled, againMs: owed?.hasMore ? 0 : null });
  }

  async #end(device: TakenDevice, end: Omit<TurnEnd, "device">): Promise<void> {
    await this.#ends.add({ device, ...end });
  }

  /** @returns Undefined when the device is not ours to notify any more. */
  async #send(device: TakenDevice, notice: PlannedNotice, signal: AbortSignal): Promise<Outcome | undefined> {
    const { observer, provider } = this.#deps;
    if (!(await this.#checks.add(device))) return undefined;
    const outcome = await provider.send({ ...device, deviceId: device.id }, notice, signal);
    // Between a crash here and the write below the notification is sent twice, and shown once.
    if (outcome.kind === "sent") {
      this.#failures = 0;
      observer?.onPushSent(provider.name, notice.type, Math.max(0, Date.now() - notice.at.getTime()));
    } else {
      observer?.onPushFailed(provider.name, outcome.reason);
      if (outcome.kind === "retry") this.#pause(outcome);
      else this.#failures = 0;
    }
    return outcome;
  }

  async #bury(device: TakenDevice, { reason, since }: Extract<Outcome, { kind: "dead" }>): Promise<void> {
    const { database, observer, provider } = this.#deps;
    if (await updateDisabled(database.sql, device, { reason, since })) {
      observer?.onPushDisabled(provider.name, reason);
      return;
    }
    // Registered anew after what the provider speaks of: the new registration gets it.
    const againMs = this.#delayAfter(device, {});
    await this.#end(device, { pushedSeq: null, againMs, isSettled: false });
  }

  /** A provider that answers nobody is not asked for each device. */
  #pause({ afterMs }: Extract<Outcome, { kind: "retry" }>): void {
    this.#failures++;
    if (this.#failures < PAUSE_AFTER && afterMs === undefined) return;
    const grown = Math.min(MAX_PAUSE_MS, 1_000 * 2 ** Math.max(0, this.#failures - PAUSE_AFTER));
    this.#pausedUntil = performance.now() + Math.min(MAX_PAUSE_MS, afterMs ?? grown);
  }

  #delayAfter({ attempts }: TakenDevice, { afterMs = 0 }: { readonly afterMs?: number | undefined }): number {
    const { random = Math.random } = this.#deps;
    const grown = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20));
    return Math.max(afterMs, grown * (0.5 + random() / 2));
  }
}

/** @returns What carries out in one statement whatever devices asked for while the last one was under way. */
function inBatches<Item, Result>({
  deviceOf,
  run,
}: {
  deviceOf: (item: Item) => string;
  run: (items: readonly Item[]) => Promise<Result[]>;
}): Batcher<Item, Result> {
  return new Batcher({
    run,
    keyOf: deviceOf,
    maxBatch: 1_000,
    maxInFlight: 1,
    worthwhile: 1,
    patienceMs: 0,
    maxWaiting: 10_000,
    deadlineMs: TURN_MS,
    refuse: (why) => new Error(`Cannot write down what became of a notification: ${why}`),
  });
}

function settled(pushedSeq: number): Omit<TurnEnd, "device"> {
  return { pushedSeq, againMs: null, isSettled: true };
}
