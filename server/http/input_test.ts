import { expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";
import { MAX_JSON_VALUES, MAX_QUERY_PARAMETERS } from "./input.ts";

const { call, signIn, notes } = createExampleApp();
const { token } = await signIn();
const JSON_HEADERS = { "content-type": "application/json" };

function post(body: BodyInit, headers: Record<string, string> = JSON_HEADERS) {
  return call("POST /api/v1/notes/open", { body, headers });
}

/** Wraps a text in so many arrays. */
function nested(levels: number): string {
  return `{"text":"x","deep":${"[".repeat(levels)}${"]".repeat(levels)}}`;
}

test("a body that is not JSON in UTF-8 is a VALIDATION_ERROR", async () => {
  const bodies: BodyInit[] = [
    "{broken",
    '{"text":"a"} trailing',
    "undefined",
    Buffer.from('{"text":"\xff"}', "latin1"),
    Buffer.from('{"text":"\xc0\x80"}', "latin1"),
    Buffer.from('{"text":"\xed\xa0\x80"}', "latin1"),
    "[".repeat(60_000),
    "null",
    "42",
    "[]",
    '"text"',
  ];
  for (const body of bodies) {
    const answer = await post(body);
    expect(answer.json.error.code).toBe("VALIDATION_ERROR");
    expect(answer.status).toBe(400);
  }
});

test("no body is no body: missing where one is needed, whatever the headers say", async () => {
  for (const body of [undefined, "", new Uint8Array()]) {
    const answer = await call("POST /api/v1/notes/open", { body, headers: JSON_HEADERS });
    expect(answer.status).toBe(400);
    expect(answer.json.error.details).toEqual([{ path: "body", code: "required", message: "is required" }]);
  }
  expect((await call("DELETE /api/v1/notes/42", { token, body: "", headers: JSON_HEADERS })).status).toBe(
    400,
  );
});

test("another content type is refused, JSON with a charset or a suffix is not", async () => {
  const body = JSON.stringify({ text: "hello" });
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x", ""]) {
    expect((await post(body, { "content-type": type })).status).toBe(400);
  }
  for (const type of ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"]) {
    expect((await post(body, { "content-type": type })).status).toBe(200);
  }
});

test("64 KiB is the most, declared or not", async () => {
  const fits = `{"text":"x","pad":"${"a".repeat(65_536 - 21)}"}`;
  expect(Buffer.byteLength(fits)).toBe(65_536);
  expect((await post(fits)).status).toBe(200);
  const over = await post(`${fits} `);
  expect([over.status, over.json.error.code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  const declared = await post("{}", { ...JSON_HEADERS, "content-length": "65537" });
  expect(declared.status).toBe(413);
});

test("eight levels are the most", async () => {
  expect((await post(nested(7))).status).toBe(200);
  expect((await post(nested(8))).status).toBe(400);
  expect((await post(nested(20_000))).status).toBe(400);
});

test("a body has at most 2,000 values, a query at most 50 parameters", async () => {
  const holding = (values: number) => JSON.stringify({ text: "x", list: Array(values - 3).fill(0) });
  expect((await post(holding(MAX_JSON_VALUES))).status).toBe(200);
  const over = await post(holding(MAX_JSON_VALUES + 1));
  expect([over.status, over.json.error.details[0].path]).toEqual([400, "body"]);
  const asking = (parameters: number) =>
    call(`GET /api/v1/notes/open?${Array.from({ length: parameters }, (_, i) => `p${i}=1`).join("&")}`);
  expect((await asking(MAX_QUERY_PARAMETERS)).status).toBe(200);
  expect((await asking(MAX_QUERY_PARAMETERS + 1)).status).toBe(400);
});

test("NUL, lone surrogates and long runs of combining marks are refused everywhere", async () => {
  for (const text of ["a\\u0000b", "\\ud800", "x\\udc00y", "\\u0345".repeat(31)]) {
    for (const body of [
      `{"text":"${text}"}`,
      `{"text":"x","${text}":1}`,
      `{"text":"x","a":[{"b":"${text}"}]}`,
    ]) {
      const answer = await post(body);
      expect([body, answer.json.error?.code]).toEqual([body, "VALIDATION_ERROR"]);
    }
  }
  expect((await post('{"text":"\\ud83d\\ude00"}')).json.data.text).toBe("😀");
  for (const path of [
    "open?cursor=%00",
    "open?%00=1",
    "open?cursor=%ED%A0%80",
    "open?cursor=%",
    "open?cursor=%ff",
    `open?cursor=${"%CD%85".repeat(31)}`,
  ]) {
    expect((await call(`GET /api/v1/notes/${path}`)).status).toBe(400);
  }
  for (const id of ["%00", "%ff", "a%00b", "%ED%A0%80"]) {
    expect((await call(`DELETE /api/v1/notes/${id}`, { token })).status).toBe(400);
  }
});

test("texts that nobody can store are named together with what the schema refuses", async () => {
  const body = '{"text":"\\u0000","a":{"b":"\\ud800"},"kind":"shrill"}';
  const { status, json } = await call("POST /api/v1/notes/open?cursor=%00&limit=0", {
    body,
    headers: JSON_HEADERS,
  });
  const paths = json.error.details.map(({ path }: { path: string }) => path);
  expect([status, paths]).toEqual([400, ["body.text", "body.a.b", "query.cursor", "body.kind"]]);
});

test("a key named __proto__ is refused", async () => {
  expect((await post('{"text":"x","__proto__":{"kind":"loud"}}')).status).toBe(400);
});

test("a limit is one whole number inside its bounds", async () => {
  const limitOf = async (query: string) => {
    const { status, json } = await call(`GET /api/v1/notes/open${query}`);
    return status === 200 ? json.data.limit : [status, json.error.code];
  };
  expect(await limitOf("")).toBe(20);
  expect(await limitOf("?")).toBe(20);
  expect(await limitOf("?limit=1&unknown=2")).toBe(1);
  expect(await limitOf("?limit=50")).toBe(50);
  const bad = ["limit=0", "limit=-1", "limit=51", "limit=99999999999999999999", "limit=1e1", "limit=0x10"];
  bad.push(
    "limit=",
    "limit=+5",
    "limit=5.5",
    "limit=abc",
    "limit=9&limit=8",
    "limit=9&%6cimit=9",
    "limit[]=9&limit=3&limit=4",
  );
  for (const query of bad) expect(await limitOf(`?${query}`)).toEqual([400, "VALIDATION_ERROR"]);
});

test("nothing but JSON reaches a handler", () => expect(notes).toEqual([]));
