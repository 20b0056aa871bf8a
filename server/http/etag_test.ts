import { expect, test } from "bun:test";
import { compressed } from "./compress.ts";
import { tagged } from "./etag.ts";

const BODY = JSON.stringify({ text: "a".repeat(4_000) });
let type = "application/json";
let cacheControl = "no-cache";
let status = 200;
let own: Record<string, string> = {};
const handle = compressed(
  tagged(
    () =>
      new Response(BODY, {
        status,
        headers: { "content-type": type, "cache-control": cacheControl, ...own },
      }),
  ),
);
const get = async (headers: Record<string, string> = {}, method = "GET") =>
  (await handle(new Request("http://localhost/", { method, headers }))) as Response;

test("what may be kept has a tag, the same in every encoding, and is not sent twice", async () => {
  const plain = await get();
  const etag = plain.headers.get("etag")!;
  expect([plain.status, etag.startsWith('W/"'), await plain.text()]).toEqual([200, true, BODY]);
  const packed = await get({ "accept-encoding": "gzip" });
  expect([packed.headers.get("content-encoding"), packed.headers.get("etag")]).toEqual(["gzip", etag]);
  for (const known of [etag, etag.slice(2), `"x", ${etag}`, "*"]) {
    const answer = await get({ "if-none-match": known, "accept-encoding": "gzip" });
    expect([known, answer.status, answer.headers.get("etag"), await answer.text()]).toEqual([
      known,
      304,
      etag,
      "",
    ]);
    expect(answer.headers.get("content-type")).toBeNull();
    expect(answer.headers.get("cache-control")).toBe("no-cache");
  }
  for (const other of ['"x"', 'W/"x"', "x", ""]) {
    expect([other, (await get({ "if-none-match": other })).status]).toEqual([other, 200]);
  }
});

test("nothing that must not be stored has one, nor failures, changes and files", async () => {
  const tagOf = async (method?: string) => (await get({}, method)).headers.get("etag");
  expect(await tagOf("POST")).toBeNull();
  cacheControl = "no-store";
  expect(await tagOf()).toBeNull();
  cacheControl = "no-cache";
  own = { etag: 'W/"own"' };
  expect(await tagOf()).toBe('W/"own"');
  own = {};
  status = 404;
  expect(await tagOf()).toBeNull();
  status = 200;
  type = "text/javascript; charset=utf-8";
  expect(await tagOf()).toBeNull();
  type = "application/json";
  expect(await tagOf()).not.toBeNull();
});
