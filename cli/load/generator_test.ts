/** A generator against a server that keeps the contract, and against one that breaks it. */
import { afterEach, expect, test } from "bun:test";
import { type Fault, FaultyServer, type Point } from "../../test/harness/faulty_server.ts";
import { Generator } from "./generator.ts";
import type { Plan } from "./plan.ts";
import { Merged } from "./recorder.ts";
import type { Model, Outcome, RecordSlice } from "./report_shape.ts";

const servers: FaultyServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const OPEN: Model = { kind: "open", stages: [{ durationMs: 400, from: 100, to: 100 }], arrivals: "even" };

interface Run extends Outcome {
  readonly slices: readonly RecordSlice[];
  readonly server: FaultyServer;
}

interface Setting {
  readonly plan?: Partial<Plan>;
  readonly script?: (point: Point, nth: number) => Fault | undefined;
  readonly during?: (server: FaultyServer, generator: Generator) => void;
}

/** Two pairs of people, 40 messages in 0.4 s. */
async function run({ plan, script, during }: Setting = {}): Promise<Run> {
  const server = new FaultyServer(script);
  servers.push(server);
  const ids = ["ana", "ben", "cleo", "dan"];
  const slices: RecordSlice[] = [];
  const generator = new Generator({
    plan: {
      runId: "test",
      scenario: "chat-pairs",
      url: server.url,
      model: OPEN,
      main: "delivery",
      users: 4,
      devices: 1,
      size: 40,
      workers: 1,
      verify: false,
      seed: 1,
      maxLagMs: 1_000,
      minRate: 95,
      warmupMs: 0,
      drainMs: 500,
      ...plan,
    },
    population: {
      people: ids.map((id) => ({ id, token: id })),
      links: [
        { id: "ana+ben", a: 0, b: 1 },
        { id: "cleo+dan", a: 2, b: 3 },
      ],
    },
    share: { index: 0, of: 1 },
    onSlice: (slice) => slices.push(slice),
  });
  await generator.prepare();
  const running = generator.run();
  during?.(server, generator);
  return { ...(await running), slices, server };
}

test("every message is sent when it is due, confirmed, delivered, timed", async () => {
  const { records, issues, server, slices } = await run({ plan: { devices: 2 } });
  expect(records.counts).toMatchObject({
    due: 40,
    started: 40,
    done: 40,
    sent: 40,
    acked: 40,
    delivered: 40,
    connects: 8,
  });
  expect([records.errors, issues]).toEqual([{}, []]);
  expect(server.stored.length).toBe(40);
  const senders = new Set(server.stored.map(({ sender_id }) => sender_id));
  expect(senders.size).toBe(4);
  // On both devices of the receiver.
  expect(new Merged().add(records.latencies.delivery).count).toBe(80);
  expect(new Merged().add(records.latencies.ack).count).toBe(40);
  expect(slices.reduce((sum, { counts }) => sum + (counts.acked ?? 0), 0)).toBe(40);
});

test("a message that never comes is lost, by name; one that comes twice is a duplicate", async () => {
  const lost = await run({
    script: (point, nth) => (point === "live" && nth === 20 ? { kind: "lose" } : undefined),
  });
  expect(lost.records.counts).toMatchObject({ acked: 40, delivered: 39, lost: 1 });
  expect(lost.issues).toMatchObject([
    { kind: "lost", message_id: "m21", conversation_id: expect.any(String) },
  ]);
  const twice = await run({
    script: (point, nth) => (point === "live" && nth === 20 ? { kind: "repeat" } : undefined),
  });
  expect(twice.records.counts).toMatchObject({ delivered: 40, duplicated: 1 });
  expect(twice.issues).toMatchObject([{ kind: "duplicated", message_id: "m21" }]);
});

test("a server that stands still shows as latency of everything that was due meanwhile", async () => {
  const { records } = await run({
    during(server) {
      server.hold();
      setTimeout(() => server.release(), 350);
    },
    plan: { drainMs: 2_000 },
  });
  expect(records.counts).toMatchObject({ due: 40, acked: 40, delivered: 40 });
  const ack = new Merged().add(records.latencies.ack);
  expect(ack.percentile(100)).toBeGreaterThan(300);
  // Those in the middle of the pause waited for half of it: they are not left out.
  expect(ack.percentile(50)).toBeGreaterThan(120);
});

test("the longest time without a confirmation is told, also when it is the last one", async () => {
  const { records } = await run({
    during(server) {
      setTimeout(() => server.hold(), 60);
      setTimeout(() => server.release(), 260);
    },
    plan: { drainMs: 2_000 },
  });
  const silence = new Merged().add(records.latencies.silence);
  expect(silence.percentile(100)).toBeWithin(150, 400);
  expect(silence.count).toBe(40);
  expect(new Merged().add(records.latencies.spread).count).toBe(40);
  const dead = await run({ during: (server) => void setTimeout(() => server.hold(), 100) });
  expect(new Merged().add(dead.records.latencies.silence).percentile(100)).toBeGreaterThan(250);
});

test("somebody who never left and is called offline is a flicker, on each device that is told", async () => {
  const { records } = await run({
    plan: { devices: 2 },
    during: (server) =>
      void setTimeout(() => {
        const data = { user_id: "ben", last_active: "2026-01-15T10:35:00Z" };
        server.say("ana", JSON.stringify({ event: "user_offline", data }));
        server.say("ana", JSON.stringify({ event: "user_offline", data: { ...data, user_id: "nobody" } }));
      }, 100),
  });
  expect(records.counts.flickers).toBe(2);
});

test("a client is as patient as the plan says", async () => {
  const { records } = await run({
    plan: { ackTimeoutMs: 20, drainMs: 3_000 },
    script: (point, nth) => (point === "ack" && nth === 5 ? { kind: "swallow" } : undefined),
  });
  expect(records.counts.acked).toBe(40);
  expect(new Merged().add(records.latencies.ack).percentile(100)).toBeLessThan(1_000);
});

test("refusals are errors by code, what was never sent is unsent, cuts are reconnects", async () => {
  const refused = await run({
    script: (point, nth) =>
      point === "request" && nth === 5 ? { kind: "refuse", code: "FORBIDDEN" } : undefined,
  });
  expect(refused.records.errors).toEqual({ FORBIDDEN: 1 });
  expect(refused.records.counts).toMatchObject({ errors: 1, done: 39 });
  const silent = await run({ during: (server) => server.hold() });
  const { errors = 0, unsent = 0, done = 0 } = silent.records.counts;
  expect([errors + unsent, done]).toEqual([40, 0]);
  expect(silent.records.errors).toEqual({ UNANSWERED: errors });
  const cut = await run({
    during: (server) => void setTimeout(() => server.cut(), 150),
    plan: { drainMs: 5_000 },
  });
  expect(cut.records.counts).toMatchObject({ reconnects: 4, delivered: 40 });
});

test("closed: each virtual user waits for its answer, and stops in time", async () => {
  const model: Model = { kind: "closed", vus: 3, think_ms: 10, duration_ms: 300 };
  const { records, ranMs } = await run({ plan: { model } });
  expect(ranMs).toBeGreaterThan(295);
  // Each thinks for 10 ms after each answer, so 30 times at most.
  expect(records.counts.done).toBeWithin(3, 94);
  expect(records.counts.delivered).toBe(records.counts.done!);
  const early = await run({
    plan: { model: { ...model, duration_ms: 10_000 } },
    during: (_, generator) => void setTimeout(() => generator.interrupt(), 100),
  });
  expect(early.ranMs).toBeLessThan(5_000);
  const enough = await run({
    plan: { model: { ...model, duration_ms: 10_000 } },
    during: (_, generator) => void setTimeout(() => generator.end(), 100),
  });
  expect(enough.ranMs).toBeLessThan(5_000);
});

test("reconnect-flap cuts connections, and misses nothing", async () => {
  const { records, issues } = await run({ plan: { scenario: "reconnect-flap", drainMs: 5_000 } });
  expect(records.counts.reconnects).toBeGreaterThan(0);
  expect([records.counts.delivered, issues]).toEqual([40, []]);
  expect(new Merged().add(records.latencies.reconnect).count).toBe(records.counts.reconnects!);
});

test("the warm-up is the same load, and nothing of it is counted", async () => {
  const { records, server, slices } = await run({ plan: { warmupMs: 300 } });
  expect(records.counts).toMatchObject({
    due: 40,
    started: 40,
    done: 40,
    sent: 40,
    acked: 40,
    delivered: 40,
  });
  expect(slices.reduce((sum, { counts }) => sum + (counts.done ?? 0), 0)).toBe(40);
  expect(server.stored.length).toBe(70);
});

test("a closed loop without a pause goes on until its time is over, also when everything fails at once", async () => {
  const model = { kind: "closed", vus: 4, think_ms: 0, duration_ms: 300 } as const;
  const { records } = await run({ plan: { model } });
  expect(records.counts.done).toBeGreaterThan(20);
  const failing = await run({ plan: { model, drainMs: 100 }, during: (server) => void server.stop() });
  expect(failing.ranMs).toBeWithin(300, 5_000);
});
