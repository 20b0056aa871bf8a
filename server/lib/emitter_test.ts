import { expect, test } from "bun:test";
import { Emitter } from "./emitter.ts";

test("every listener is told, until it unsubscribes", () => {
  const emitter = new Emitter<string>();
  const heard: string[] = [];
  const stop = emitter.subscribe((event) => heard.push(`a ${event}`));
  emitter.subscribe((event) => heard.push(`b ${event}`));
  emitter.publish("one");
  stop();
  emitter.publish("two");
  expect(heard).toEqual(["a one", "b one", "b two"]);
});

test("a listener that throws is reported, and the others are told", () => {
  const [problems, heard]: [unknown[], string[]] = [[], []];
  const emitter = new Emitter<string>((error) => problems.push(error));
  emitter.subscribe(() => {
    throw new Error("broken");
  });
  emitter.subscribe((event) => heard.push(event));
  emitter.publish("one");
  expect([problems.length, heard]).toEqual([1, ["one"]]);
});
