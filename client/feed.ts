/**
 * Tells listeners what the server says: durable events once and in order, whatever is replayed, each after the
 * listeners of the one before have finished. It owns the positions and knows no socket.
 * @module
 */
import type { ServerFrame } from "./frames.ts";
import { type Listeners, Series } from "./listeners.ts";
import type { EventMeta } from "./types.ts";

interface FeedOptions {
  readonly listeners: Listeners;
  readonly since: number | undefined;
  readonly savePosition: ((seq: number) => unknown) | undefined;
  /** Everything up to there has been dealt with. */
  readonly onMoved: (seq: number) => void;
}

/** See the module. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #series = new Series();
  #received: number | undefined;
  #position: number | undefined;
  #isReplaying = false;
  #isClosed = false;
  duplicates = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#received = options.since;
    this.#position = options.since;
  }

  /** The last position that came in; listeners may still be busy with it. */
  get received(): number | undefined {
    return this.#received;
  }

  /** The last position that every listener has finished with. */
  get position(): number | undefined {
    return this.#position;
  }

  /**
   * A socket is authenticated.
   * @param head Of the person's log.
   * @returns Whether what was missed is coming in.
   */
  begin(head: number): boolean {
    this.#isReplaying = this.#received !== undefined;
    if (!this.#isReplaying) {
      this.#received = head;
      this.#moveTo(head);
    }
    return this.#isReplaying;
  }

  /** The server sends in ascending order and leaves out what is hidden: a gap is no loss. */
  deliver({ event, data }: ServerFrame, seq: number): void {
    if (this.#received !== undefined && seq <= this.#received) {
      this.duplicates++;
      return;
    }
    this.#received = seq;
    this.#tell(event, data, { seq, replayed: this.#isReplaying });
    this.#goOnFrom(seq);
  }

  /** A message that was sent from here stands in the log: nobody is told; `told` ends when the sender's listeners have. */
  acknowledge(seq: number, told: Promise<void> | undefined): void {
    if (this.#received !== undefined && seq <= this.#received) return;
    this.#received = seq;
    this.#series.run(() => told);
    this.#goOnFrom(seq);
  }

  /** Something that is not in the log. */
  pass({ event, data }: ServerFrame): void {
    this.#tell(event, data, { seq: undefined, replayed: false });
  }

  /** The log no longer has what was missed. A listener loads the lists; after that the position is dealt with. */
  resync(frame: ServerFrame, head: number): void {
    this.#received = head;
    this.pass(frame);
    this.#goOnFrom(head);
  }

  /** Everything that was missed has come in; `then` is called when all of it has been told. */
  caughtUp(head: number, then: () => void): void {
    if (!this.#isReplaying) return;
    this.#isReplaying = false;
    this.#received = Math.max(head, this.#received ?? 0);
    this.#goOnFrom(this.#received);
    this.#series.run(() => void then());
  }

  /** What has not been told yet is told by the next client: its position was not kept. */
  close(): void {
    this.#isClosed = true;
  }

  #tell(event: string, data: unknown, meta: EventMeta): void {
    this.#series.run(() => (this.#isClosed ? undefined : this.#options.listeners.call(event, data, meta)));
  }

  #goOnFrom(seq: number): void {
    this.#series.run(() => void this.#moveTo(seq));
  }

  #moveTo(seq: number): void {
    if (seq === this.#position || this.#isClosed) return;
    this.#position = seq;
    const { savePosition, listeners, onMoved } = this.#options;
    onMoved(seq);
    if (savePosition) void listeners.run(() => savePosition(seq));
  }
}
