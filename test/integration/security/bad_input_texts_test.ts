/**
 * Texts at their limits, in code points and not in bytes or UTF-16 units: one as long as allowed is stored whole, one
 * longer is refused and changes nothing. And the Host header, on a raw connection.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { loadApiDocument } from "../../harness/api_document.ts";
import { createTestApp } from "../../harness/app.ts";
import { fingerprint } from "../../harness/fingerprint.ts";
import { pathOf, prepareCall } from "../../harness/route_calls.ts";

const app = await createTestApp();
const { request, createUser, close } = app;
const { sql } = app.context.database;
afterAll(close);
const moderator = await createUser({ role: "moderator" });

const ADMIN = "/api/v1/admin";
const TOO_LONG = "422 CONTENT_TOO_LONG";
const INVALID = "400 VALIDATION_ERROR";

interface Limited {
  readonly route: string;
  readonly field: string;
  /** Code points. */
  readonly max: number;
  readonly over: string;
  /** What becomes of a text of nothing but blanks: refused, or as if it were not there. */
  readonly blank: "refused" | "absent";
  /** Where it is stored. */
  readonly stored: (text: string) => PromiseLike<{ readonly length: number }>;
}

const TABLE: readonly Limited[] = [
  {
    route: "POST /api/v1/messages/request",
    field: "content",
    max: 250,
    over: TOO_LONG,
    blank: "refused",
    stored: (text) => sql`
      select 1 from message_requests q join messages m on m.id = q.message_id
      where q.preview_text = ${text} and m.content = ${text}`,
  },
  {
    route: "POST /api/v1/messages/send",
    field: "content",
    max: 1000,
    over: TOO_LONG,
    blank: "refused",
    stored: (text) => sql`select 1 from messages where content = ${text}`,
  },
  {
    route: "POST /api/v1/users/:id/report",
    field: "description",
    max: 1000,
    over: INVALID,
    blank: "absent",
    stored: (text) => sql`select 1 from user_reports where description = ${text}`,
  },
  {
    route: "POST /api/v1/users/:id/block",
    field: "reason",
    max: 100,
    over: INVALID,
    blank: "absent",
    stored: (text) => sql`select 1 from user_blocks where reason = ${text}`,
  },
  {
    route: "PUT /api/v1/users/profile",
    field: "name",
    max: 50,
    over: INVALID,
    blank: "refused",
    stored: (text) => sql`select 1 from users where name = ${text}`,
  },
  {
    route: "PUT /api/v1/users/profile",
    field: "bio",
    max: 500,
    over: INVALID,
    blank: "absent",
    stored: (text) => sql`select 1 from users where bio = ${text}`,
  },
  {
    route: "PUT /api/v1/users/profile",
    field: "city",
    max: 100,
    over: INVALID,
    blank: "absent",
    stored: (text) => sql`select 1 from users where city = ${text}`,
  },
  {
    route: `POST ${ADMIN}/reports/:id/notes`,
    field: "text",
    max: 2000,
    over: INVALID,
    blank: "refused",
    stored: (text) => sql`select 1 from report_notes where text = ${text}`,
  },
  {
    route: `POST ${ADMIN}/reports/:id/resolve`,
    field: "reason",
    max: 1000,
    over: INVALID,
    blank: "refused",
    stored: (text) => sql`select 1 from user_reports where resolution_reason = ${text}`,
  },
  {
    route: `POST ${ADMIN}/users/:id/sanctions`,
    field: "reason",
    max: 1000,
    over: INVALID,
    blank: "refused",
    stored: (text) => sql`select 1 from sanctions where reason = ${text}`,
  },
  {
    route: `POST ${ADMIN}/blocks/:id/lift`,
    field: "reason",
    max: 1000,
    over: INVALID,
    blank: "refused",
    stored: (text) => sql`select 1 from audit_log where reason = ${text}`,
  },
];

/** A letter, one outside the basic plane (two UTF-16 units), one of two bytes that NFC leaves alone. */
const LETTERS = { plain: "a", astral: "🏔", accented: "é" };
const BLANKS = {
  spaces: "   ",
  lines: "\n\t \r\n",
  "no-break": "\u00a0\u2003\u3000",
  invisible: "\u200b\ufeff",
  "empty glyphs": "\u2800\u{1d159}\ufff9\ufffa\ufffb\u{13441}",
};

async function prepare({ route }: Limited) {
  const { call, token } = await prepareCall(app, route, moderator);
  const [method, path] = [route.slice(0, route.indexOf(" ")), pathOf(route, call)];
  return (field: string, text: string) =>
    request(method, path, { token, body: { ...call.body, [field]: text } });
}

test("every limit is published as it is", async () => {
  const { operations } = await loadApiDocument(app.app);
  const published = TABLE.map(({ route, field }) => {
    const { properties = {} } = operations.find(({ name }) => name === route)!.body!.schema;
    const schema = properties[field]!;
    return (schema.anyOf?.find(({ type }) => type === "string") ?? schema).maxLength;
  });
  expect(published).toEqual(TABLE.map(({ max }) => max));
});

describe.each(TABLE.map((row) => [`${row.route} ${row.field}`, row] as const))("%s", (_, row) => {
  const { field, max, over, blank, stored } = row;

  test.each(Object.entries(LETTERS))("%s letters: exactly as many as allowed", async (_, letter) => {
    const call = await prepare(row);
    const before = await fingerprint(sql);
    for (const text of [max + 1, max * 3, max * 7].map((length) => letter.repeat(length))) {
      const refused = await call(field, text);
      expect(`${refused.status} ${refused.body.error?.code}`).toBe(over);
      expect(refused.body.error.details).toMatchObject([
        {
          path: `body.${field}`,
          code: "too_long",
          limit: max,
          message: expect.stringContaining(`${max} char`),
        },
      ]);
    }
    expect(await fingerprint(sql)).toEqual(before);
    const text = letter.repeat(max);
    const known = (await stored(text)).length;
    const taken = await call(field, `  ${text}\n`);
    expect([taken.status < 300, taken.body]).toEqual([true, expect.anything()]);
    expect((await stored(text)).length).toBe(known + 1);
  });

  test("nothing but blanks", async () => {
    for (const [what, text] of Object.entries(BLANKS)) {
      const call = await prepare(row);
      const before = await fingerprint(sql);
      const answer = await call(field, text);
      if (blank === "absent") {
        expect([what, answer.status < 300, answer.body]).toEqual([what, true, expect.anything()]);
        expect((await stored(text)).length).toBe(0);
        continue;
      }
      expect([what, answer.status, answer.body]).toMatchObject([
        what,
        400,
        { error: { code: "VALIDATION_ERROR" } },
      ]);
      expect(await fingerprint(sql)).toEqual(before);
    }
  });
});

describe("on a raw connection", () => {
  const server = app.app.listen({ port: 0, hostname: "127.0.0.1" }).server!;
  afterAll(() => server.stop(true));

  /** Sends bytes as they are. @returns Everything until the answer is whole, or the connection closes. */
  async function raw(text: string): Promise<string> {
    const done = Promise.withResolvers<string>();
    let answer = "";
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: server.port!,
      socket: {
        data(_, chunk) {
          answer += chunk.toString();
          if (/\r\n\r\n[\s\S]*}$/.test(answer)) done.resolve(answer);
        },
        close: () => done.resolve(answer),
        error: (_, error) => done.reject(error),
      },
    });
    socket.write(text);
    try {
      return await done.promise;
    } finally {
      socket.end();
    }
  }

  test("a short, long, strange, empty or absent Host header changes nothing about what is answered", async () => {
    const { token, id } = await createUser();
    const hosts = [
      "",
      "/",
      "a",
      "a:1",
      "x.y",
      "[::1]",
      `${"long.".repeat(40)}example.com`,
      "127.0.0.1:99999",
      "api",
      "-",
      undefined,
    ];
    for (const host of hosts) {
      const get = (path: string) =>
        raw(
          // HTTP/1.0 may leave the header out.
          `GET ${path} HTTP/1.${host === undefined ? 0 : 1}\r\n${host === undefined ? "" : `Host: ${host}\r\n`}Authorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
        );
      const own = await get("/api/v1/users/profile");
      expect([host, own.slice(0, 12), own.includes(id)]).toEqual([host, "HTTP/1.1 200", true]);
      const by = await get(`/api/v1/users/${id}/profile?zz=//x`);
      expect([host, by.slice(0, 12)]).toEqual([host, "HTTP/1.1 200"]);
      const none = await get("/nope");
      expect([host, none.slice(0, 12), none.includes('"code":"NOT_FOUND"')]).toEqual([
        host,
        "HTTP/1.1 404",
        true,
      ]);
      expect(none).toContain('"request_id"');
    }
  });

  test.each([
    ["no Host", "GET /api/v1/users/profile HTTP/1.1\r\n\r\n"],
    ["two Hosts", "GET /api/v1/users/profile HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
    ["another protocol", "GET /api/v1/users/profile HTTP/9.9\r\nHost: a\r\n\r\n"],
    ["no protocol", "GET /api/v1/users/profile\r\n\r\n"],
    ["an absolute URL", "GET http://elsewhere.example/api/v1/users/profile HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a path without a slash", "GET api/v1/users/profile HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["CONNECT", "CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: a\r\n\r\n"],
    [
      "two lengths",
      "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ],
    [
      "a length and chunks",
      "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a negative length", "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
    ["headers past any measure", `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(100_000)}\r\n\r\n`],
    ["a NUL in a header", "GET /api/v1/users/profile HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"],
  ])("%s: refused or answered as anonymous, and the server goes on", async (_, text) => {
    const answer = await Promise.race([raw(text), Bun.sleep(1_500).then(() => "")]);
    const [, status = "closed"] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
    expect(["closed", "200", "204", "400", "401", "404", "413", "431", "505"]).toContain(status);
    expect(answer).not.toContain('"email"');
    const alive = await raw("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(alive).toStartWith("HTTP/1.1 200");
  });
});
