/**
 * The claims that this dashboard holds, which are leases of ten minutes: taken, renewed while their row is looked at,
 * released. A release that does not reach the server is sent again.
 * @module
 */
import { failureOf, type Rival, rivalOf } from "../../desk/failure.ts";
import { isPassing } from "../../desk/form.ts";
import type { QueueRow } from "./rows.ts";

/** What can be claimed. */
type Claimed = Pick<QueueRow, "id" | "claim">;

interface ClaimsOptions<Row> {
  readonly api: {
    claim(id: string): Promise<Row>;
    release(id: string): Promise<Row>;
  };
  /** The server's time, ms. */
  readonly now: () => number;
  /** A row as the server has it now. */
  readonly onRow: (row: Row) => void;
  /** A claim could not be renewed: somebody else may have it. */
  readonly onLost: (id: string, rival: Rival) => void;
}

/** A claim is renewed when less than this is left of its ten minutes, ms. */
const RENEW_BELOW_MS = 6 * 60_000;

export class Claims<Row extends Claimed = Claimed> {
  readonly #options: ClaimsOptions<Row>;
  /** Until when each is ours, ms. */
  readonly #held = new Map<string, number>();
  readonly #taking = new Map<string, Promise<void>>();
  readonly #renewing = new Set<string>();
  /** Something is under way that needs the claim. */
  readonly #pinned = new Set<string>();
  /** Taken without being asked for: they run out unless somebody works on them. */
  readonly #unasked = new Set<string>();
  /** Whose release, or whose claim, did not get an answer. */
  readonly #unreleased = new Set<string>();

  constructor(options: ClaimsOptions<Row>) {
    this.#options = options;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  ids(): string[] {
    return [...this.#held.keys()];
  }

  /** Until when a claim is ours, ms. */
  until(id: string): number | undefined {
    return this.#held.get(id);
  }

  /** Notes a claim that came with an answer. */
  adopt({ id, claim }: Claimed): void {
    if (claim) this.#held.set(id, Date.parse(claim.until));
  }

  forget(id: string): void {
    this.#held.delete(id);
    this.#unasked.delete(id);
  }

  /** Claims a report, unless it is ours already. @throws CONFLICT with who holds it. */
  async take(id: string): Promise<void> {
    this.#unasked.delete(id);
    if (this.#held.has(id)) return;
    const running = this.#taking.get(id) ?? this.#claim(id).finally(() => this.#taking.delete(id));
    this.#taking.set(id, running);
    await running;
  }

  /** Claims what the moderator comes to next; nobody is told when that fails, and it is not renewed. */
  async takeAhead(id: string): Promise<void> {
    if (this.#held.has(id)) return;
    await this.take(id).catch(() => {});
    if (this.#held.has(id)) this.#unasked.add(id);
  }

  /** Keeps a claim while something that needs it is under way, wherever the selection goes meanwhile. */
  async during<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#pinned.add(id);
    try {
      return await work();
    } finally {
      this.#pinned.delete(id);
    }
  }

  /** Releases a claim; when the server cannot be reached, {@link retry} sends it again. */
  async release(id: string): Promise<void> {
    await this.#taking.get(id)?.catch(() => {});
    if (!this.#held.has(id) || this.#pinned.has(id)) return;
    this.forget(id);
    await this.#release(id);
  }

  /** Releases what is not looked at any more. @param near What is; null: nothing. */
  leave(near: string | null): void {
    for (const id of this.ids()) if (id !== near) void this.release(id);
  }

  /** Releases everything, also what a lost connection has kept. */
  async close(): Promise<void> {
    await Promise.all([this.retry(), ...this.ids().map((id) => this.release(id))]);
  }

  /** Connected again: sends the releases that got no answer. */
  async retry(): Promise<void> {
    const waiting = [...this.#unreleased].filter((id) => !this.#held.has(id));
    this.#unreleased.clear();
    await Promise.all(waiting.map((id) => this.#release(id)));
  }

  /** To be called every second. @param isNear Whether the report is still looked at. */
  tick(isNear: (id: string) => boolean): void {
    for (const [id, until] of this.#held) {
      const left = until - this.#options.now();
      if (left <= 0) this.forget(id);
      else if (left < RENEW_BELOW_MS && isNear(id) && !this.#unasked.has(id)) void this.#renew(id);
    }
  }

  async #claim(id: string): Promise<void> {
    try {
      const row = await this.#options.api.claim(id);
      this.#unreleased.delete(id);
      this.adopt(row);
      this.#options.onRow(row);
    } catch (error) {
      // The server may have heard it.
      if (isPassing(failureOf(error))) this.#unreleased.add(id);
      throw error;
    }
  }

  async #release(id: string): Promise<void> {
    try {
      this.#options.onRow(await this.#options.api.release(id));
    } catch (error) {
      // Refused: it is not ours any more, which is what was wanted.
      if (isPassing(failureOf(error))) this.#unreleased.add(id);
    }
  }

  async #renew(id: string): Promise<void> {
    if (this.#renewing.has(id)) return;
    this.#renewing.add(id);
    try {
      await this.#claim(id);
    } catch (error) {
      const failure = failureOf(error);
      // Out of reach: the claim still holds, and the next second tries again.
      if (failure.kind === "conflict" || failure.kind === "refused") {
        this.forget(id);
        this.#options.onLost(id, rivalOf(failure));
      }
    } finally {
      this.#renewing.delete(id);
    }
  }
}
