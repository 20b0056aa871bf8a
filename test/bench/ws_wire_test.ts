import { afterAll, expect, test } from "bun:test";
import { Wire } from "./ws_wire.ts";

const ponged = Promise.withResolvers<string>();
const server = Bun.serve<undefined>({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, bun) =>
    new URL(request.url).pathname === "/ws" && bun.upgrade(request)
      ? undefined
      : new Response("no", { status: 404 }),
  websocket: {
    message: (socket, text) => void socket.send(text),
    open: (socket) => void socket.ping("are you there"),
    pong: (_, payload) => ponged.resolve(payload.toString()),
  },
});
afterAll(() => server.stop(true));
const url = `ws://127.0.0.1:${server.port}`;

test("texts of every length come back as they went, in order; a ping is answered", async () => {
  const wire = await Wire.open(`${url}/ws`);
  const sent = Array.from({ length: 401 }, (_, i) => String.fromCharCode(33 + (i % 90)).repeat(i * 10));
  const got: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  wire.onFrame = ({ bytes, start, end }) => {
    if (got.push(bytes.toString("latin1", start, end)) === sent.length) resolve();
  };
  for (const text of sent) wire.send(text);
  await promise;
  expect(got).toEqual(sent);
  expect(await ponged.promise).toBe("are you there");
  wire.close();
});

test("an upgrade that is refused is an error", async () => {
  expect(await Wire.open(`${url}/elsewhere`).catch((error: Error) => error.message)).toContain("404");
});
