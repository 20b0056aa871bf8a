/**
 * Who is online: holds on people for this node in the shared store, its heartbeat, the reaping of dead nodes, and
 * the comparison of the database's flags with the truth. It knows no socket beyond its id.
 * @module
 */
import { type Attached, HEARTBEAT_MS, type Heartbeat, type PresenceStore } from "../../backplane/mod.ts";
import type { Database } from "../../db/client.ts";
import { countOnline, selectOnlinePage } from "./queries.ts";
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
  readonly announce: Announce;
  /** @returns The people held here now with their sockets. */
  readonly held: () => ReadonlyMap<string, readonly string[]>;
  readonly onError: (error: unknown) => void;
  /** Milliseconds. @default HEARTBEAT_MS */
  readonly heartbeatMs?: number;
}

const PAGE = 1_000;
/** Heartbeats between two comparisons with the database. */
const COMPARE_EVERY = 6;
/** Heartbeats that a node waits until it trusts the store to be filled again. */
const TRUST_AFTER = 3;
const FIRST_BEAT_WITHIN_MS = 3_000;
const FIRST_BEAT_RETRY_MS = 50;
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

/** @returns The presence of one node. Nothing runs before `start`. */
export function createPresenceService(deps: PresenceDeps): PresenceService {
  const { database, store, nodeId, announce, held, onError, heartbeatMs = HEARTBEAT_MS } = deps;
  const transitions = new Transitions({ database, announce, confirmOffline, onError });
  let beats = 0;
  let isAlone = true;
  let knownFor = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let beating: Promise<void> = Promise.resolve();
  const started = Promise.withResolvers<void>();
  /** A node is in the list of the living before it holds anybody, or nobody would find what it leaves behind. */
  let isListed = false;
  let isAway = false;
  let isClosed = false;

  async function confirmOffline(userIds: readonly string[]): Promise<readonly string[]> {
    const here = held();
    const gone = userIds.filter((userId) => !here.has(userId));
    try {
      return await absent(gone);
    } catch {
      // Whoever is on another node is put right by that node's own look at the database.
      return gone;
    }
  }

  /** Judged by who is alive this moment: a node that came a second ago must not lose its hold. */
  async function absent(userIds: readonly string[]): Promise<string[]> {
    const { alive } = await heartbeat();
    return await store.absent(userIds, { alive });
  }

  async function heartbeat(): Promise<Heartbeat> {
    const answer = await store.heartbeat();
    isListed = true;
    isAlone = answer.alive.length === 1;
    // The store has forgotten this node: it puts back what it holds before anything is concluded.
    if (!answer.known) transitions.note(await store.restore(held()), true);
    return answer;
  }

  async function beat(): Promise<void> {
    const { known, dead, alive } = await heartbeat();
    knownFor = known ? knownFor + 1 : 0;
    for (const node of dead) await reap(node);
    // Alone there is nobody to wait for: whoever is marked online from before a crash is not.
    const trusted = knownFor >= TRUST_AFTER || (beats === 0 && isAlone && dead.length === 0);
    if (trusted && [...alive].sort()[0] === nodeId && beats % COMPARE_EVERY === 0) await compare();
    beats++;
  }

  async function reap(node: string): Promise<void> {
    for (;;) {
      const { offline, done } = await store.reap(node);
      transitions.note(offline, false);
      if (done) return;
    }
  }

  async function compare(): Promise<void> {
    let page: string[] = [];
    do {
      page = await selectOnlinePage(database.sql, { after: page.at(-1) ?? FIRST_ID, limit: PAGE });
      if (page.length > 0) transitions.note(await absent(page), false);
    } while (page.length === PAGE);
  }

  /** Told once for each time that the store goes away. */
  async function tryBeat(): Promise<void> {
    try {
      await beat();
      isAway = false;
    } catch (error) {
      if (!isAway && isListed) onError(error);
      isAway = true;
    }
  }

  /** A store that is still being connected to is asked again at once. */
  async function firstBeat(): Promise<void> {
    const giveUpAt = performance.now() + FIRST_BEAT_WITHIN_MS;
    while (!isListed && !isClosed && performance.now() < giveUpAt) {
      await tryBeat();
      if (!isListed) await new Promise((resolve) => setTimeout(resolve, FIRST_BEAT_RETRY_MS));
    }
    started.resolve();
  }

  function schedule(): void {
    timer = setTimeout(() => {
      beating = tryBeat().finally(schedule);
    }, heartbeatMs);
  }

  return {
    async connected(userId, socketId, options) {
      let attached: Attached;
      await started.promise;
      try {
        if (!isListed) throw new Error("Cannot attach: the store has not been reached yet");
        attached = await store.attach(userId, socketId, options);
      } catch {
        transitions.note([userId], true);
        return null;
      }
      if (attached.first) transitions.note([userId], true);
      return attached.evicted;
    },

    async disconnected(userId, socketId) {
      await started.promise;
      await store.detach(userId, socketId).catch(() => {});
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

    online: () => countOnline(database.sql),

    start() {
      beating = firstBeat().finally(schedule);
    },

    async close() {
      isClosed = true;
      await beating;
      clearTimeout(timer);
      // The others take these people over when the lease ends: who reconnects to them meanwhile never goes offline.
      if (isAlone) {
        const people = [...held().keys()];
        const gone = await store.release(people).catch(() => people);
        transitions.note(gone, false);
      }
      await transitions.close();
    },
  };
}
