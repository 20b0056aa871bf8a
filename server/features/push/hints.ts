/**
 * Remembers, in this process, which people have events that their devices should have received by now, and which
 * positions devices have confirmed; both go to the database once a second. Losing them costs delay: the sweep of the
 * log finds what was forgotten.
 * @module
 */
import type { AppendedEvent } from "../../db/event_log.ts";
import { LOOKED_AT } from "./owed_queries.ts";
import type { ProviderName } from "./schema.ts";

interface HintsDeps {
  readonly updateDue: (hints: ReadonlyMap<string, number>) => Promise<ProviderName[]>;
  readonly updateReceived: (received: ReadonlyMap<string, number>) => Promise<void>;
  /** Devices of this provider are due. */
  readonly onDue: (provider: ProviderName) => void;
  readonly onError: (error: unknown) => void;
  /** An event is left to the sockets for so long, ms. */
  readonly graceMs: number;
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number;
}

/** Hints of about the same moment: the newest position by person. */
interface Bucket {
  readonly ripeAt: number;
  readonly people: Map<string, number>;
}

const BUCKET_MS = 1_000;
/** While the database is away: beyond it the sweep has to find them. */
const MAX_BUCKETS = 600;

/** See the module. */
export class Hints {
  readonly #deps: HintsDeps;
  readonly #buckets: Bucket[] = [];
  #received = new Map<string, number>();
  #isFlushing = false;

  constructor(deps: HintsDeps) {
    this.#deps = deps;
  }

  /** Events have been committed. On the path of every message: it only fills a map. */
  add(events: readonly AppendedEvent[]): void {
    for (const event of events) {
      if (!isLookedAt(event)) continue;
      const { people } = this.#bucket();
      // Positions of one person may come out of order.
      if ((people.get(event.userId) ?? 0) < event.seq) people.set(event.userId, event.seq);
    }
  }

  /** A device has everything of its person's log up to there. */
  received(sessionId: string, seq: number): void {
    if ((this.#received.get(sessionId) ?? -1) < seq) this.#received.set(sessionId, seq);
  }

  /** Writes what is ripe. What fails is written by a later turn. */
  async turn(): Promise<void> {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    try {
      await this.#flush();
    } catch (error) {
      this.#deps.onError(error);
    } finally {
      this.#isFlushing = false;
    }
  }

  async #flush(): Promise<void> {
    const { updateDue, updateReceived, onDue, now } = this.#deps;
    if (this.#received.size > 0) {
      const received = this.#received;
      this.#received = new Map();
      try {
        await updateReceived(received);
      } catch (error) {
        for (const [sessionId, seq] of received) this.received(sessionId, seq);
        throw error;
      }
    }
    while (this.#buckets[0] && this.#buckets[0].ripeAt <= now()) {
      const [bucket] = this.#buckets;
      for (const provider of await updateDue(bucket.people)) onDue(provider);
      this.#buckets.shift();
    }
  }

  #bucket(): Bucket {
    const { graceMs, now } = this.#deps;
    const last = this.#buckets.at(-1);
    const ripeAt = now() + graceMs;
    // Never earlier than the grace after its last event.
    if (last && last.ripeAt >= ripeAt) return last;
    const bucket = { ripeAt: ripeAt + BUCKET_MS, people: new Map<string, number>() };
    this.#buckets.push(bucket);
    if (this.#buckets.length > MAX_BUCKETS) this.#buckets.shift();
    return bucket;
  }
}

function isLookedAt({ event, userId, data }: AppendedEvent): boolean {
  if (event === "new_message") return (data as { sender_id: string }).sender_id !== userId;
  if (event === "message_read") return (data as { read_by: string }).read_by === userId;
  return LOOKED_AT.includes(event);
}
