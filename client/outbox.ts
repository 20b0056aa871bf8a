/**
 * Requests that wait for their answers, over any number of sockets: each is sent again until it is answered or its
 * time is over. It owns order and retries, and knows no socket.
 * @module
 */

import { delayBefore } from "./backoff.ts";
import { RequestFailure } from "./failure.ts";
import { writeFrame } from "./frames.ts";
import { aborted, type Entry, type Lane, type OnAnswer, overdue, type Request } from "./pending_request.ts";
import type { ClientEventName } from "./wire.ts";

/** What the outbox is told. */
interface OutboxOptions {
  readonly ackTimeoutMs: number;
  readonly window: number;
  /** Frames that may wait for answers at a time, over all lanes. */
  readonly maxUnderWay: number;
  readonly maxPending: number;
  readonly retryRefused: boolean;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly random: () => number;
  /** Writes a frame to the socket; only called between `open` and `pause`. */
  readonly transmit: (text: string) => void;
  /** The socket has been silent since a frame that should have been answered by now. */
  readonly onSilence: () => void;
}

const MAX_SWEEP_MS = 250;

/** See the module. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #lanes = new Map<string, Lane>();
  /** Callbacks by request id; those of an abandoned request are kept until the socket that may still answer is closed. */
  readonly #hearing = new Map<string, OnAnswer>();
  readonly #sweepMs: number;
  /** Frames without an answer on the present socket. */
  #underWay = 0;
  #isOpen = false;
  #heardAt = 0;
  #lastId = 0;
  #sweeping: ReturnType<typeof setInterval> | undefined;
  retries = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#sweepMs = Math.max(2, Math.min(MAX_SWEEP_MS, options.ackTimeoutMs / 4));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Takes a request. @throws RequestFailure */
  add<E extends ClientEventName>({
    event,
    data,
    lane,
    timeoutMs,
    signal,
    onAnswer,
  }: Request<E>): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(aborted(event));
    if (this.#entries.size >= this.#options.maxPending) {
      const message = `Cannot take ${event}: ${this.#entries.size} requests are waiting`;
      return Promise.reject(new RequestFailure(message, { code: "OVERLOADED", retryable: true }));
    }
    return new Promise((resolve, reject) => {
      const id = String(++this.#lastId);
      const onAbort = () => entry.finish(aborted(event));
      const entry: Entry = {
        id,
        event,
        text: writeFrame(event, data, id),
        lane: this.#laneOf(lane),
        deadline: performance.now() + timeoutMs,
        finish: (failure, answer) => {
          signal?.removeEventListener("abort", onAbort);
          this.#remove(entry);
          if (failure) reject(failure);
          else resolve(answer);
        },
        sentAt: 0,
        notBefore: 0,
        refusals: 0,
        everSent: false,
      };
      signal?.addEventListener("abort", onAbort);
      this.#entries.set(id, entry);
      if (onAnswer) this.#hearing.set(id, onAnswer);
      entry.lane.entries.add(entry);
      this.#sweeping ??= setInterval(() => this.#sweep(), this.#sweepMs);
      this.#pump(entry.lane);
    });
  }

  /** A socket is there: everything that waits goes out, in order. */
  open(): void {
    this.#isOpen = true;
    this.#heardAt = performance.now();
    this.#pumpAll();
  }

  /** The socket is gone: what it did not answer is sent again by the next. */
  pause(): void {
    this.#isOpen = false;
    this.#underWay = 0;
    for (const id of this.#hearing.keys()) if (!this.#entries.has(id)) this.#hearing.delete(id);
    for (const entry of this.#entries.values()) entry.sentAt = 0;
  }

  /** Something came in, whatever it was. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** @returns When those who hear of the answer have finished; nothing where nobody waits for it, or at once. */
  settle(id: string, data: unknown, seq?: number): Promise<void> | undefined {
    const entry = this.#entries.get(id);
    const onAnswer = this.#hearing.get(id);
    this.#hearing.delete(id);
    entry?.finish(undefined, data);
    return onAnswer?.(data, seq);
  }

  /** As {@link Outbox.settle}, for a refusal; one that may pass is tried again. */
  refuse(id: string, failure: RequestFailure): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    const { retryRefused, minDelayMs, maxDelayMs, random } = this.#options;
    const { retryAfterMs } = failure;
    const delay = delayBefore({ attempt: entry.refusals++, minDelayMs, maxDelayMs, retryAfterMs, random });
    const notBefore = performance.now() + delay;
    if (!retryRefused || !failure.retryable || notBefore >= entry.deadline) {
      this.#hearing.delete(id);
      entry.finish(failure);
    } else {
      entry.notBefore = notBefore;
      this.#takeBack(entry);
      this.#pumpAll();
    }
    return true;
  }

  /** Ends every request. */
  failAll(failureOf: (event: string, details: { sent: boolean }) => RequestFailure): void {
    for (const entry of [...this.#entries.values()]) {
      entry.finish(failureOf(entry.event, { sent: entry.everSent }));
    }
  }

  #laneOf(name: string | undefined): Lane {
    const lane = (name === undefined ? undefined : this.#lanes.get(name)) ?? { name, entries: new Set() };
    if (name !== undefined) this.#lanes.set(name, lane);
    return lane;
  }

  #remove(entry: Entry): void {
    const { lane } = entry;
    const wasFull = this.#underWay >= this.#options.maxUnderWay;
    this.#takeBack(entry);
    this.#entries.delete(entry.id);
    lane.entries.delete(entry);
    if (lane.entries.size === 0 && lane.name !== undefined) this.#lanes.delete(lane.name);
    if (this.#entries.size === 0) {
      clearInterval(this.#sweeping);
      this.#sweeping = undefined;
    }
    if (wasFull) this.#pumpAll();
    else this.#pump(lane);
  }

  #takeBack(entry: Entry): void {
    if (entry.sentAt > 0) this.#underWay--;
    entry.sentAt = 0;
  }

  /** In the order of the requests, as far as there is room. */
  #pumpAll(): void {
    const seen = new Set<Lane>();
    for (const { lane } of this.#entries.values()) {
      if (!this.#isOpen || this.#underWay >= this.#options.maxUnderWay) return;
      if (!seen.has(lane)) this.#pump(lane);
      seen.add(lane);
    }
  }

  /** One that waits holds back those behind it: order is worth more than speed. */
  #pump(lane: Lane): void {
    if (!this.#isOpen) return;
    const now = performance.now();
    let underWay = 0;
    for (const entry of lane.entries) {
      if (underWay >= this.#options.window) return;
      if (entry.sentAt === 0) {
        if (entry.notBefore > now || this.#underWay >= this.#options.maxUnderWay) return;
        this.#transmit(entry, now);
        // A socket that cannot be written to is told by its close.
        if (!this.#isOpen) return;
      }
      underWay++;
    }
  }

  #transmit(entry: Entry, now: number): void {
    if (entry.everSent) this.retries++;
    if (entry.sentAt === 0) this.#underWay++;
    entry.everSent = true;
    entry.sentAt = now;
    this.#options.transmit(entry.text);
  }

  #sweep(): void {
    const now = performance.now();
    let isSilent = false;
    for (const entry of [...this.#entries.values()]) {
      if (now >= entry.deadline) entry.finish(overdue(entry));
      else if (entry.sentAt > 0 && now - entry.sentAt > this.#options.ackTimeoutMs) {
        if (this.#heardAt <= entry.sentAt) isSilent = true;
        else this.#transmit(entry, now);
      }
    }
    if (isSilent && this.#isOpen) this.#options.onSilence();
    else this.#pumpAll();
  }
}
