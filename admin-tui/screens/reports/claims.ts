/**
 * The leases that this dashboard holds: taken, renewed while their case is looked at, given back. It draws nothing.
 * @module
 */
import type { Api } from "../../api.ts";
import { type Failure, failureOf } from "../../desk/failure.ts";
import type { ReportRow } from "../../wire.ts";

interface ClaimsOptions {
  readonly api: Pick<Api["reports"], "claim" | "release">;
  /** The server's time, ms. */
  readonly now: () => number;
  readonly onChange: (held: ReadonlyMap<string, number>) => void;
  /** A row as the server has it now. */
  readonly onRow: (row: ReportRow) => void;
  /** A lease could not be renewed: somebody else may have it. */
  readonly onLost: (id: string, failure: Failure) => void;
}

/** A lease is renewed when less than this is left of its ten minutes, ms. */
const RENEW_BELOW_MS = 6 * 60_000;

/** See {@link createClaims}. */
export type Claims = ReturnType<typeof createClaims>;

/** @returns The keeper of leases. */
export function createClaims({ api, now, onChange, onRow, onLost }: ClaimsOptions) {
  const held = new Map<string, number>();
  const taking = new Map<string, Promise<void>>();
  const renewing = new Set<string>();
  const pinned = new Set<string>();

  function changed(): void {
    onChange(new Map(held));
  }

  async function claim(id: string): Promise<void> {
    const row = await api.claim(id);
    adopt(row);
    onRow(row);
  }

  /** Notes a lease that came with an answer. */
  function adopt({ id, claim: lease }: ReportRow): void {
    if (!lease) return;
    held.set(id, Date.parse(lease.until));
    changed();
  }

  function forget(id: string): void {
    if (held.delete(id)) changed();
  }

  async function renew(id: string): Promise<void> {
    renewing.add(id);
    try {
      await claim(id);
    } catch (error) {
      const failure = failureOf(error);
      // Out of reach: the lease still runs, and the next turn tries again.
      if (failure.kind === "conflict" || failure.kind === "refused") {
        forget(id);
        onLost(id, failure);
      }
    } finally {
      renewing.delete(id);
    }
  }

  return {
    has: (id: string) => held.has(id),
    ids: () => [...held.keys()],
    adopt,
    forget,

    /** Takes a lease, unless it is ours already. @throws CONFLICT with who holds it. */
    async take(id: string): Promise<void> {
      if (held.has(id)) return;
      const running = taking.get(id) ?? claim(id).finally(() => taking.delete(id));
      taking.set(id, running);
      await running;
    },

    /** Keeps a lease while something that needs it is under way, wherever the selection goes meanwhile. */
    async during<T>(id: string, work: () => Promise<T>): Promise<T> {
      pinned.add(id);
      try {
        return await work();
      } finally {
        pinned.delete(id);
      }
    },

    /** Gives a lease back; that it could not be is told to nobody: it runs out by itself. */
    async release(id: string): Promise<void> {
      await taking.get(id)?.catch(() => {});
      if (!held.has(id) || pinned.has(id)) return;
      forget(id);
      try {
        onRow(await api.release(id));
      } catch {
        // As said above.
      }
    },

    /** To be called every few seconds. @param isNear Whether the case is still looked at. */
    turn(isNear: (id: string) => boolean): void {
      for (const [id, until] of held) {
        if (until <= now()) forget(id);
        else if (until - now() < RENEW_BELOW_MS && isNear(id) && !renewing.has(id)) void renew(id);
      }
    },
  };
}
