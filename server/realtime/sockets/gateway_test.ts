/** The queue of one socket and the drain, with a receiver that answers when the test wants it to. */
import { expect, test } from "bun:test";
import { eventually } from "../../../test/harness/eventually.ts";
import { openFakeSocket } from "../../../test/harness/fake_socket.ts";
import { createMemoryBackplane } from "../../backplane/mod.ts";
import type { Rate } from "../../domain/limits.ts";
import { Member } from "../people/member.ts";
import { Members } from "../people/members.ts";
import { Counters } from "../stats/counters.ts";
import type { Connection } from "./connection.ts";
import { FloodGuard } from "./flood_guard.ts";
import { Gateway } from "./gateway.ts";

function setUp({
  maxBurst = null,
  perUser = null,
}: {
  maxBurst?: number | null;
  perUser?: Rate | null;
} = {}) {
  const running: { frame: string; finish: () => void }[] = [];
  const counters = new Counters();
  const nothing = () => {};
  const parts = {
    admission: { release: nothing },
    presence: { disconnected: async () => {} },
    pulse: { opened: nothing, closed: nothing },
    receiver: {
      answered: nothing,
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
    floodGuard: new FloodGuard({ maxBurst, perUser }),
    onError: (error) => {
      throw error;
    },
    now: Date.now,
  });
  const handlers = gateway.handlers();
  const open = () => {
    const fake = openFakeSocket((connection) => handlers.close!({ data: connection } as never, 0, ""));
    const ws = Object.assign(fake.connection.ws!, { data: fake.connection });
    handlers.open!(ws);
    return {
      fake,
      say: (frame: string | Buffer<ArrayBuffer>) => handlers.message!(ws, frame),
      ping: () => handlers.ping!(ws, Buffer.alloc(0)),
      pong: () => handlers.pong!(ws, Buffer.alloc(0)),
      /** The client closes. */
      end: (code: number) => handlers.close!(ws, code, ""),
    };
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
  const { fake, say } = open();
  for (let i = 0; i < 65; i++) say(`${i}`);
  expect(fake.code).toBeUndefined();
  say("one too many");
  expect(fake.code).toBe(4029);
  expect(fake.connection.queue).toBeNull();
  expect(running).toHaveLength(1);
  expect(counters.open).toBe(0);
});

test("binary is refused, a burst is a flood", () => {
  const { open } = setUp({ maxBurst: 3 });
  const [binary, burst] = [open(), open()];
  binary.say(Buffer.from("{}"));
  expect(binary.fake.code).toBe(4507);
  for (let i = 0; i < 8; i++) burst.say("{}");
  expect(burst.fake.code).toBe(4029);
});

test("a drain closes who is idle at once, who is busy when what waits is done, and takes nothing new", async () => {
  const { gateway, open, running } = setUp();
  const [idle, busy] = [open(), open()];
  busy.say("first");
  busy.say("second");
  const drained = gateway.drain({ withinMs: 5_000 });
  expect([idle.fake.code, busy.fake.code]).toEqual([4000, undefined]);
  busy.say("too late");
  running[0]!.finish();
  await eventually(() => running.length === 2);
  expect(busy.fake.code).toBeUndefined();
  running[1]!.finish();
  await drained;
  expect(busy.fake.code).toBe(4000);
  expect(running.map(({ frame }) => frame)).toEqual(["first", "second"]);
});

test("a drain does not wait for ever, and a socket that opens meanwhile is sent away", async () => {
  const { gateway, open } = setUp();
  const stuck = open();
  stuck.say("never ends");
  const drained = gateway.drain({ withinMs: 20 });
  expect(open().fake.code).toBe(4000);
  await drained;
  expect(stuck.fake.code).toBe(4000);
});

test("pings and pongs count like messages, for their socket and for all sockets of one person", () => {
  const { open } = setUp({ maxBurst: 3 });
  for (const kind of ["ping", "pong"] as const) {
    const client = open();
    for (let i = 0; i < 8; i++) client[kind]();
    expect([kind, client.fake.code]).toEqual([kind, 4029]);
  }
  const limited = setUp({ perUser: { points: 9, seconds: 60 } });
  const [one, two, other] = [limited.open(), limited.open(), limited.open()];
  for (const { fake } of [one, two]) fake.connection.member = new Member("ann");
  other.fake.connection.member = new Member("bob");
  for (let i = 0; i < 5; i++) one.ping();
  for (let i = 0; i < 4; i++) two.pong();
  for (let i = 0; i < 9; i++) other.ping();
  expect([one, two, other].map(({ fake }) => fake.code)).toEqual([undefined, undefined, undefined]);
  two.ping();
  expect([one, two, other].map(({ fake }) => fake.code)).toEqual([undefined, 4029, undefined]);
});

test.each([1000, 1001, 1005, 4242])(
  "what came before a client's close with %i is carried out",
  async (code) => {
    const { open, running, counters } = setUp();
    const { say, end, fake } = open();
    for (const frame of ["1", "2", "3"]) say(frame);
    end(code);
    expect([running.length, fake.connection.closed, counters.open]).toEqual([1, false, 1]);
    for (let i = 0; i < 3; i++) {
      await eventually(() => running.length === i + 1);
      running[i]!.finish();
    }
    await eventually(() => counters.open === 0);
    expect(running.map(({ frame }) => frame)).toEqual(["1", "2", "3"]);
    expect(counters.closes).toEqual({ [code === 4242 ? 0 : code]: 1 });
  },
);

test("what came before a lost connection or a close of the server is not", async () => {
  const { open, running, counters } = setUp();
  const [lost, ended, revoked] = [open(), open(), open()];
  for (const { say } of [lost, ended, revoked]) for (const frame of ["1", "2", "3"]) say(frame);
  lost.end(1006);
  ended.fake.connection.close("LOGGED_OUT");
  // The session ends while the frames of a client that has left are being carried out.
  revoked.end(1000);
  revoked.fake.connection.close("LOGGED_OUT");
  for (const { finish } of running) finish();
  await eventually(() => counters.open === 0);
  expect(running).toHaveLength(3);
});
