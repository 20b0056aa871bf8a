/** What clients may keep, over a real connection: whole in every encoding, and not sent twice. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type RunningServer, startServer } from "../../../server/listen.ts";
import { createTestApp, type TestApp } from "../../harness/app.ts";

let app: TestApp;
let server: RunningServer;
beforeAll(async () => {
  app = await createTestApp();
  server = await startServer(app.context, { host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await server.stop(500);
  await app.close();
});

test.each(["/docs/openapi.json", "/docs/asyncapi.json", "/docs/guide", "/docs/events", "/api/v1/config"])(
  "%s",
  async (path) => {
    const get = (headers: Record<string, string>) => fetch(server.url + path, { headers });
    const plain = await get({ "accept-encoding": "identity" });
    expect([plain.status, plain.headers.get("content-encoding")]).toEqual([200, null]);
    // The time of the answer is no part of what is kept.
    const stable = (text: string) => text.replace(/"server_time":"[^"]*"/, "");
    const text = stable(await plain.text());
    const etag = plain.headers.get("etag");
    expect(etag).toStartWith('W/"');
    for (const encoding of ["gzip", "zstd", "gzip, deflate, br, zstd"]) {
      const answer = await get({ "accept-encoding": encoding });
      expect([encoding, stable(await answer.text()) === text]).toEqual([encoding, true]);
      expect(answer.headers.get("etag")).toBe(etag);
      const known = await get({ "accept-encoding": encoding, "if-none-match": etag! });
      expect([known.status, await known.text()]).toEqual([304, ""]);
    }
  },
);
