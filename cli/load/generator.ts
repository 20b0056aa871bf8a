/**
 * Schedules the operations of one generator: each starts when it is due, independent of earlier ones, and the
 * scheduler's own lateness is recorded. The scenario performs the operation.
 * @module
 */

import { Random } from "../random.ts";
import type { Population } from "./people.ts";
import type { Plan } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import type { Model, Outcome, RecordSlice } from "./report_shape.ts";
import type { Act } from "./scenario.ts";
import { createAct } from "./scenarios/mod.ts";
import { Schedule, type Stage } from "./schedule.ts";

/** What a generator is given. */
export interface GeneratorOptions {
  readonly plan: Plan;
  readonly population: Population;
  /** Which of how many it is. */
  readonly share: { readonly index: number; readonly of: number };
  /** Told every second. */
  readonly onSlice: (slice: RecordSlice) => void;
}

const SLICE_MS = 1_000;
const PROBE_MS = 20;
/** Longest sleep between two looks at the clock. */
const NAP_MS = 20;
const INTERRUPTED_DRAIN_MS = 3_000;
/** Work handed out in one go before others get a turn. */
const BATCH = 200;

/** See the module. */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #recorder: Recorder;
  readonly #act: Act;
  #startedAt = 0;
  #stoppedAt: number | undefined;
  #stop: () => void = () => {};
  #drainMs: number;

  constructor(options: GeneratorOptions) {
    const { plan, population, share } = options;
    this.#options = options;
    this.#drainMs = plan.drainMs;
    this.#recorder = new Recorder(plan.main);
    const random = new Random(`${plan.seed}/choices/${share.index}`);
    this.#act = createAct({ plan, population, recorder: this.#recorder, random });
  }

  async prepare(): Promise<void> {
    await this.#act.prepare();
  }

  /** Warms up, makes work until its time is over, waits for it, and judges it. */
  async run(): Promise<Outcome> {
    const { plan, onSlice } = this.#options;
    if (plan.warmupMs > 0) await this.#warmUp(plan);
    this.#startedAt = performance.now();
    this.#recorder.begin();
    let second = 0;
    const slicing = setInterval(() => onSlice(this.#recorder.takeSlice(second++)), SLICE_MS);
    const probing = this.#probe();
    try {
      await this.#makeWork(plan.model);
      this.#stoppedAt ??= performance.now();
      await this.#act.settle(this.#drainMs);
      this.#recorder.finish(this.#stoppedAt);
    } finally {
      clearInterval(probing);
      clearInterval(slicing);
      this.#act.close();
    }
    // What had no answer fails now, and is counted.
    await new Promise((resolve) => setTimeout(resolve, 0));
    onSlice(this.#recorder.takeSlice(second));
    const findings = await this.#act.conclude();
    return { ...findings, records: this.#recorder.records(), ranMs: this.#stoppedAt - this.#startedAt };
  }

  /** The same work as at the beginning of the run; nothing of it is still under way when the measurement begins. */
  async #warmUp({ model, warmupMs }: Plan): Promise<void> {
    this.#startedAt = performance.now();
    if (model.kind === "closed") await this.#makeWork({ ...model, duration_ms: warmupMs });
    else {
      const [{ from, to }] = model.stages as [Stage];
      const rate = from || to;
      await this.#makeWork({ ...model, stages: [{ durationMs: warmupMs, from: rate, to: rate }] });
    }
    await this.#act.settle(this.#drainMs);
    this.#recorder.reset();
    this.#act.beginMeasuring();
  }

  #makeWork(model: Model): Promise<void> {
    return model.kind === "open" ? this.#runOpen(model) : this.#runClosed(model);
  }

  /** No more work; what is under way is waited for, briefly: somebody is waiting. */
  interrupt(): void {
    this.#drainMs = Math.min(this.#drainMs, INTERRUPTED_DRAIN_MS);
    this.end();
  }

  /** No more work; everything else is as at the end of the time. */
  end(): void {
    this.#stoppedAt ??= performance.now();
    this.#stop();
  }

  get #isOver(): boolean {
    return this.#stoppedAt !== undefined;
  }

  /** The gap between two turns of the loop, beyond what was asked for. */
  #probe(): ReturnType<typeof setInterval> {
    let last = performance.now();
    return setInterval(() => {
      const now = performance.now();
      this.#recorder.latency("lag", Math.max(0, now - last - PROBE_MS));
      last = now;
    }, PROBE_MS);
  }

  #hand(index: number, intended: number): Promise<void> {
    this.#recorder.count("due");
    this.#recorder.count("started");
    return this.#act.operate({ index, intended });
  }

  #runOpen({ stages, arrivals }: Extract<Model, { kind: "open" }>): Promise<void> {
    const { plan, share } = this.#options;
    const random = arrivals === "poisson" ? new Random(`${plan.seed}/arrivals/${share.index}`) : undefined;
    const moments = new Schedule(stages).arrivals(share, random);
    return new Promise((resolve) => {
      let index = 0;
      let next = moments.next();
      let timer: ReturnType<typeof setTimeout> | undefined;
      this.#stop = () => {
        clearTimeout(timer);
        resolve();
      };
      const turn = () => {
        if (this.#isOver) return resolve();
        let now = performance.now();
        for (let batch = 0; !next.done && this.#startedAt + next.value <= now && batch < BATCH; batch++) {
          const intended = this.#startedAt + next.value;
          this.#recorder.latency("lag", now - intended);
          void this.#hand(index++, intended);
          next = moments.next();
          now = performance.now();
        }
        if (next.done) return resolve();
        const wait = Math.min(NAP_MS, Math.max(0, this.#startedAt + next.value - now));
        timer = setTimeout(turn, wait);
      };
      turn();
    });
  }

  async #runClosed({ vus, think_ms, duration_ms }: Extract<Model, { kind: "closed" }>): Promise<void> {
    const { share } = this.#options;
    const own = Math.floor(vus / share.of) + (share.index < vus % share.of ? 1 : 0);
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    let isOver = false;
    this.#stop = () => {
      isOver = true;
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(this.#stop, duration_ms);
    if (this.#isOver) this.#stop();
    const live = async (vu: number) => {
      for (let round = 0; !isOver; round++) {
        await Promise.race([stopped, this.#hand(vu + round * own, performance.now())]);
        // Also without a pause: an operation that fails at once must not keep timers and sockets from their turn.
        await Promise.race([stopped, think_ms > 0 ? Bun.sleep(think_ms) : nextTurn()]);
      }
    };
    await Promise.all([stopped, ...Array.from({ length: own }, (_, vu) => live(vu))]);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
