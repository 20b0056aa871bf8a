/**
 * Tells the server up to where this device has everything, so that it is not notified of that: at most once a second,
 * and only when there is something new.
 * @module
 */
const EVERY_MS = 1_000;

/** See the module. */
export class Receipts {
  readonly #send: (seq: number) => void;
  #seq = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param send Says it where there is a socket; a later socket names the position itself, as `since`. */
  constructor(send: (seq: number) => void) {
    this.#send = send;
  }

  /** Every listener has finished with everything up to there. */
  moved(seq: number): void {
    this.#seq = seq;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#send(this.#seq);
    }, EVERY_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
