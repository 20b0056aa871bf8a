/** The queue of one socket and the drain, with a receiver that answers when the test wants it to. */
import { expect, test } from "bun:test";
import { eventually } from "../../../test/harness/eventually.ts";
import { stubSocket } from "../../../test/harness/fake_socket.ts";
import { createMemoryBackplane } from "../../backplane/mod.ts";
import { Members } from "../people/members.ts";
import { Counters } from "../stats/counters.ts";
import type { Connection } from "./connection.ts";
import { Gateway } from "./gateway.ts";

function setUp({ maxBurst = null }: { maxBurst?: number | null } = {}) {
  const running: { frame: string; finish: () => void }[] = [];
  const counters = new Counters();
  const nothing = () => {};
  const parts = {
    admission: { release: nothing },
    presence: { disconnected: async () => {} },
    pulse: { opened: nothing, closed: nothing },
    receiver: {
      greet: () => undefined,
      refuse: (connection: Connection) => connection.close("PROTOCOL_ERROR"),
      handle: (_: Connection, frame: string) =>
        new Promise<void>((finish) => running.push({ frame, finish })),
    },
    staff: { left: nothing },
    typing: { left: nothing },
  };
  const gateway = new Gateway({
    ...(parts as never as ConstructorParameters<typeof Gateway>[0]),
    counters,
    members: new Members(createMemoryBackplane().bus, counters),
    maxBurst,
    onError: (error) => {
      throw error;
    },
    now: Date.now,
  });
  const handlers = gateway.handlers();
  const open = () => {
    const stub = stubSocket((connection) => handlers.close!({ data: connection } as never, 0, ""));
    const ws = Object.assign(stub.connection.ws!, { data: stub.connection });
    handlers.open!(ws);
    return { stub, say: (frame: string | Buffer<ArrayBuffer>) => handlers.message!(ws, frame) };
  };
  return { gateway, counters, running, open };
}

test("one frame at a time, in order; other sockets do not wait", async () => {
  const { open, running } = setUp();
  const [one, two] = [open(), open()];
  for (const frame of ["1", "2", "3"]) one.say(frame);
  two.say("other");
  expect(running.map(({ frame }) => frame)).toEqual(["1", "other"]);
  running[0]!.finish();
  await eventually(() => running.length === 3);
  expect(running[2]!.frame).toBe("2");
  running[2]!.finish();
  await eventually(() => running.length === 4);
  expect(running[3]!.frame).toBe("3");
});

test("64 frames may wait; one more and the socket is closed, its queue with it", () => {
  const { open, running, counters } = setUp();
  const { stub, say } = open();
  for (let i = 0; i < 65; i++) say(`${i}`);
  expect(stub.code).toBeUndefined();
  say("one too many");
  expect(stub.code).toBe(4029);
  expect(stub.connection.queue).toBeNull();
  expect(running).toHaveLength(1);
  expect(counters.open).toBe(0);
});

test("binary is refused, a burst is a flood", () => {
  const { open } = setUp({ maxBurst: 3 });
  const [binary, burst] = [open(), open()];
  binary.say(Buffer.from("{}"));
  expect(binary.stub.code).toBe(4507);
  for (let i = 0; i < 8; i++) burst.say("{}");
  expect(burst.stub.code).toBe(4029);
});

test("a drain closes who is idle at once, who is busy when what waits is done, and takes nothing new", async () => {
  const { gateway, open, running } = setUp();
  const [idle, busy] = [open(), open()];
  busy.say("first");
  busy.say("second");
  const drained = gateway.drain({ withinMs: 5_000 });
  expect([idle.stub.code, busy.stub.code]).toEqual([4000, undefined]);
  busy.say("too late");
  running[0]!.finish();
  await eventually(() => running.length === 2);
  expect(busy.stub.code).toBeUndefined();
  running[1]!.finish();
  await drained;
  expect(busy.stub.code).toBe(4000);
  expect(running.map(({ frame }) => frame)).toEqual(["first", "second"]);
});

test("a drain does not wait for ever, and a socket that opens meanwhile is sent away", async () => {
  const { gateway, open } = setUp();
  const stuck = open();
  stuck.say("never ends");
  const drained = gateway.drain({ withinMs: 20 });
  expect(open().stub.code).toBe(4000);
  await drained;
  expect(stuck.stub.code).toBe(4000);
});
