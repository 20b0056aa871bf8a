/** The client against a server that keeps the contract and fails by a script. */
import { afterEach, describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { AppError } from "../server/protocol/errors.ts";
import { eventually } from "../test/harness/eventually.ts";
import { type Fault, FaultyServer, POINTS, type Point, type Script } from "../test/harness/faulty_server.ts";
import {
  type Client,
  type ClientOptions,
  type ConnectionChange,
  createClient,
  RequestFailure,
} from "./mod.ts";

const clients: Client[] = [];
const servers: FaultyServer[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

function serve(script?: Script): FaultyServer {
  const server = new FaultyServer(script);
  servers.push(server);
  return server;
}

const QUICK = {
  minDelayMs: 2,
  maxDelayMs: 8,
  ackTimeoutMs: 40,
  connectTimeoutMs: 500,
  requestTimeoutMs: 8_000,
};

function connect(server: FaultyServer, user: string, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ url: server.url, token: user, ...QUICK, ...options });
  clients.push(client);
  return client;
}

/** Fails once, the first time that the point is reached. */
function once(point: Point, fault: Fault): Script {
  return (at, nth) => (at === point && nth === 0 ? fault : undefined);
}

function changesOf(client: Client): ConnectionChange[] {
  const changes: ConnectionChange[] = [];
  client.onConnection((change) => changes.push(change));
  return changes;
}

test("sends, receives, marks read, types", async () => {
  const server = serve();
  const [ana, ben] = [connect(server, "ana"), connect(server, "ben")];
  const got: [string, number | undefined, boolean][] = [];
  ben.on("new_message", ({ content }, { seq, replayed }) => got.push([content, seq, replayed]));
  await Promise.all([ana.ready(), ben.ready()]);
  expect([ana.state, ana.userId, ana.position]).toEqual(["live", "ana", 0]);
  const ack = await ana.send({ receiver_id: "ben", content: "hello" });
  expect(ack).toMatchObject({ message_id: "m1", conversation_id: "ana+ben", seq: 1 });
  await eventually(() => got.length === 1);
  expect(got).toEqual([["hello", 1, false]]);
  expect(await ben.markRead(ack.message_id)).toEqual({ read_at: "now" });
  ben.typing(ack.conversation_id, true);
  ben.typing(ack.conversation_id, false);
  await eventually(() => server.heard.some(({ event }) => event === "typing_stop"));
  ben.watchStats(true);
  await eventually(() => server.heard.some(({ event, data }) => event === "admin_subscribe" && data.stats));
  expect(server.heard.find(({ event }) => event === "authenticate")).toEqual({
    event: "authenticate",
    id: "authenticate",
    data: { token: "ana" },
  });
});

test("what was sent before there was a connection goes out with it, in order", async () => {
  const server = serve(once("upgrade", { kind: "drop" }));
  const ana = connect(server, "ana");
  const acks = await Promise.all(["a", "b", "c"].map((content) => ana.send({ receiver_id: "ben", content })));
  expect(acks.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(server.stored.map(({ content }) => content)).toEqual(["a", "b", "c"]);
  expect(server.upgrades).toBe(2);
});

test("resumes from a kept position, tells what is replayed, keeps the new one", async () => {
  const server = serve();
  for (const content of ["1", "2", "3"]) server.happen("ben", "new_message", { content });
  const positions: number[] = [];
  const ben = connect(server, "ben", { since: 1, savePosition: (seq) => positions.push(seq) });
  const got: unknown[] = [];
  ben.on("new_message", ({ content }, { replayed }) => got.push([content, replayed]));
  ben.on("caught_up", ({ seq }) => got.push(["caught up", seq]));
  await ben.ready();
  expect(got).toEqual([
    ["2", true],
    ["3", true],
    ["caught up", 3],
  ]);
  expect(positions).toEqual([2, 3]);
});

test("a position that the log no longer has is told, and life goes on from the head", async () => {
  const server = serve();
  for (const content of ["1", "2", "3"]) server.happen("ben", "new_message", { content });
  server.trimmedTo = 2;
  const ben = connect(server, "ben", { since: 1 });
  const heads: number[] = [];
  ben.on("resync_required", ({ seq }) => heads.push(seq));
  await ben.ready();
  expect([heads, ben.position]).toEqual([[3], 3]);
  const beyond = connect(server, "ben", { since: 99 });
  await beyond.ready();
  expect(beyond.position).toBe(3);
});

describe("closes", () => {
  test("4000 with a hint: comes back when it was asked to, without a hole", async () => {
    const server = serve();
    const ben = connect(server, "ben");
    const changes = changesOf(ben);
    const got: string[] = [];
    ben.on("new_message", ({ content }) => got.push(content));
    await ben.ready();
    server.happen("ben", "new_message", { content: "before" });
    await eventually(() => got.length === 1);
    const start = performance.now();
    server.cut(4000, JSON.stringify({ retry_after_ms: 120 }));
    await eventually(() => ben.state === "waiting");
    server.happen("ben", "new_message", { content: "meanwhile" });
    await eventually(() => got.length === 2);
    expect(performance.now() - start).toBeGreaterThanOrEqual(118);
    expect(got).toEqual(["before", "meanwhile"]);
    expect(changes.find(({ state }) => state === "waiting")).toMatchObject({
      code: 4000,
      delayMs: expect.any(Number),
    });
  });

  test.each([4503, 4504, 4507, 4509, 4999])("%i: for good", async (code) => {
    const server = serve();
    const ben = connect(server, "ben", { token: async () => "ben" });
    const changes = changesOf(ben);
    await ben.ready();
    const waiting = ben
      .send({ receiver_id: "x", content: "y" }, { timeoutMs: 1_000 })
      .catch((error) => error);
    server.cut(code, "why");
    await eventually(() => ben.state === "closed");
    expect(changes.at(-1)).toEqual({ state: "closed", code, reason: "why" });
    const failure = await waiting;
    if (failure instanceof RequestFailure) expect(failure.code).toBe("CLOSED");
    await expect(ben.send({ receiver_id: "x", content: "y" })).rejects.toMatchObject({
      code: "CLOSED",
      details: { code, reason: "why" },
    });
    await expect(ben.ready()).rejects.toMatchObject({ code: "CLOSED" });
    expect(server.upgrades).toBe(1);
  });

  test("4501 with a text for a token: for good", async () => {
    const server = serve();
    server.badTokens.add("ben");
    const ben = connect(server, "ben");
    await eventually(() => ben.state === "closed");
    expect(server.upgrades).toBe(1);
  });

  test("4501 with a source of tokens: once more with a fresh one, and no third time", async () => {
    const server = serve();
    server.badTokens.add("ben:old");
    const reasons: string[] = [];
    const tokens = { connect: "ben:old", rejected: "ben:new", expiring: "ben:new" };
    const ben = connect(server, "ben", {
      token: (reason) => {
        reasons.push(reason);
        return tokens[reason];
      },
    });
    await ben.ready();
    expect(reasons).toEqual(["connect", "rejected"]);
    server.badTokens.add("ben:new");
    server.cut();
    await eventually(() => ben.state === "closed");
    expect(reasons).toEqual(["connect", "rejected", "connect", "rejected"]);
  });

  test("close() is final, cancels the wait for a reconnect and fails what is under way", async () => {
    const server = serve((point) => (point === "ack" ? { kind: "swallow" } : undefined));
    const ben = connect(server, "ben", { minDelayMs: 10_000 });
    await ben.ready();
    const sending = ben.send({ receiver_id: "x", content: "y" });
    ben.close();
    ben.close();
    await expect(sending).rejects.toMatchObject({ code: "CLOSED" });
    await eventually(() => server.connections === 0);
    expect([ben.state, ben.stats.pending]).toEqual(["closed", 0]);
  });
});

describe("tokens", () => {
  test("token_expiring takes a fresh one on the live socket", async () => {
    const server = serve();
    const reasons: string[] = [];
    const ben = connect(server, "ben", {
      token: async (reason) => {
        reasons.push(reason);
        return `ben:${reasons.length}`;
      },
    });
    await ben.ready();
    server.say("ben", JSON.stringify({ event: "token_expiring", data: { expires_at: "soon" } }));
    await eventually(() => server.heard.length === 2);
    expect(server.heard[1]?.data).toEqual({ token: "ben:2" });
    expect([reasons, server.upgrades]).toEqual([["connect", "expiring"], 1]);
    server.happen("ben", "match_removed", {});
    await eventually(() => ben.position === 1);
  });

  test("a source that fails is asked again; one that never answers, too; one that refuses ends the client", async () => {
    const server = serve();
    const answers = [
      () => Promise.reject(new Error("offline")),
      () => new Promise<string>(() => {}),
      () => "ben",
    ];
    const ben = connect(server, "ben", { connectTimeoutMs: 30, token: () => answers.shift()!() });
    await ben.ready();
    expect(answers).toEqual([]);
    const refused = connect(server, "ben", { token: () => Promise.reject(new AppError("UNAUTHORIZED")) });
    await expect(refused.ready()).rejects.toMatchObject({ code: "CLOSED" });
    expect(server.upgrades).toBe(1);
  });
});

describe("requests", () => {
  test("a refusal has the server's code and details, and is not tried again", async () => {
    const server = serve(once("request", { kind: "refuse", code: "USER_BLOCKED", details: { by: "x" } }));
    const ana = connect(server, "ana");
    const failure = await ana.send({ receiver_id: "ben", content: "a" }).catch((error) => error);
    expect(failure).toBeInstanceOf(RequestFailure);
    expect(failure).toMatchObject({ code: "USER_BLOCKED", retryable: false, details: { by: "x" } });
    expect(ana.stats.retries).toBe(0);
    expect((await ana.send({ receiver_id: "ben", content: "b" })).seq).toBe(1);
  });

  test("one that may pass is tried again when it was asked to, and nothing to the same person overtakes it", async () => {
    const refusal: Fault = { kind: "refuse", code: "RATE_LIMIT_EXCEEDED", details: { retry_after_ms: 100 } };
    const server = serve(once("request", refusal));
    const ana = connect(server, "ana");
    await ana.ready();
    const start = performance.now();
    const sending = Promise.all(["a", "b"].map((content) => ana.send({ receiver_id: "ben", content })));
    const other = await ana.send({ receiver_id: "cleo", content: "meanwhile" });
    expect(other.seq).toBe(1);
    await sending;
    expect(performance.now() - start).toBeGreaterThanOrEqual(98);
    expect(server.stored.map(({ content }) => content)).toEqual(["meanwhile", "a", "b"]);
  });

  test("retryRefused: false hands every refusal out", async () => {
    const server = serve(once("request", { kind: "refuse", code: "SERVICE_UNAVAILABLE" }));
    const ana = connect(server, "ana", { retryRefused: false });
    const failure = await ana.send({ receiver_id: "ben", content: "a" }).catch((error) => error);
    expect(failure).toMatchObject({ code: "SERVICE_UNAVAILABLE", retryable: true });
  });

  test("an answer that was lost is asked for again, with the same name, on the same socket while it is alive", async () => {
    const server = serve(once("ack", { kind: "swallow" }));
    const [ana, ben] = [connect(server, "ana"), connect(server, "ben")];
    await Promise.all([ana.ready(), ben.ready()]);
    const ack = await ana.send({ receiver_id: "ben", content: "a" });
    expect(ack.message_id).toBe("m1");
    expect([server.stored.length, server.upgrades, ana.stats.retries]).toEqual([1, 2, 1]);
  });

  test("what a lost socket did not answer goes out with the next, however patient the client is", async () => {
    const server = serve(once("ack", { kind: "drop" }));
    const ana = connect(server, "ana", { ackTimeoutMs: 60_000 });
    await Promise.all(["a", "b"].map((content) => ana.send({ receiver_id: "ben", content })));
    expect(server.stored.map(({ content }) => content)).toEqual(["a", "b"]);
    expect([ana.stats.retries, ana.stats.connects]).toEqual([1, 2]);
  });

  test("a silent socket is given up; the message is stored once over the next", async () => {
    const server = serve();
    const ana = connect(server, "ana");
    await ana.ready();
    server.isSilent = true;
    const sending = ana.send({ receiver_id: "ben", content: "a" });
    await eventually(() => server.upgrades > 1);
    server.isSilent = false;
    expect((await sending).message_id).toBe("m1");
    expect(server.stored.length).toBe(1);
  });

  test("never more under way than a server takes for a flood, however many wait", async () => {
    const server = serve((point) => (point === "request" ? { kind: "swallow" } : undefined));
    const ana = connect(server, "ana", { ackTimeoutMs: 60_000, maxUnderWay: 5 });
    const ending = new AbortController();
    const sends = Array.from({ length: 20 }, (_, i) =>
      ana.send(
        { receiver_id: `r${i}`, content: "x" },
        { timeoutMs: i < 3 ? 100 : 5_000, signal: ending.signal },
      ),
    );
    await ana.ready();
    const asked = () => server.heard.filter(({ event }) => event === "send_message").length;
    await eventually(() => asked() === 5);
    // Three give up, three others take their places.
    await Promise.allSettled(sends.slice(0, 3));
    await eventually(() => asked() === 8);
    ending.abort();
    await Promise.allSettled(sends);
    expect(asked()).toBe(8);
  });

  test("TIMEOUT, ABORTED and OVERLOADED; what waits behind goes on", async () => {
    const server = serve((point, nth) => (point === "request" && nth < 1 ? { kind: "swallow" } : undefined));
    const ana = connect(server, "ana", { ackTimeoutMs: 5_000, maxPending: 3 });
    await ana.ready();
    const ending = new AbortController();
    const late = ana.send({ receiver_id: "ben", content: "late" }, { timeoutMs: 60 });
    const gone = ana.send({ receiver_id: "ben", content: "gone" }, { signal: ending.signal });
    const good = ana.send({ receiver_id: "ben", content: "good" });
    const many = ana.send({ receiver_id: "ben", content: "many" });
    ending.abort();
    const failures = await Promise.allSettled([late, gone, many]);
    const codes = failures.map((failure) => (failure as PromiseRejectedResult).reason.code);
    expect(codes).toEqual(["TIMEOUT", "ABORTED", "OVERLOADED"]);
    expect((await good).seq).toBe(1);
    await expect(ana.send({ receiver_id: "b", content: "c" }, { signal: ending.signal })).rejects.toThrow(
      "aborted",
    );
    expect(ana.stats.pending).toBe(0);
  });
});

test("an idle client notices that the other end is gone; wake() notices sooner", async () => {
  const server = serve();
  const ben = connect(server, "ben", { idleProbeMs: 30 });
  await ben.ready();
  await eventually(() => server.heard.length >= 3, { what: "two probes" });
  expect(server.upgrades).toBe(1);

  const waiting = connect(server, "ana", { minDelayMs: 60_000, maxDelayMs: 60_000, random: () => 0.9 });
  await waiting.ready();
  server.cut();
  await eventually(() => waiting.state === "waiting");
  waiting.wake();
  await waiting.ready();
  const before = server.heard.length;
  waiting.wake();
  await eventually(() => server.heard.length > before);
});

test("listeners: several, ended, throwing, rejecting; none harms another", async () => {
  const server = serve();
  const errors: unknown[] = [];
  const ben = connect(server, "ben", {
    onError: (error) => errors.push(String(error)),
    savePosition: () => Promise.reject(new Error("disk full")),
  });
  const got: string[] = [];
  ben.on("new_message", () => {
    throw new Error("listener");
  });
  ben.on("new_message", async () => {
    throw new Error("async listener");
  });
  const off = ben.on("new_message", ({ content }) => got.push(`first ${content}`));
  ben.on("new_message", ({ content }) => got.push(`second ${content}`));
  await ben.ready();
  server.say("ben", "no json");
  server.say("ben", "[1]");
  server.say("ben", JSON.stringify({ event: "of_tomorrow", seq: 1, data: {} }));
  server.happen("ben", "of_tomorrow", {});
  server.happen("ben", "new_message", { content: "a" });
  await eventually(() => got.length === 2);
  off();
  server.happen("ben", "new_message", { content: "b" });
  await eventually(() => got.length === 3);
  expect(got).toEqual(["first a", "second a", "second b"]);
  await eventually(() => errors.includes("Error: disk full"));
  expect(errors).toContain("Error: listener");
  expect(errors).toContain("Error: async listener");
  expect(errors).toContain("Error: Cannot read a frame of the server");
  expect(ben.state).toBe("live");
});

test("a listener that throws does not end the process, also where nobody asked to hear of it", async () => {
  const server = serve();
  const said = spyOn(console, "error").mockImplementation(() => {});
  try {
    const ben = connect(server, "ben");
    ben.on("match_removed", () => {
      throw new Error("a listener's mistake");
    });
    await ben.ready();
    server.happen("ben", "match_removed", {});
    server.happen("ben", "match_removed", {});
    await eventually(() => ben.position === 2);
    expect(said).toHaveBeenCalledTimes(2);
  } finally {
    said.mockRestore();
  }
});

test("an address or a platform that cannot work is refused at once", () => {
  for (const url of [
    "",
    "ftp://x",
    "http://",
    "http://a b",
    "http://u:p@host",
    "http://host?token=x",
    "//host",
  ]) {
    expect(() => createClient({ url, token: "x" })).toThrow(TypeError);
  }
});

/** Faults that a contract-keeping server can have, wherever they make sense. */
const faults = fc.oneof(
  fc.constant<Fault>({ kind: "drop" }),
  fc.constant<Fault>({ kind: "twice" }),
  fc.constant<Fault>({ kind: "swallow" }),
  fc.constantFrom(4008, 4010, 4029, 1001, 1011).map((code): Fault => {
    const reason = JSON.stringify({ retry_after_ms: 3 });
    return { kind: "close", code, reason };
  }),
  fc
    .nat(12)
    .map((ms): Fault => ({ kind: "close", code: 4000, reason: JSON.stringify({ retry_after_ms: ms }) })),
  fc.constant<Fault>({ kind: "refuse", code: "SERVICE_UNAVAILABLE", details: { retry_after_ms: 1 } }),
);
const scripts = fc.array(fc.tuple(fc.constantFrom(...POINTS), fc.nat(9), faults), { maxLength: 14 });

test("whatever fails, every acknowledged message reaches every listener exactly once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.integer({ min: 1, max: 8 }), async (plan, count) => {
      const planned = new Map(plan.map(([point, nth, fault]) => [`${point} ${nth}`, fault]));
      const server = serve((point, nth) => planned.get(`${point} ${nth}`));
      const people = ["ana", "ben"].map((name) => {
        const client = connect(server, name, { since: 0, token: async () => name });
        const seen: string[] = [];
        const positions: number[] = [];
        client.on("new_message", ({ message_id }, { seq }) => {
          seen.push(message_id);
          positions.push(seq!);
        });
        client.onSend((change) => {
          if (change.state !== "sent" || change.seq === undefined) return;
          seen.push(change.ack.message_id);
          positions.push(change.seq);
        });
        return { name, client, seen, positions };
      });
      const [ana, ben] = people as [(typeof people)[0], (typeof people)[0]];
      const sends = [ana, ben].flatMap(({ name, client }) =>
        Array.from({ length: count }, (_, i) =>
          client.send({ receiver_id: name === "ana" ? "ben" : "ana", content: `${name} ${i}` }),
        ),
      );
      const acks = await Promise.all(sends);
      const stored = server.stored.map(({ message_id }) => String(message_id));
      await eventually(() => people.every(({ seen }) => seen.length >= stored.length), { what: "delivery" });

      expect(stored.length).toBe(2 * count);
      expect(acks.map(({ message_id }) => message_id).sort()).toEqual([...stored].sort());
      for (const { name, seen, positions } of people) {
        expect(seen).toEqual(stored);
        expect(positions).toEqual(stored.map((_, i) => i + 1));
        const own = server.stored.filter(({ sender_id }) => sender_id === name).map(({ content }) => content);
        expect(own).toEqual(Array.from({ length: count }, (_, i) => `${name} ${i}`));
      }
      for (const { client } of people) client.close();
      await server.stop();
    }),
    { numRuns: 40 },
  );
});
