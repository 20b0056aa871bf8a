import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Due, Wheel } from "./wheel.ts";

interface Item extends Due {
  readonly name: string;
}
const item = (name: string): Item => ({ name, due: 0 });

function turned(wheel: Wheel<Item>, second: number): string[] {
  const fired: string[] = [];
  wheel.turn(second, ({ name }) => fired.push(name));
  return fired;
}

test("items fire once, in the second they wait for", () => {
  const wheel = new Wheel<Item>(100);
  const [a, b, c] = [item("a"), item("b"), item("c")];
  wheel.schedule(a, 103);
  wheel.schedule(b, 101);
  wheel.schedule(c, 103);
  wheel.schedule(c, 102);
  expect(turned(wheel, 101)).toEqual(["b"]);
  expect(turned(wheel, 110)).toEqual(["c", "a"]);
  expect(turned(wheel, 200)).toEqual([]);
  expect(wheel.size).toBe(0);
});

test("the past means the next turn; a cancelled or rescheduled item keeps quiet", () => {
  const wheel = new Wheel<Item>(100);
  const [late, gone] = [item("late"), item("gone")];
  wheel.schedule(late, 3);
  wheel.schedule(gone, 101);
  wheel.cancel(gone);
  wheel.cancel(gone);
  expect(turned(wheel, 101)).toEqual(["late"]);
});

test("while it fires, an item may schedule itself again or cancel another of the same second", () => {
  const wheel = new Wheel<Item>(0);
  const [a, b] = [item("a"), item("b")];
  wheel.schedule(a, 1);
  wheel.schedule(b, 1);
  const fired: string[] = [];
  const fire = (due: Item) => {
    fired.push(`${due.name}`);
    if (due === a) wheel.cancel(b);
    if (fired.length < 3) wheel.schedule(due, 0);
  };
  for (let second = 1; second < 6; second++) wheel.turn(second, fire);
  expect(fired).toEqual(["a", "a", "a"]);
});

test("it agrees with a sorted list, and holds nothing that is over", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(40))), (plan) => {
      const wheel = new Wheel<Item>(0);
      const items = Array.from({ length: 21 }, (_, i) => item(String(i)));
      const wanted = new Map<number, number>();
      for (const [who, when] of plan) {
        wheel.schedule(items[who]!, when);
        wanted.set(who, Math.max(1, when));
      }
      for (let second = 1; second <= 41; second++) {
        const fired = turned(wheel, second).sort();
        const expected = [...wanted].filter(([, when]) => when === second).map(([who]) => String(who));
        if (JSON.stringify(fired) !== JSON.stringify(expected.sort())) return false;
      }
      return wheel.size === 0;
    }),
  );
});
