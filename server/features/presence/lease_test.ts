/** A node among others: who is dead, and when nobody may be taken for dead. */
import { afterEach, expect, test } from "bun:test";
import { eventually } from "../../../test/harness/eventually.ts";
import { createMemoryBackplane, createMemoryStore } from "../../backplane/mod.ts";
import { Lease } from "./lease.ts";

const BEAT_MS = 30;
const LEASE_MS = 150;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function open(nodeId: string, store = createMemoryStore()) {
  const { presence } = createMemoryBackplane({ nodeId, store, leaseMs: LEASE_MS });
  const held = new Map<string, string[]>();
  const said = { restored: [] as string[], offline: [] as string[], errors: 0, beats: [] as number[] };
  const switched = { away: false };
  const heartbeat = presence.heartbeat.bind(presence);
  presence.heartbeat = async () => {
    if (switched.away) throw new Error("away");
    return await heartbeat();
  };
  const lease = new Lease({
    store: presence,
    held: () => held,
    onRestored: (ids) => said.restored.push(...ids),
    onOffline: (ids) => said.offline.push(...ids),
    onBeat: async (inARow) => void said.beats.push(inARow),
    onError: () => said.errors++,
    heartbeatMs: BEAT_MS,
  });
  ends.push(() => lease.end());
  const hold = async (userId: string) => {
    held.set(userId, ["1"]);
    await presence.attach(userId, "1", { max: 8 });
  };
  return { lease, presence, held, said, switched, hold, store };
}

test("a node that falls silent is reaped by one that has been steady", async () => {
  const a = open("a");
  const b = open("b", a.store);
  for (const { lease } of [a, b]) lease.begin();
  await Promise.all([a.lease.listed(), b.lease.listed()]);
  await b.hold("ben");
  await eventually(() => b.said.beats.length > 4);
  expect(a.said.offline).toEqual([]);
  b.switched.away = true;
  await eventually(() => a.said.offline.length > 0);
  expect(a.said.offline).toEqual(["ben"]);
  expect(b.said.errors).toBe(1);
  // It was only cut off: back again, it holds its people as before.
  b.switched.away = false;
  await eventually(() => b.said.restored.length > 0);
  expect(b.said.restored).toEqual(["ben"]);
});

test("after the store was away for everybody, nobody is taken for dead", async () => {
  const a = open("a");
  const b = open("b", a.store);
  for (const { lease } of [a, b]) lease.begin();
  await Promise.all([a.lease.listed(), b.lease.listed()]);
  await Promise.all([a.hold("ann"), b.hold("ben")]);
  await eventually(() => Math.min(a.said.beats.length, b.said.beats.length) > 4);
  for (const { switched } of [a, b]) switched.away = true;
  await Bun.sleep(2 * LEASE_MS);
  // One of them is a beat earlier, and sees nothing but dead nodes.
  a.switched.away = false;
  const before = a.said.beats.length;
  await eventually(() => a.said.beats.length > before);
  await expect(a.lease.absent(["ben"])).rejects.toThrow();
  b.switched.away = false;
  await eventually(() => b.said.beats.length > before + 4 && a.said.beats.length > before + 4);
  expect([...a.said.offline, ...b.said.offline]).toEqual([]);
  // On a busy machine a beat may be late again, after which nothing is said for a while.
  const absent = await eventually(() => a.lease.absent(["ann", "ben", "eve"]).catch(() => null));
  expect(absent).toEqual(["eve"]);
});

test("nobody is held before the store is reached; it is asked again at once", async () => {
  const a = open("a");
  a.switched.away = true;
  a.lease.begin();
  const listed = a.lease.listed();
  await Bun.sleep(70);
  a.switched.away = false;
  await listed;
  expect(a.said.errors).toBe(0);
  expect(a.lease.isAlone).toBe(true);
});
