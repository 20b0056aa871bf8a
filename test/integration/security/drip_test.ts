/**
 * Requests that arrive byte by byte (slowloris) are cut off, and other requests are not delayed by them.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { type RunningServer, startServer } from "../../../server/listen.ts";
import { createTestApp, type TestApp, type TestUser } from "../../harness/app.ts";

const MANY = 150;
const EVERY_MS = 500;
/** For bodies; the server's own is 30 s. Bun keeps time in steps of four seconds. */
const IDLE_SECONDS = 4;
/** For headers Bun has its own 10 s. */
const HEADERS_MS = 16_000;
const BODY_MS = 9_000;
/** Much less than a request that waits for one of those that drip. */
const PROMPT_MS = 2_000;

let app: TestApp;
let server: RunningServer;
let ana: TestUser;

beforeAll(async () => {
  app = await createTestApp();
  server = await startServer(app.context, { host: "127.0.0.1", port: 0, idleSeconds: IDLE_SECONDS });
  ana = await app.createUser();
});
afterAll(async () => {
  await server.stop(0);
  await app.close();
});

/** @returns Milliseconds until the server has closed the connection. */
function drip({ head, drop }: { head: string; drop: string }): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const start = performance.now();
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => void socket.write(head));
  const timer = setInterval(() => void socket.write(drop), EVERY_MS);
  // Writing to what is closed already.
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.on("close", () => {
    clearInterval(timer);
    resolve(performance.now() - start);
  });
  return promise;
}

/** By somebody who is known: a stranger is answered before the body is read. */
function dripping({ head, drop }: { head: string; drop: string }): Promise<number[]> {
  const start = `${START}Authorization: Bearer ${ana.token}\r\n${head}`;
  return Promise.all(Array.from({ length: MANY }, () => drip({ head: start, drop })));
}

async function slowestRequest(until: Promise<unknown>): Promise<number> {
  let [slowest, isOver] = [0, false];
  until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const start = performance.now();
    const headers = { authorization: `Bearer ${ana.token}` };
    const answer = await fetch(`${server.url}/api/v1/conversations`, { headers });
    await answer.text();
    expect(answer.status).toBe(200);
    slowest = Math.max(slowest, performance.now() - start);
    await Bun.sleep(50);
  }
  return slowest;
}

const START = "POST /api/v1/messages/send HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

test.concurrent.each([
  ["headers", { head: "X-Slow: ", drop: "x" }, HEADERS_MS],
  ["bodies", { head: "Content-Length: 60000\r\n\r\n", drop: " " }, BODY_MS],
  ["chunks", { head: "Transfer-Encoding: chunked\r\n\r\n", drop: "1\r\n \r\n" }, BODY_MS],
] as const)(
  "%s that drip are cut off in time, and nobody waits for them",
  async (_, bytes, bound) => {
    const closed = dripping(bytes);
    const slowest = await slowestRequest(closed);
    expect(Math.max(...(await closed))).toBeLessThan(bound);
    expect(slowest).toBeLessThan(PROMPT_MS);
  },
  { timeout: 40_000 },
);
