/**
 * Tells the server up to where this device has everything, so that it is not notified of that: at most once a second,
 * and only what is new.
 * @module
 */
const EVERY_MS = 1_000;

/** See the module. */
export class Receipts {
  readonly #send: (seq: number) => boolean;
  #seq = 0;
  #said = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param send Says it, when there is a socket. @returns Whether there was one. */
  constructor(send: (seq: number) => boolean) {
    this.#send = send;
  }

  /** Every listener has finished with everything up to there. */
  moved(seq: number): void {
    this.#seq = seq;
    this.#timer ??= setTimeout(() => this.#say(), EVERY_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A socket that comes later names the position itself, as `since`. */
  #say(): void {
    this.#timer = undefined;
    if (this.#seq > this.#said && this.#send(this.#seq)) this.#said = this.#seq;
  }
}
