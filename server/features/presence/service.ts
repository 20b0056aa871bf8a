/**
 * Who is online: this node's holds on people in the shared store, and the comparison of the database's flags with
 * them. It knows no socket beyond its id.
 * @module
 */
import type { Attached, Heartbeat, PresenceStore } from "../../backplane/mod.ts";
import type { Database } from "../../db/client.ts";
import { Lease } from "./lease.ts";
import { countOnline, selectOnlinePage, selectVisibleOnline } from "./queries.ts";
import { type Announce, Transitions } from "./transitions.ts";

/** See {@link createPresenceService}. */
export interface PresenceService {
  /**
   * A socket of this person connected here.
   *
   * @returns Sockets that had to make room, `node/socket`; null when the store is away and nothing is known.
   */
  connected(userId: string, socketId: string, options: { max: number }): Promise<readonly string[] | null>;
  /** A socket is gone; the person stays held until {@link PresenceService.left}. */
  disconnected(userId: string, socketId: string): Promise<void>;
  /** These people have had no socket here for the whole grace. */
  left(userIds: readonly string[]): Promise<void>;
  /** These people are held here, but the database says they are offline. */
  repair(held: ReadonlyMap<string, readonly string[]>): Promise<void>;
  /** A person shows their activity from now on, or hides it: those who may see it are told. */
  shown(userId: string, isShown: boolean): Promise<void>;
  /**
   * @returns By person, whom they may see and who is online: of their 200 most recently active conversations.
   */
  visibleTo(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** @returns How many people are online, on all nodes. */
  online(): Promise<number>;
  /** Begins the heartbeat. */
  start(): void;
  /** Stops the heartbeat; alone, it also lets go of everybody who is still held. */
  close(): Promise<void>;
}

interface PresenceDeps {
  readonly database: Pick<Database, "sql">;
  readonly store: PresenceStore;
  readonly nodeId: string;
  /** Whether the store may know other nodes. */
  readonly isShared: boolean;
  readonly announce: Announce;
  /** @returns The people held here now with their sockets. */
  readonly held: () => ReadonlyMap<string, readonly string[]>;
  readonly onError: (error: unknown) => void;
  /** Milliseconds. @default HEARTBEAT_MS */
  readonly heartbeatMs?: number | undefined;
}

const PAGE = 1_000;
/** Heartbeats between two comparisons with the database. */
const COMPARE_EVERY = 5;
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

/** @returns The presence of one node. Nothing runs before `start`. */
export function createPresenceService(deps: PresenceDeps): PresenceService {
  const { database, store, nodeId, isShared, announce, held, onError, heartbeatMs } = deps;
  const transitions = new Transitions({ database, announce, confirmOffline, onError });
  const lease = new Lease({
    store,
    held,
    onRestored: (userIds) => transitions.note(userIds, true),
    onOffline: (userIds) => transitions.note(userIds, false),
    onBeat,
    onError,
    heartbeatMs,
  });

  async function confirmOffline(userIds: readonly string[]): Promise<readonly string[]> {
    const here = held();
    const gone = userIds.filter((userId) => !here.has(userId));
    // Whoever is on another node is set online again by that node's reconciliation.
    return await lease.absent(gone).catch(() => gone);
  }

  /** One of the nodes compares the database's flags with the store, now and then. */
  async function onBeat(inARow: number, { alive }: Heartbeat): Promise<void> {
    // A single process: whoever is marked online since before a crash is offline.
    if (!isShared && inARow === 1) await compare((page) => page.filter((userId) => !held().has(userId)));
    else if (isShared && inARow % COMPARE_EVERY === 0 && [...alive].sort()[0] === nodeId) {
      await compare((page) => lease.absent(page));
    }
  }

  async function compare(absent: (page: string[]) => string[] | Promise<string[]>): Promise<void> {
    let page: string[] = [];
    do {
      page = await selectOnlinePage(database.sql, { after: page.at(-1) ?? FIRST_ID, limit: PAGE });
      if (page.length > 0) transitions.note(await absent(page), false);
    } while (page.length === PAGE);
  }

  return {
    async connected(userId, socketId, options) {
      let attached: Attached;
      try {
        await lease.listed();
        attached = await store.attach(userId, socketId, options);
      } catch {
        transitions.note([userId], true);
        return null;
      }
      if (attached.first) transitions.note([userId], true);
      return attached.evicted;
    },

    async disconnected(userId, socketId) {
      // After whatever `connected` is still doing.
      await lease
        .listed()
        .then(() => store.detach(userId, socketId))
        .catch(() => {});
    },

    async left(userIds) {
      if (userIds.length === 0) return;
      const gone = await store.release(userIds).catch(() => userIds);
      transitions.note(gone, false);
    },

    async repair(people) {
      await store.restore(people).catch(() => {});
      transitions.note(people.keys(), true);
    },

    async shown(userId, isShown) {
      await transitions.reveal(userId, isShown);
    },

    visibleTo: (userIds) => selectVisibleOnline(database.sql, userIds),

    online: () => countOnline(database.sql),

    start: () => lease.begin(),

    async close() {
      await lease.end();
      // With other nodes, those do it when the lease ends: whoever reconnects to them until then never goes offline.
      if (lease.isAlone) {
        const people = [...held().keys()];
        const gone = await store.release(people).catch(() => people);
        transitions.note(gone, false);
      }
      await transitions.close();
    },
  };
}
