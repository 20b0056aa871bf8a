/** Compression of answers: what callers ask for, what is worth it, and what never is. */
import { afterAll, describe, expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { acceptedEncoding, compressed } from "./compress.ts";
import { ELYSIA_OPTIONS } from "./shell.ts";

const BIG = {
  success: true,
  data: { items: Array.from({ length: 200 }, (_, i) => ({ i, text: "hello ä" })) },
};
const app = new Elysia(ELYSIA_OPTIONS)
  .get("/big", ({ set }) => {
    set.headers["x-kept"] = "yes";
    return BIG;
  })
  .get("/strict", () => ({ list: BIG.data.items, secret: "undeclared" }) as never, {
    response: Type.Object({ list: Type.Array(Type.Object({ i: Type.Number() })) }),
  })
  .get("/small", () => ({ success: true }))
  .get("/page", () => new Response("x".repeat(5_000)))
  .get("/text", () => "x".repeat(5_000))
  .post("/written", () => BIG)
  .get("/failed", ({ status }) => status(404, BIG))
  .wrap(compressed)
  .listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => app.stop(true));

async function ask(path: string, encoding?: string): Promise<Response> {
  const headers = encoding === undefined ? {} : { "accept-encoding": encoding };
  return fetch(`http://127.0.0.1:${app.server!.port}${path}`, { headers, decompress: false } as RequestInit);
}

describe("a large answer", () => {
  test.each([
    ["gzip", (bytes: Uint8Array<ArrayBuffer>) => Bun.gunzipSync(bytes)],
    ["zstd", (bytes: Uint8Array<ArrayBuffer>) => Bun.zstdDecompressSync(bytes)],
  ])("travels as %s, with its status and headers", async (encoding, unpack) => {
    const response = await ask("/big", encoding);
    const { status, headers } = response;
    expect([status, headers.get("content-encoding"), headers.get("x-kept"), headers.get("vary")]).toEqual([
      200,
      encoding,
      "yes",
      "accept-encoding",
    ]);
    expect(headers.get("content-type")).toStartWith("application/json");
    const bytes = await response.bytes();
    expect(bytes.length).toBeLessThan(JSON.stringify(BIG).length / 5);
    expect(JSON.parse(new TextDecoder().decode(unpack(bytes)))).toEqual(BIG);
  });

  test("has nothing in it that its schema does not declare", async () => {
    const bytes = await (await ask("/strict", "gzip")).bytes();
    const text = new TextDecoder().decode(Bun.gunzipSync(bytes));
    expect([text.includes("undeclared"), text.includes("hello"), JSON.parse(text).list.length]).toEqual([
      false,
      false,
      200,
    ]);
  });

  test("is read as it is by whoever asks for nothing, and says that it depends on that", async () => {
    const response = await ask("/big", "identity");
    expect([response.headers.get("content-encoding"), response.headers.get("vary")]).toEqual([
      null,
      "accept-encoding",
    ]);
    expect(await response.json()).toEqual(BIG);
  });
});

test.each(["/small", "/page", "/text", "/failed", "/unknown"])("%s is never compressed", async (path) => {
  expect((await ask(path, "gzip, zstd")).headers.get("content-encoding")).toBeNull();
});

test("what is written is answered as it is: only GET is compressed", async () => {
  const url = `http://127.0.0.1:${app.server!.port}/written`;
  const response = await fetch(url, { method: "POST", headers: { "accept-encoding": "gzip" } });
  expect([response.headers.get("content-encoding"), await response.json()]).toEqual([null, BIG]);
});

test.each([
  [null, undefined],
  ["", undefined],
  ["gzip", "gzip"],
  ["GZIP, deflate, br", "gzip"],
  ["gzip, deflate, br, zstd", "zstd"],
  ["zstd;q=0.5, gzip", "gzip"],
  ["zstd;q=0, gzip;q=0", undefined],
  ["*", "zstd"],
  ["*;q=0, gzip;q=0.1", "gzip"],
  ["br", undefined],
  ["gzip;q=nonsense", undefined],
])("%j allows %p", (header, encoding) => {
  expect(acceptedEncoding(header)).toBe(encoding as never);
});
