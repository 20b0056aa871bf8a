/**
 * Observes presence during faults: one person who leaves, and nobody who stays online as a ghost.
 * @module
 */
import { makePeople } from "../../cli/commands/load_users.ts";
import { createClient } from "../../client/mod.ts";
import { eventually } from "../harness/eventually.ts";
import type { World } from "./world.ts";

/** The promise. */
const OFFLINE_WITHIN_MS = 30_000;
const PAIR = { groups: [{ people: 2, links: [[0, 1]] }] } as const;

/** Somebody whose leaving is watched by somebody else. */
export interface Leaver {
  /** Goes without a goodbye; once. */
  leave(): void;
  /** Waits until the database and the other say so. @returns Milliseconds from now, or since leaving if that was later. */
  gone(): Promise<number>;
}

/** Lets two come online: one on the first server, so that he goes down with it, and one through the front. */
export async function arrive(world: World): Promise<Leaver> {
  const io = { env: world.keys(), stdout: { write() {} }, stderr: { write() {} } };
  const runId = `watched-${Bun.randomUUIDv7().slice(-8)}`;
  const { people } = await makePeople(io, { runId, layout: PAIR, signal: new AbortController().signal });
  const [going, watching] = people as [(typeof people)[0], (typeof people)[0]];
  let socket: WebSocket | undefined;
  class Socket extends WebSocket {
    constructor(url: string) {
      super(url);
      socket = this;
    }
  }
  const client = createClient({ url: world.nodeUrls[0]!, token: going.token, WebSocket: Socket });
  const watcher = createClient({
    url: world.front.url,
    token: watching.token,
    minDelayMs: 50,
    maxDelayMs: 500,
  });
  let toldAt = 0;
  watcher.on("user_offline", () => {
    toldAt = performance.now();
  });
  await Promise.all([client.ready(), watcher.ready()]);
  await eventually(() => isOnline(world, going.id), { what: "somebody online" });
  let left = false;
  return {
    leave() {
      if (left) return;
      left = true;
      // No close frame: a phone in a tunnel. The client is ended so that it does not come back.
      (socket as unknown as { terminate(): void }).terminate();
      client.close();
    },
    async gone() {
      const start = performance.now();
      try {
        const isGone = async () => toldAt > 0 && !(await isOnline(world, going.id).catch(() => true));
        await eventually(isGone, { withinMs: OFFLINE_WITHIN_MS, what: "being called offline" });
        return Math.max(0, toldAt - start);
      } finally {
        watcher.close();
      }
    },
  };
}

async function isOnline({ database }: World, id: string): Promise<boolean> {
  const [row] = await database.sql<
    { isOnline: boolean }[]
  >`select is_online from user_presence where user_id = ${id}`;
  return row!.isOnline;
}

/** @returns People who are online 30 s after everybody has gone. */
export async function countGhosts({ database }: World): Promise<number> {
  const count = async () => {
    const [row] = await database.sql<{ count: number }[]>`
      select count(*)::int as count from user_presence where is_online
    `;
    return row!.count;
  };
  const nobody = async () => (await count()) === 0;
  await eventually(nobody, { withinMs: OFFLINE_WITHIN_MS }).catch(() => {});
  return await count();
}
