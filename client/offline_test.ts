/** What an app relies on when it is killed, offline or signed out: kept sends, kept positions, an end that is an end. */
import { afterEach, describe, expect, jest, test } from "bun:test";
import { eventually } from "../test/harness/eventually.ts";
import { FaultyServer } from "../test/harness/faulty_server.ts";
import {
  type Client,
  type ClientOptions,
  type ClientStorage,
  createClient,
  RequestFailure,
  type SendChange,
} from "./mod.ts";
import { Typing } from "./typing.ts";
import { UNSENT_KEY } from "./unsent.ts";

const clients: Client[] = [];
const servers: FaultyServer[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

function serve(): FaultyServer {
  const server = new FaultyServer();
  servers.push(server);
  return server;
}

function connect(url: string, options: Partial<ClientOptions> = {}): Client {
  const quick = { minDelayMs: 2, maxDelayMs: 8, ackTimeoutMs: 40, connectTimeoutMs: 500 };
  const client = createClient({ url, token: "ana", ...quick, ...options });
  clients.push(client);
  return client;
}

class MemoryStorage implements ClientStorage {
  readonly texts = new Map<string, string>();
  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.texts.get(key));
  }
  async set(key: string, value: string): Promise<void> {
    this.texts.set(key, value);
  }
  get unsent(): unknown[] {
    return JSON.parse(this.texts.get(UNSENT_KEY) ?? "[]");
  }
}

describe("a token that will never come", () => {
  test.each([
    ["a failure of REST", new RequestFailure("revoked", { code: "UNAUTHORIZED", status: 401 })],
    ["anything that says so", { retryable: false }],
  ])("%s ends the client", async (_, thrown) => {
    let asked = 0;
    const client = connect(serve().url, {
      token: () => {
        asked++;
        return Promise.reject(thrown);
      },
    });
    await eventually(() => client.state === "closed");
    expect(asked).toBe(1);
    await expect(client.send({ receiver_id: "ben", content: "x" })).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("anything else is tried again", async () => {
    let asked = 0;
    const client = connect(serve().url, {
      token: () => (++asked < 3 ? Promise.reject(new Error("no network")) : "ana"),
    });
    await client.ready();
    expect(asked).toBe(3);
  });
});

describe("listeners that take their time", () => {
  test("the position is kept after they have finished, and the next event waits", async () => {
    const server = serve();
    for (const content of ["1", "2"]) server.happen("ana", "new_message", { content });
    const trace: unknown[] = [];
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const client = connect(server.url, { since: 0, savePosition: (seq) => trace.push(["saved", seq]) });
    client.on("new_message", async ({ content }) => {
      trace.push(["begins", content]);
      await gates[Number(content) - 1]!.promise;
      trace.push(["ends", content]);
    });
    await eventually(() => trace.length === 1);
    expect([client.state, client.position]).toEqual(["replaying", 0]);
    gates[0]!.resolve();
    await eventually(() => trace.length === 4);
    expect(client.position).toBe(1);
    gates[1]!.resolve();
    await client.ready();
    expect(trace).toEqual([
      ["begins", "1"],
      ["ends", "1"],
      ["saved", 1],
      ["begins", "2"],
      ["ends", "2"],
      ["saved", 2],
    ]);
  });

  test("an app that is killed meanwhile is told again", async () => {
    const server = serve();
    server.happen("ana", "new_message", { content: "kept?" });
    let saved = 0;
    const begun = Promise.withResolvers<void>();
    const first = connect(server.url, { since: 0, savePosition: (seq) => (saved = seq) });
    first.on("new_message", () => {
      begun.resolve();
      return new Promise(() => {});
    });
    await begun.promise;
    first.close();
    const second = connect(server.url, { since: saved, savePosition: (seq) => (saved = seq) });
    const told: unknown[] = [];
    second.on("new_message", ({ content }) => told.push(content));
    await second.ready();
    expect([told, saved]).toEqual([["kept?"], 1]);
  });

  test("one that rejects holds nothing up", async () => {
    const server = serve();
    const errors: unknown[] = [];
    const client = connect(server.url, { onError: (error) => errors.push(error) });
    client.on("new_message", () => Promise.reject(new Error("broken")));
    await client.ready();
    server.happen("ana", "new_message", {});
    server.happen("ana", "new_message", {});
    await eventually(() => client.position === 2);
    expect(errors).toHaveLength(2);
  });
});

describe("a storage for messages", () => {
  test("what was never answered goes out after a restart, once and in order", async () => {
    const storage = new MemoryStorage();
    const offline = connect("http://127.0.0.1:1", { storage });
    const lost = ["a", "b"].map((content) =>
      offline.send({ receiver_id: "ben", content }).catch((e) => e.code),
    );
    await eventually(() => storage.unsent.length === 2);
    offline.close();
    expect(await Promise.all(lost)).toEqual(["CLOSED", "CLOSED"]);
    expect(storage.unsent).toHaveLength(2);

    const server = serve();
    const online = connect(server.url, { storage });
    const changes: string[] = [];
    online.onSend(({ message, state }: SendChange) => changes.push(`${message.content} ${state}`));
    await online.send({ receiver_id: "ben", content: "c" });
    expect(server.stored.map(({ content }) => content)).toEqual(["a", "b", "c"]);
    expect(changes).toEqual(["a pending", "b pending", "c pending", "a sent", "b sent", "c sent"]);
    await eventually(() => storage.unsent.length === 0);
  });

  test("a refusal is told and forgotten; two receivers may share a name", async () => {
    const storage = new MemoryStorage();
    const server = new FaultyServer((point, nth) =>
      point === "request" && nth === 0 ? { kind: "refuse", code: "USER_BLOCKED" } : undefined,
    );
    servers.push(server);
    const client = connect(server.url, { storage });
    const states: string[] = [];
    client.onSend(({ state, message }) => states.push(`${message.receiver_id} ${state}`));
    const name = { client_message_id: "same", content: "x" };
    const refused = client.send({ receiver_id: "ben", ...name });
    await expect(refused).rejects.toMatchObject({ code: "USER_BLOCKED" });
    await client.send({ receiver_id: "eve", ...name });
    expect(states).toEqual(["ben pending", "ben failed", "eve pending", "eve sent"]);
    await eventually(() => storage.unsent.length === 0);
  });

  test("one that cannot be read or written is reported, and sending goes on", async () => {
    const errors: unknown[] = [];
    const storage: ClientStorage = {
      get: () => Promise.resolve("{ broken"),
      set: () => Promise.reject(new Error("disk full")),
    };
    const client = connect(serve().url, { storage, onError: (error) => errors.push(error) });
    expect(await client.send({ receiver_id: "ben", content: "x" })).toMatchObject({ seq: 1 });
    expect(errors.map(String)[0]).toMatch(/JSON|SyntaxError/);
    await eventually(() => errors.some((error) => String(error).includes("disk full")));
  });
});

describe("typing", () => {
  const said: string[] = [];
  const typing = () => {
    said.length = 0;
    return new Typing((event, id) => said.push(`${event === "typing_start" ? "start" : "stop"} ${id}`));
  };
  afterEach(() => jest.useRealTimers());

  test("is said once, renewed every 8 s, and ends 5 s after the last key", () => {
    jest.useFakeTimers();
    const keys = typing();
    for (let second = 0; second < 20; second++) {
      keys.set("c", true);
      jest.advanceTimersByTime(1_000);
    }
    expect(said).toEqual(["start c", "start c", "start c"]);
    jest.advanceTimersByTime(5_000);
    expect(said.at(-1)).toBe("stop c");
    keys.set("c", false);
    expect(said).toHaveLength(4);
  });

  test("stays within ten events a minute, however it is typed, and conversations do not share them", () => {
    jest.useFakeTimers();
    const keys = typing();
    for (let i = 0; i < 30; i++) {
      keys.set("c", true);
      keys.set("c", false);
      jest.advanceTimersByTime(1_000);
    }
    expect(said).toHaveLength(10);
    expect(said.at(-1)).toBe("stop c");
    keys.set("d", true);
    expect(said.at(-1)).toBe("start d");
    jest.advanceTimersByTime(61_000);
    keys.set("c", true);
    expect(said.at(-1)).toBe("start c");
  });
});
