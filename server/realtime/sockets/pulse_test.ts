/** Heartbeats and deadlines by a clock that the test turns. */
import { expect, test } from "bun:test";
import { type FakeSocket, openFakeSocket } from "../../../test/harness/fake_socket.ts";
import { Phase } from "../people/member.ts";
import { Pulse } from "./pulse.ts";

const START = 1_000_000_000_000;

function setUp() {
  let now = START;
  const pulse = new Pulse(now);
  return {
    pulse,
    now: () => now,
    /** Second by second, as the timer does. */
    run(seconds: number, each: () => void = () => {}) {
      for (let i = 0; i < seconds; i++) {
        now += 1_000;
        each();
        pulse.turn(now);
      }
    },
    jump(seconds: number) {
      now += seconds * 1_000;
      pulse.turn(now);
    },
    open(phase: Phase = Phase.Live): FakeSocket {
      const fake = openFakeSocket((connection) => pulse.closed(connection));
      pulse.opened(fake.connection, now);
      fake.connection.phase = phase;
      if (phase === Phase.New) return fake;
      fake.connection.expiresAt = now + 3_600_000;
      pulse.entered(fake.connection, now);
      return fake;
    },
  };
}

test("who never authenticates is closed after ten seconds, who is being let in is not", () => {
  const { open, run } = setUp();
  const [silent, joining] = [open(Phase.New), open(Phase.New)];
  joining.connection.phase = Phase.Joining;
  run(9);
  expect(silent.code).toBeUndefined();
  run(2);
  expect([silent.code, joining.code]).toEqual([4011, undefined]);
});

test("a ping every 25 s; no answer within 10 s closes; anything that comes in is an answer", () => {
  const { open, run, now } = setUp();
  const [dead, alive] = [open(), open()];
  run(300, () => {
    if (alive.connection.unanswered) alive.connection.heard(now());
  });
  expect(alive.code).toBeUndefined();
  expect(alive.pings).toBeWithin(11, 14);
  expect(dead).toMatchObject({ code: 4010, pings: 1 });
});

test("after a standstill of ours nobody is blamed for not having answered", () => {
  const { open, run, jump } = setUp();
  const late = open();
  // The first ping comes after 15 to 25 s, by chance.
  while (late.pings === 0) run(1);
  jump(120);
  expect(late).toMatchObject({ code: undefined, pings: 2 });
  run(11);
  expect(late.code).toBe(4010);
});

test("the end of a token is announced a minute before, and once", () => {
  const { open, run, now } = setUp();
  const fake = open();
  const answer = () => {
    fake.connection.heard(now());
  };
  run(3_538, answer);
  expect(fake.frames).toEqual([]);
  run(4, answer);
  expect(fake.frames).toEqual([
    { event: "token_expiring", data: { expires_at: new Date(START + 3_600_000).toISOString() } },
  ]);
  run(60, answer);
  expect(fake).toMatchObject({ code: 4501 });
  expect(fake.frames).toHaveLength(1);
});

test("a closed socket is forgotten", () => {
  const { open, run, pulse } = setUp();
  const fake = open();
  fake.connection.close("GOING_AWAY");
  run(120);
  expect(fake.pings).toBe(0);
  expect(pulse.size).toBe(0);
});

test("a socket that says nothing after authenticating is not closed for a ping that was never sent", () => {
  // The first ping is at a random moment: enough sockets to meet every one of them, also after a slow authentication.
  const { pulse, now, run } = setUp();
  const sockets = Array.from({ length: 2_000 }, () => {
    const fake = openFakeSocket((connection) => pulse.closed(connection));
    pulse.opened(fake.connection, now());
    return fake;
  });
  run(3);
  for (const { connection } of sockets) {
    connection.expiresAt = now() + 3_600_000;
    connection.phase = Phase.Live;
    pulse.entered(connection, now());
  }
  run(40, () => {
    for (const { pings, code, connection } of sockets) {
      if (pings > 0) connection.heard(now());
      else expect(code).toBeUndefined();
    }
  });
  expect(sockets.filter(({ code }) => code !== undefined)).toEqual([]);
  expect(sockets.every(({ pings }) => pings > 0)).toBe(true);
});

test("a clock that is set back makes no answer late", () => {
  const { open, run, now } = setUp();
  const fake = open();
  while (fake.pings === 0) run(1);
  fake.connection.heard(now() - 60_000);
  run(12);
  expect(fake.code).toBeUndefined();
});

test("the end of a token is watched from the first second", () => {
  const { pulse, run, now } = setUp();
  const fake = openFakeSocket((connection) => pulse.closed(connection));
  pulse.opened(fake.connection, now());
  // As the receiver does it: the phase is still Joining.
  fake.connection.phase = Phase.Joining;
  fake.connection.expiresAt = now() + 4_000;
  pulse.entered(fake.connection, now());
  fake.connection.phase = Phase.Live;
  run(1);
  expect(fake.frames.map(({ event }) => event)).toEqual(["token_expiring"]);
  run(3);
  expect(fake.code).toBe(4501);
});
