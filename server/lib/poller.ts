/**
 * Polls a shared store for work: at once when woken, else every few seconds, never twice at the same time. It knows
 * neither the store nor the work.
 * @module
 */

/** How a {@link Poller} looks. */
export interface PollerOptions {
  /** Takes what is there. @returns Whether there may be more: then it is called again at once. */
  readonly look: () => Promise<boolean>;
  readonly onError: (error: unknown) => void;
  /** `performance.now()` before which nothing is looked for. @default at once */
  readonly notBefore?: (() => number) | undefined;
  /** Between looks while nobody wakes it, ms. @default 5_000 */
  readonly pollMs?: number | undefined;
  /** From 0 to below 1. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** See the module. */
export class Poller {
  readonly #options: PollerOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLooking = false;
  /** Whether it was woken since the last look began. */
  #isWoken = false;
  #isClosed = true;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isClosed = false;
    this.wake();
  }

  /** Looks for work now. Cheap, may be called often. */
  wake(): void {
    if (this.#isClosed) return;
    this.#isWoken = true;
    void this.#run();
  }

  /** Begins no further look. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    if (this.#isLooking) return;
    const { look, onError, notBefore = () => 0, pollMs = 5_000, random = Math.random } = this.#options;
    this.#isLooking = true;
    clearTimeout(this.#timer);
    try {
      while (this.#isWoken && !this.#isClosed && performance.now() >= notBefore()) {
        this.#isWoken = false;
        if (await look()) this.#isWoken = true;
      }
    } catch (error) {
      onError(error);
    } finally {
      this.#isLooking = false;
    }
    if (this.#isClosed) return;
    // Jitter, so that processes do not look together.
    const pauseMs = Math.max(0, notBefore() - performance.now());
    this.#timer = setTimeout(() => this.wake(), Math.max(pauseMs, pollMs * (0.5 + random())));
    this.#timer.unref?.();
  }
}
