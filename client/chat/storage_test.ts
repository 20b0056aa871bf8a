import { expect, test } from "bun:test";
import type { ClientStorage } from "../types.ts";
import { EMPTY } from "./shapes.ts";
import { Keeper, memoryStorage } from "./storage.ts";

const STATE = { position: 7, state: { ...EMPTY, stale: [] } };

test("what is kept comes back, under the account's own key", async () => {
  const storage = memoryStorage();
  const keeper = new Keeper(storage, () => {});
  await keeper.save("ana", STATE);
  expect(await new Keeper(storage, () => {}).load("ana")).toEqual(STATE);
  expect(await keeper.load("ben")).toEqual({ position: undefined, state: EMPTY });
  await keeper.erase("ana");
  expect(await keeper.load("ana")).toEqual({ position: undefined, state: EMPTY });
});

test("while a write is under way only the newest waits, and a failed one stops nothing", async () => {
  const written: string[] = [];
  const failures: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  const set = async (_: string, text: string) => {
    written.push(text);
    if (written.length === 1) await gate.promise;
    if (written.length === 2) throw new Error("the disk is full");
  };
  const keeper = new Keeper({ get: () => null, set }, (error) => failures.push(error));
  await keeper.load("ana");
  const first = keeper.save("ana", STATE);
  await Promise.resolve();
  for (const position of [8, 9, 10]) void keeper.save("ana", { ...STATE, position });
  gate.resolve();
  await first;
  await keeper.save("ana", { ...STATE, position: 11 });
  expect(written.map((text) => JSON.parse(text).position)).toEqual([7, 10, 11]);
  await keeper.save("ana", { ...STATE, position: 12 });
  expect(failures).toHaveLength(1);
  expect(JSON.parse(written.at(-1)!).position).toBe(12);
});

test("what could not be read is not overwritten", async () => {
  const writes: string[] = [];
  const broken: ClientStorage = {
    get: () => Promise.reject(new Error("locked")),
    set: (_, text) => writes.push(text),
  };
  const failures: unknown[] = [];
  const keeper = new Keeper(broken, (error) => failures.push(error));
  expect(await keeper.load("ana")).toEqual({ position: undefined, state: EMPTY });
  await keeper.save("ana", STATE);
  expect([writes, failures.length]).toEqual([[], 1]);
});
