/** Ctrl-C at a question, whoever else listens for it. @module */
import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { requireName, requireYes } from "./confirm.ts";
import { aborted, Interrupted, interruptible } from "./interrupt.ts";

function terminal() {
  const asked = Promise.withResolvers<void>();
  const signals = Object.assign(new EventEmitter(), { exit: () => {} });
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  return { io: { signals, stdin, stderr: { write: () => asked.resolve() } }, asked: asked.promise };
}

const QUESTION = { action: "drop the database", name: "vibes", confirm: undefined };

test.each([
  ["a name", (io: ReturnType<typeof terminal>["io"]) => requireName(io, QUESTION)],
  ["yes or no", (io: ReturnType<typeof terminal>["io"]) => requireYes(io, {}, "Remove them?")],
])("%s: one Ctrl-C ends it at once, with the signal's code", async (_, ask) => {
  const { io, asked } = terminal();
  const answer = ask(io).catch((error: unknown) => error);
  await asked;
  io.signals.emit("SIGINT");
  expect(await answer).toMatchObject({ exitCode: 130, message: "Interrupted: nothing was done" });
  expect(io.signals.listenerCount("SIGINT")).toBe(0);
});

test("also inside of work that has a safe way to stop", async () => {
  const { io, asked } = terminal();
  const work = interruptible(io, async (signal) => {
    await requireYes(io, {}, "Remove them?");
    await aborted(signal);
  }).catch((error: unknown) => error);
  await asked;
  io.signals.emit("SIGTERM");
  const error = await work;
  expect(error).toBeInstanceOf(Interrupted);
  expect(error).toMatchObject({ exitCode: 143 });
});

test("an answer is taken, and nothing listens any more", async () => {
  const { io, asked } = terminal();
  const answer = requireName(io, QUESTION);
  await asked;
  io.stdin.write("vibes\n");
  await answer;
  expect(io.signals.listenerCount("SIGINT")).toBe(0);
});
