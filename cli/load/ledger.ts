/**
 * The ledger of one conversation: which messages were acknowledged and which arrived on which device. seq has no gaps,
 * so a device that receives 5 after 3 has missed 4. It sends nothing.
 * @module
 */
import { type Comparison, type Confirmed, differencesOf, type Kept, rolledBackOf } from "./history.ts";
import type { Issue } from "./report_shape.ts";

/** Whose device a place in the book stands for. */
export interface Place {
  readonly userId: string;
  /** 1, 2 … */
  readonly device: number;
}

interface Shelf extends Place {
  /** Highest position that arrived. */
  last: number;
  /** Positions below it that have not. */
  readonly missing: Set<number>;
  /** Positions that a list brought, whose events may follow. */
  readonly listed: Set<number>;
  /** From this position on nothing is owed: a block stands between the two. */
  closedFrom: number;
  /** How often the device was told to load its lists anew. */
  resyncs: number;
}

/** Positions of a conversation are counted from 1. */
const NONE = 0;

/** See the module. */
export class Ledger {
  readonly conversationId: string;
  readonly #shelves: Shelf[];
  /** By position. */
  #confirmed: (Confirmed | undefined)[] = [];
  /** What was confirmed before the database was put back to an earlier point. */
  readonly #before: (readonly (Confirmed | undefined)[])[] = [];
  readonly #lastOf = new Map<string, number>();
  readonly #onSpread: ((ms: number) => void) | undefined;
  /** Of messages that are not everywhere: on how many devices they are, and when they were confirmed. */
  readonly #spreading = new Map<number, { devices: number; confirmedAt: number | undefined }>();
  readonly issues: Issue[] = [];
  confirmedCount = 0;
  /** Highest position that was confirmed. */
  head = NONE;

  /** @param onSpread Told how long after its confirmation a message was on every device, ms. */
  constructor(conversationId: string, places: readonly Place[], onSpread?: (ms: number) => void) {
    this.conversationId = conversationId;
    this.#onSpread = onSpread;
    this.#shelves = places.map((place) => ({
      ...place,
      last: NONE,
      missing: new Set(),
      listed: new Set(),
      closedFrom: Number.POSITIVE_INFINITY,
      resyncs: 0,
    }));
  }

  /** The server confirmed a message. A client sends one after the other, and in that order they must stand. */
  confirm(sender: string, { seq, messageId }: { seq: number; messageId: string }): void {
    const before = this.#confirmed[seq];
    if (before !== undefined) {
      const detail = `position was also confirmed for ${before.messageId}`;
      this.#tell("duplicated", { messageId, seq, detail });
    } else {
      this.#confirmed[seq] = { seq, messageId, at: Date.now() };
      this.confirmedCount++;
      this.#spread(seq, { confirmedAt: performance.now() });
    }
    const last = this.#lastOf.get(sender) ?? NONE;
    if (seq < last)
      this.#tell("reordered", { messageId, seq, detail: `stands before ${last}, sent earlier` });
    this.#lastOf.set(sender, Math.max(last, seq));
    if (seq > this.head) this.head = seq;
  }

  /** A message came to a device. @returns Whether it came for the first time. */
  receive(place: number, { seq, messageId }: { seq: number; messageId: string }): boolean {
    const shelf = this.#shelves[place]!;
    if (shelf.listed.delete(seq)) return false;
    const inOrder = seq > shelf.last;
    const isNew = this.#arrive(shelf, seq);
    if (inOrder) return true;
    const detail = isNew ? `came after ${shelf.last}` : "came again";
    this.#tell(isNew ? "reordered" : "duplicated", { messageId, seq, detail, shelf });
    return isNew;
  }

  /** A position is on a device; those that it skipped are missing there. @returns Whether it was not before. */
  #arrive(shelf: Shelf, seq: number): boolean {
    if (seq > shelf.last) {
      for (let gap = shelf.last + 1; gap < seq; gap++) shelf.missing.add(gap);
      shelf.last = seq;
    } else if (!shelf.missing.delete(seq)) return false;
    this.#spread(seq, { devices: 1 });
    return true;
  }

  /**
   * A device is told to load its lists anew. In a run this happens only after the database was put back to an earlier
   * point, to each device once: positions begin anew where they were then, so the first device that hears of it closes
   * this part of the book for all of them.
   */
  resync(place: number): void {
    if (++this.#shelves[place]!.resyncs <= this.#before.length) return;
    this.#before.push(this.#confirmed);
    this.#confirmed = [];
    this.#lastOf.clear();
    this.#spreading.clear();
    this.head = NONE;
    for (const shelf of this.#shelves) {
      shelf.last = NONE;
      shelf.missing.clear();
      shelf.listed.clear();
    }
  }

  /** A device has loaded the history, the oldest first; events of what is in it may still follow. */
  load(place: number, messages: readonly { readonly seq: number }[]): void {
    const shelf = this.#shelves[place]!;
    for (const { seq } of messages) if (this.#arrive(shelf, seq)) shelf.listed.add(seq);
  }

  #spread(seq: number, { devices = 0, confirmedAt }: { devices?: number; confirmedAt?: number }): void {
    const state = this.#spreading.get(seq) ?? { devices: 0, confirmedAt: undefined };
    state.devices += devices;
    state.confirmedAt ??= confirmedAt;
    if (state.devices < this.#shelves.length || state.confirmedAt === undefined) {
      this.#spreading.set(seq, state);
      return;
    }
    this.#spreading.delete(seq);
    this.#onSpread?.(performance.now() - state.confirmedAt);
  }

  /** Whether a block stands between the two. */
  get isClosed(): boolean {
    return this.#shelves.some(({ closedFrom }) => closedFrom < Number.POSITIVE_INFINITY);
  }

  /** From here on nothing more is owed to any device. */
  close(): void {
    for (const shelf of this.#shelves) {
      if (shelf.closedFrom === Number.POSITIVE_INFINITY) shelf.closedFrom = this.head + 1;
    }
  }

  /** @returns Whether every confirmed message is on every device. */
  get isComplete(): boolean {
    return this.#shelves.every((shelf) => shelf.last >= this.#owed(shelf) && shelf.missing.size === 0);
  }

  #owed({ closedFrom }: Shelf): number {
    return Math.min(this.head, closedFrom - 1);
  }

  /** @returns Messages that were confirmed and are on every device that they are owed to. */
  get deliveredCount(): number {
    const incomplete = new Set<number>();
    for (const shelf of this.#shelves) for (const seq of this.#lostOn(shelf)) incomplete.add(seq);
    return this.confirmedCount - incomplete.size;
  }

  #lostOn(shelf: Shelf): number[] {
    const owed = this.#owed(shelf);
    const lost = [...shelf.missing].filter((seq) => seq <= owed && this.#confirmed[seq] !== undefined);
    for (let seq = shelf.last + 1; seq <= owed; seq++) if (this.#confirmed[seq] !== undefined) lost.push(seq);
    return lost;
  }

  /** Ends the book. @returns Every issue, the messages that never came among them. */
  settle(): readonly Issue[] {
    for (const shelf of this.#shelves) {
      for (const seq of this.#lostOn(shelf)) {
        const { messageId } = this.#confirmed[seq]!;
        this.#tell("lost", { messageId, seq, detail: "confirmed, never came", shelf });
      }
    }
    return this.issues;
  }

  /** Something came, or was confirmed, that a block forbids. */
  leak(messageId: string, detail: string): void {
    this.#tell("leaked", { messageId, seq: NONE, detail });
  }

  /**
   * Compares with what the server has kept.
   *
   * @param readers The whole history as each of the two reads it, the oldest first.
   */
  compare(readers: readonly { readonly userId: string; readonly messages: readonly Kept[] }[]): Comparison {
    const [kept = []] = readers.map(({ messages }) => messages);
    const rolledBack: Confirmed[] = [];
    for (const part of this.#before) {
      const { gone, lost } = rolledBackOf(part, kept);
      rolledBack.push(...gone);
      for (const one of lost) this.#tell("lost", { ...one, detail: "the history has what came after it" });
    }
    for (const { userId, messages } of readers) {
      for (const { kind, ...about } of differencesOf(this.#confirmed, messages))
        this.#tell(kind, { ...about, shelf: { userId, device: null } });
    }
    const known = new Set(
      [...this.#before, this.#confirmed].flatMap((part) => part.map((one) => one?.messageId)),
    );
    const unconfirmed = kept.filter(({ id }) => !known.has(id)).length;
    const rolledBackFrom = rolledBack.length === 0 ? undefined : Math.min(...rolledBack.map(({ at }) => at));
    return { unconfirmed, rolledBack: rolledBack.length, rolledBackFrom };
  }

  #tell(
    kind: Issue["kind"],
    about: {
      messageId: string | undefined;
      seq: number;
      detail: string;
      shelf?: { userId: string; device: number | null };
    },
  ): void {
    this.issues.push({
      kind,
      message_id: about.messageId ?? null,
      conversation_id: this.conversationId,
      seq: about.seq,
      user_id: about.shelf?.userId ?? null,
      device: about.shelf?.device ?? null,
      detail: about.detail,
    });
  }
}
