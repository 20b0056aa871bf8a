import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Ledger } from "./ledger.ts";

const PLACES = [
  { userId: "ana", device: 1 },
  { userId: "ana", device: 2 },
  { userId: "ben", device: 1 },
];

/** A conversation in which everything went well, up to so many messages. */
function ledgerOf(count: number, but: (ledger: Ledger, place: number, seq: number) => boolean = () => true) {
  const ledger = new Ledger("c", PLACES);
  for (let seq = 1; seq <= count; seq++) {
    for (const place of PLACES.keys()) {
      if (but(ledger, place, seq)) ledger.receive(place, { seq, messageId: `m${seq}` });
    }
    ledger.confirm("ana 0", { seq, messageId: `m${seq}` });
  }
  return ledger;
}

test("nothing is wrong when everything came to everybody once and in order", () => {
  const ledger = ledgerOf(50);
  expect([ledger.isComplete, ledger.deliveredCount, ledger.confirmedCount]).toEqual([true, 50, 50]);
  expect(ledger.settle()).toEqual([]);
});

test("how long it took from the confirmation to the last device is told once for each message", () => {
  const spreads: number[] = [];
  const ledger = new Ledger("c", PLACES, (ms) => spreads.push(ms));
  const receive = (place: number, seq: number) => ledger.receive(place, { seq, messageId: `m${seq}` });
  ledger.confirm("ana 0", { seq: 1, messageId: "m1" });
  receive(0, 1);
  receive(1, 1);
  expect(spreads).toEqual([]);
  receive(2, 1);
  expect(spreads).toEqual([expect.any(Number)]);
  receive(2, 1);
  // Everywhere before its sender is told, one of the devices late.
  for (const place of [0, 1]) receive(place, 2);
  receive(2, 3);
  receive(2, 2);
  expect(spreads.length).toBe(1);
  ledger.confirm("ana 0", { seq: 2, messageId: "m2" });
  expect(spreads.length).toBe(2);
  expect(spreads[1]).toBeWithin(0, 50);
});

describe("named with its id:", () => {
  test("what never came, in the middle or at the end", () => {
    const ledger = ledgerOf(10, (_, place, seq) => !(place === 2 && (seq === 4 || seq === 10)));
    expect([ledger.isComplete, ledger.deliveredCount]).toEqual([false, 8]);
    expect(ledger.settle()).toMatchObject([
      { kind: "lost", message_id: "m4", seq: 4, user_id: "ben", device: 1, conversation_id: "c" },
      { kind: "lost", message_id: "m10", seq: 10, user_id: "ben", device: 1 },
    ]);
  });

  test("what came twice", () => {
    const ledger = ledgerOf(5);
    expect(ledger.receive(1, { seq: 3, messageId: "m3" })).toBe(false);
    expect(ledger.settle()).toMatchObject([
      { kind: "duplicated", message_id: "m3", user_id: "ana", device: 2, detail: "came again" },
    ]);
  });

  test("what came late", () => {
    const ledger = ledgerOf(5, (_, place, seq) => !(place === 0 && seq === 3));
    expect(ledger.receive(0, { seq: 3, messageId: "m3" })).toBe(true);
    expect(ledger.settle()).toMatchObject([{ kind: "reordered", message_id: "m3", detail: "came after 5" }]);
  });

  test("what was confirmed out of the order of sending, or twice", () => {
    const ledger = ledgerOf(3);
    ledger.confirm("ana 0", { seq: 2, messageId: "other" });
    expect(ledger.issues.map(({ kind, message_id }) => [kind, message_id])).toEqual([
      ["duplicated", "other"],
      ["reordered", "other"],
    ]);
    // Another device of hers is another line of messages.
    ledger.confirm("ana 1", { seq: 4, messageId: "m4" });
    expect(ledger.issues.length).toBe(2);
  });

  test("what the history has not, has elsewhere, or has in another order", () => {
    const all = Array.from({ length: 5 }, (_, i) => ({ id: `m${i + 1}`, seq: i + 1 }));
    const compared = (messages: typeof all) => {
      const ledger = ledgerOf(5);
      const { unconfirmed } = ledger.compare([
        { userId: "ana", messages: all },
        { userId: "ben", messages },
      ]);
      return [unconfirmed, ledger.issues.map(({ kind, message_id, user_id }) => [kind, message_id, user_id])];
    };
    expect(compared(all)).toEqual([0, []]);
    expect(compared(all.slice(0, 4))).toEqual([0, [["lost", "m5", "ben"]]]);
    expect(compared(all.with(1, { id: "x", seq: 2 }))).toEqual([0, [["history", "m2", "ben"]]]);
    expect(compared([...all.slice(0, 2), ...all.slice(3)])).toEqual([
      0,
      [
        ["history", "m4", "ben"],
        ["lost", "m3", "ben"],
      ],
    ]);
    const ledger = ledgerOf(4);
    expect(ledger.compare([{ userId: "ana", messages: all }]).unconfirmed).toBe(1);
    expect(ledger.issues).toEqual([]);
  });
});

test("after a close nothing more is owed, what was before still is", () => {
  const ledger = ledgerOf(5, (_, place, seq) => !(place === 2 && seq === 5));
  ledger.close();
  ledger.confirm("ana 0", { seq: 6, messageId: "m6" });
  ledger.close();
  expect(ledger.settle()).toMatchObject([{ kind: "lost", message_id: "m5" }]);
});

test("any shuffle, repetition and loss is counted right", () => {
  const arrivals = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 20 });
  fc.assert(
    fc.property(arrivals, (order) => {
      const ledger = new Ledger("c", [{ userId: "ana", device: 1 }]);
      for (let seq = 1; seq <= 8; seq++) ledger.confirm("x", { seq, messageId: `m${seq}` });
      for (const seq of order) ledger.receive(0, { seq, messageId: `m${seq}` });
      const seen = new Set(order);
      expect(ledger.deliveredCount).toBe(seen.size);
      const kinds = ledger.settle().map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "lost").length).toBe(8 - seen.size);
      expect(kinds.filter((kind) => kind === "duplicated").length).toBe(order.length - seen.size);
      const late = [...seen].filter((seq) => order.slice(0, order.indexOf(seq)).some((other) => other > seq));
      expect(kinds.filter((kind) => kind === "reordered").length).toBe(late.length);
    }),
  );
});

describe("a database that was put back to an earlier point", () => {
  /** Five messages everywhere; the database goes back to what it held at `kept`, and all devices hear of it. */
  function restored(kept: number): Ledger {
    const ledger = ledgerOf(5);
    const history = Array.from({ length: kept }, (_, i) => ({ seq: i + 1 }));
    for (const place of PLACES.keys()) ledger.resync(place);
    for (const place of PLACES.keys()) ledger.load(place, history);
    return ledger;
  }
  const historyOf = (...ids: string[]) => [
    { userId: "ana", messages: ids.map((id, i) => ({ id, seq: i + 1 })) },
  ];

  test("what was confirmed after it is rolled back, and its positions are given anew", () => {
    const ledger = restored(3);
    for (const place of PLACES.keys()) ledger.receive(place, { seq: 4, messageId: "n4" });
    ledger.confirm("ana 0", { seq: 4, messageId: "n4" });
    expect(ledger.compare(historyOf("m1", "m2", "m3", "n4"))).toEqual({
      unconfirmed: 0,
      rolledBack: 2,
      rolledBackFrom: expect.any(Number),
    });
    expect(ledger.settle()).toEqual([]);
  });

  test("what is missing before something that it has is lost", () => {
    const ledger = restored(5);
    ledger.compare(historyOf("m1", "other", "m3", "m4", "m5"));
    expect(ledger.settle()).toMatchObject([{ kind: "lost", message_id: "m2" }]);
  });

  test("what a device loaded may come once more as an event, not twice", () => {
    const ledger = restored(3);
    ledger.receive(0, { seq: 3, messageId: "m3" });
    expect(ledger.settle()).toEqual([]);
    ledger.receive(0, { seq: 3, messageId: "m3" });
    expect(ledger.settle()).toMatchObject([{ kind: "duplicated", seq: 3 }]);
  });

  test("what comes afterwards is owed to every device, as before", () => {
    const ledger = restored(3);
    ledger.receive(0, { seq: 4, messageId: "n4" });
    ledger.confirm("ana 0", { seq: 4, messageId: "n4" });
    expect(ledger.isComplete).toBe(false);
    expect(ledger.settle()).toMatchObject([
      { kind: "lost", message_id: "n4", user_id: "ana", device: 2 },
      { kind: "lost", message_id: "n4", user_id: "ben", device: 1 },
    ]);
  });
});
