/**
 * The end of pictures: those that nobody sent, and those of people who leave. Rows change first, objects follow by the
 * retention job, so that a store that is away keeps nothing visible.
 * @module
 */
import type { Database } from "../../db/client.ts";
import { deleteInBatches } from "../../lib/delete_in_batches.ts";
import * as queries from "./queries.ts";
import type { MediaStore } from "./store/mod.ts";

/** What becomes of pictures after their use. */
export interface MediaLife {
  /** @returns The stored picture; null where it is gone or the store is away. For its owner's export. */
  read(id: string): Promise<Uint8Array | null>;
  /** Hides the pictures of somebody who leaves; `purge` removes the objects. @returns Whether none is left. */
  erase(userId: string, until: number): Promise<boolean>;
  /** Gives up orphans and removes objects that nobody may see any more. @returns How many pictures went. */
  purge(until: number): Promise<number>;
}

interface LifeDeps {
  readonly database: Pick<Database, "sql">;
  readonly store: MediaStore | null;
  readonly onError: (error: unknown) => void;
}

/** Hours after which a picture that nobody sent is given up. */
const ORPHAN_HOURS = 24;
const BATCH = 100;
const KINDS = ["upload", "picture", "thumb"] as const;

/** @returns The key of one of a picture's objects. */
export function keyOf(kind: (typeof KINDS)[number], id: string): string {
  return `${kind}/${id}`;
}

export function createMediaLife({ database: { sql }, store, onError }: LifeDeps): MediaLife {
  async function removeObjects(id: string): Promise<void> {
    for (const kind of KINDS) await store?.remove(keyOf(kind, id));
    await queries.deleteLeftover(sql, id);
  }

  return {
    async read(id) {
      try {
        return (await store?.read(keyOf("picture", id))) ?? null;
      } catch (error) {
        onError(error);
        return null;
      }
    },

    async erase(userId, until) {
      const next = () => queries.updateErased(sql, { userId, batch: BATCH });
      return (await deleteInBatches(next, { batches: Number.POSITIVE_INFINITY, until })).isDone;
    },

    async purge(until) {
      const abandon = () => queries.updateAbandoned(sql, { hours: ORPHAN_HOURS, batch: BATCH });
      await deleteInBatches(abandon, { until });
      const remove = async () => {
        const ids = await queries.selectLeftovers(sql, BATCH);
        for (const id of ids) await removeObjects(id);
        return ids.length;
      };
      return (await deleteInBatches(remove, { until })).count;
    },
  };
}
