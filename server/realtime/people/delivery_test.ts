/** Delivery alone, step by step: a log that a test writes, hints that come when and how they like. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { eventually } from "../../../test/harness/eventually.ts";
import { openFakeSocket } from "../../../test/harness/fake_socket.ts";
import { createMemoryBackplane } from "../../backplane/mod.ts";
import { AppError } from "../../protocol/errors.ts";
import { Counters } from "../stats/counters.ts";
import { Delivery } from "./delivery.ts";
import { Phase } from "./member.ts";
import { Members } from "./members.ts";
import { PersonEvent } from "./person_event.ts";
import { type LogPage, type ReadLog, Replay } from "./replay.ts";
import { learnRelation } from "./visibility.ts";

function setUp({ readLog }: { readLog?: (since: number) => Promise<LogPage> } = {}) {
  const counters = new Counters();
  const { bus } = createMemoryBackplane();
  const members = new Members(bus, counters);
  let length = 0;
  let hidden: (seq: number) => boolean = () => false;
  let reads = 0;
  const fromLog: ReadLog = async (_, { since, limit }) => {
    reads++;
    if (readLog) return await readLog(since);
    await Promise.resolve();
    const last = Math.min(length, since + limit);
    const seqs = Array.from({ length: Math.max(0, last - since) }, (_, i) => since + 1 + i);
    return {
      events: seqs
        .filter((seq) => !hidden(seq))
        .map((seq) => ({ seq, event: "match_removed", data: { n: seq } })),
      seq: last,
      hasMore: last < length,
      resyncRequired: false,
    };
  };
  const errors: unknown[] = [];
  const onEvent = learnRelation;
  const replay = new Replay({
    readLog: fromLog,
    counters,
    onEvent,
    onCaughtUp: () => {},
    onError: (error) => errors.push(error),
  });
  const delivery = new Delivery({ replay, counters, onEvent });
  const open = (seq: number, phase: Phase = Phase.Live) => {
    const fake = openFakeSocket();
    const member = members.join(fake.connection, "ann");
    fake.connection.seq = seq;
    fake.connection.phase = phase;
    return { ...fake, fake, member, seqs: () => fake.frames.flatMap(({ seq: at }) => at ?? []) };
  };
  return {
    delivery,
    counters,
    errors,
    open,
    hide: (test: typeof hidden) => {
      hidden = test;
    },
    grow: (to: number) => {
      length = to;
    },
    reads: () => reads,
  };
}

const frame = (seq: number) => new PersonEvent("match_removed", { seq, data: { n: seq } });
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test("the next frame goes out at once, an old one not at all, and nobody reads the log", () => {
  const { delivery, open, reads } = setUp();
  const { member, seqs } = open(0);
  for (const seq of [1, 2, 2, 1, 3]) delivery.deliver(member, frame(seq));
  expect(seqs()).toEqual([1, 2, 3]);
  expect(reads()).toBe(0);
});

test("frames that overtake each other by little are put in order without the log", async () => {
  const { delivery, open, grow, reads } = setUp();
  grow(5);
  const { member, seqs } = open(0);
  for (const seq of [2, 4, 3, 1, 5]) delivery.deliver(member, frame(seq));
  expect(seqs()).toEqual(upTo(5));
  await Bun.sleep(40);
  expect(reads()).toBe(0);
});

test("whatever hints come, in whatever order, however often: the log, in order, once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.nat(39), { maxLength: 80 }),
      fc.array(fc.nat(40), { minLength: 1, maxLength: 3 }),
      async (length, hints, starts) => {
        const { delivery, open, grow } = setUp();
        grow(length);
        const sockets = starts.map((start) => ({ start: start % length, ...open(start % length) }));
        const { member } = sockets[0]!;
        for (const hint of hints) delivery.deliver(member, frame(1 + (hint % length)));
        delivery.learnHead(member, length);
        await eventually(() => sockets.every(({ connection }) => connection.seq === length));
        for (const { seqs, start } of sockets) expect(seqs()).toEqual(upTo(length).slice(start));
      },
    ),
    { numRuns: 60 },
  );
});

test("a replay is not live before it has read everything that it was told of meanwhile", async () => {
  const gates: ((page: LogPage) => void)[] = [];
  const { delivery, open } = setUp({
    readLog: () => new Promise((resolve) => gates.push(resolve)),
  });
  const { member, connection, frames } = open(0, Phase.Replaying);
  void delivery.catchUp(connection, { announce: true });
  const page = (from: number, to: number): LogPage => ({
    events: upTo(to)
      .slice(from)
      .map((seq) => ({ seq, event: "match_removed", data: {} })),
    seq: to,
    hasMore: false,
    resyncRequired: false,
  });
  await eventually(() => gates.length === 1);
  delivery.deliver(member, frame(3));
  expect(frames).toEqual([]);
  gates[0]!(page(0, 2));
  await eventually(() => gates.length === 2);
  expect(connection.phase).toBe(Phase.Replaying);
  gates[1]!(page(2, 3));
  await eventually(() => connection.phase === Phase.Live);
  expect(frames.map(({ event, seq, data }) => [event, seq ?? data.seq])).toEqual([
    ["match_removed", 1],
    ["match_removed", 2],
    ["match_removed", 3],
    ["caught_up", 3],
  ]);
  delivery.deliver(member, frame(4));
  expect(frames.at(-1).seq).toBe(4);
});

test("a hint that the log never bears out does not keep a socket from going live", async () => {
  const { delivery, open, grow } = setUp();
  grow(2);
  const { member, connection } = open(0, Phase.Replaying);
  member.head = 9;
  await delivery.catchUp(connection, { announce: true });
  expect(connection.phase).toBe(Phase.Live);
  expect(member.head).toBe(2);
});

test("hidden events leave no frame and no gap, live and in a replay", async () => {
  const { delivery, open, grow, hide } = setUp();
  hide((seq) => seq % 2 === 0);
  grow(6);
  const { connection, seqs, member } = open(0, Phase.Replaying);
  await delivery.catchUp(connection, { announce: false });
  expect(seqs()).toEqual([1, 3, 5]);
  expect(connection.seq).toBe(6);
  const blocked = { conversation_id: "c", user_id: "eve", status: "blocked" };
  delivery.deliver(member, new PersonEvent("conversation_updated", { seq: 7, data: blocked }));
  const from = (seq: number, sender_id: string) =>
    new PersonEvent("new_message", { seq, data: { sender_id } });
  delivery.deliver(member, from(8, "eve"));
  delivery.deliver(member, from(9, "bob"));
  expect(seqs()).toEqual([1, 3, 5, 7, 9]);
});

test("a replay waits for its reader and does not pile up", async () => {
  const { delivery, open, grow } = setUp();
  grow(1_000);
  const { fake, connection, frames } = open(0, Phase.Replaying);
  fake.buffered = 300 * 1024;
  const replay = delivery.catchUp(connection, { announce: true });
  await Bun.sleep(20);
  expect(frames.length).toBe(1);
  fake.buffered = 0;
  connection.drained();
  await replay;
  expect(connection.seq).toBe(1_000);
});

test("a database that is away is asked again; a socket that closed meanwhile is left alone", async () => {
  let fail = true;
  const { delivery, open, errors } = setUp({
    readLog: async (since) => {
      if (fail) throw new AppError("SERVICE_UNAVAILABLE");
      return { events: [], seq: since, hasMore: false, resyncRequired: false };
    },
  });
  const [stays, leaves] = [open(0, Phase.Replaying), open(0, Phase.Replaying)];
  const replays = [stays, leaves].map(({ connection }) => delivery.catchUp(connection, { announce: true }));
  await eventually(() => errors.length === 2);
  leaves.connection.close("GOING_AWAY");
  fail = false;
  await Promise.all(replays);
  expect(stays.connection.phase).toBe(Phase.Live);
  expect(leaves.frames).toEqual([]);
});

test("a failure that would only repeat itself is not tried again: the socket closes with 4013", async () => {
  for (const failure of [new Error("bigint out of range"), new AppError("VALIDATION_ERROR")]) {
    let reads = 0;
    const { delivery, open, errors, grow } = setUp({
      readLog: () => {
        reads++;
        return Promise.reject(failure);
      },
    });
    const [replaying, live] = [open(0, Phase.Replaying), open(0)];
    await delivery.catchUp(replaying.connection, { announce: true });
    expect([replaying.fake.code, reads]).toEqual([4013, 1]);
    // The same where a live socket has a gap to fill.
    grow(2);
    delivery.learnHead(live.member, 2);
    await eventually(() => live.fake.code !== undefined);
    expect([live.fake.code, reads]).toEqual([4013, 2]);
    expect(errors).toEqual([failure, failure]);
  }
});
