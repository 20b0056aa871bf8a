/** The first signal asks to stop; the copy of it that a wrapper passes on is not a second one. @module */
import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { aborted, interruptible } from "./interrupt.ts";

test("Ctrl-C under npx or bun run arrives twice, and ends nothing at once", async () => {
  const exits: number[] = [];
  const signals = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  const running = interruptible({ signals }, (signal) => aborted(signal).then(() => "stopped in order"));
  signals.emit("SIGINT");
  signals.emit("SIGINT");
  expect(await running).toBe("stopped in order");
  expect(exits).toEqual([]);
  expect(signals.listenerCount("SIGINT")).toBe(0);
});
