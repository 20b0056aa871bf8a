/**
 * A canary for personal data: an account's whole life on a production server at log level trace. No message
 * body, address, code or token may appear in its output, in its error answers or in its metrics.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SMTPServer } from "smtp-server";
import { type Child, startChild } from "../../harness/child.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";

const V1 = "/api/v1";
const SECRET = "Canary-JWT-secret-6f1d0c2b9a, long enough for HS256";
/** What people write and are, by what it is. */
const WORDS: Record<string, string> = {
  name: "Xanthippe Quillfeather",
  bio: "CanaryBio-7d1f",
  city: "Canaryville-19c",
  interest: "canary-interest-55e",
  photo: "https://storage.vibesmatch.com/canary-photo-8aa.jpg",
  birthdate: "1987-04-23",
  "e-mail of one": "canary-one-2b7@example.com",
  "e-mail of the other": "canary-two-9f4@example.com",
  "e-mail without an account": "canary-none-77d@example.com",
  request: "CanaryRequest-31c",
  message: "CanaryMessage-e02 🐦",
  "message on the socket": "CanarySocket-c41",
  "message that is refused": "CanaryRefused-d93",
  "reason of a block": "CanaryBlockReason-b17",
  "description of a report": "CanaryReport-a68",
  "key of a retry": "canary-key-f3d",
  "a bad value": "CanaryBadValue-4e9",
  "a bad token": "canarybadtoken5c8",
  "a query": "CanaryQuery-0d5",
  "a path": "CanaryPath-88b",
  "the signing secret": SECRET,
};

let database: TestDatabase;
let smtp: SMTPServer;
let server: Child;
let url: string;
let metrics: string;
const mails: string[] = [];
const failures: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  smtp = new SMTPServer({
    authOptional: true,
    closeTimeout: 100,
    disabledCommands: ["STARTTLS"],
    onData(stream, _, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  const { port } = smtp.server.address() as { port: number };
  server = startChild(["server/main.ts"], {
    env: {
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      METRICS_PORT: "0",
      LOG_LEVEL: "trace",
      DATABASE_URL: database.url,
      JWT_SECRET: SECRET,
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      LIMIT_OTP_SEND_MINUTE: "9/1m",
    },
  });
  const [line] = await server.says(/.*"Listening".*/);
  const listening = JSON.parse(line);
  url = listening.url;
  metrics = listening.metrics_url ?? listening.metrics ?? "";
});

afterAll(async () => {
  await server.end("SIGTERM");
  smtp.close();
  await database.close();
});

interface Sent {
  readonly token?: string;
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Record<string, string>;
}

async function call(line: string, { token, body, raw, headers = {} }: Sent = {}) {
  const [method = "", path = ""] = line.split(" ");
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
  });
  const text = await response.text();
  if (response.status >= 400) failures.push(text);
  return { status: response.status, data: JSON.parse(text).data };
}

/** Signs somebody up by mail. Every secret on the way becomes a canary too. */
async function signUp(email: string, which: string) {
  const before = mails.length;
  await call(`POST ${V1}/auth/send-otp`, { body: { email } });
  await eventually(() => mails.length > before);
  const code = /VibesMatch is (\d{6})/.exec(mails.at(-1)!)?.[1] ?? mails.at(-1)!;
  const { data: verified } = await call(`POST ${V1}/auth/verify-otp`, { body: { email, code } });
  const profile = {
    name: WORDS.name,
    date_of_birth: WORDS.birthdate,
    gender: "female",
    country: "DE",
    bio: WORDS.bio,
    city: WORDS.city,
    interests: [WORDS.interest],
    profile_photos: [WORDS.photo],
  };
  const { data } = await call(`POST ${V1}/auth/signup`, { token: verified.temp_token, body: profile });
  Object.assign(WORDS, {
    [`code of ${which}`]: code,
    [`temp token of ${which}`]: verified.temp_token,
    [`access token of ${which}`]: data.access_token,
    [`refresh token of ${which}`]: data.refresh_token,
  });
  return { id: data.user.id as string, token: data.access_token as string, refresh: data.refresh_token };
}

async function speakOnSocket(token: string, to: string): Promise<void> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  const heard: string[] = [];
  socket.onmessage = ({ data }) => void heard.push(String(data));
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const say = (frame: unknown) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  say({ event: "authenticate", data: { token } });
  await eventually(() => heard.some((frame) => frame.includes('"authenticated"')));
  say({ event: "send_message", id: "1", data: { receiver_id: to, content: WORDS["message on the socket"] } });
  await eventually(() => heard.some((frame) => frame.includes('"ack"')));
  say({ event: "send_message", id: "2", data: { receiver_id: WORDS["a bad value"], content: "" } });
  say({ event: WORDS["a bad value"], id: "3", data: {} });
  await eventually(() => heard.filter((frame) => frame.includes('"error"')).length >= 2);
  failures.push(...heard.filter((frame) => frame.includes('"error"')));
  say(`{ not json ${WORDS["a bad value"]}`);
  await Bun.sleep(50);
  socket.close();
}

describe("a whole life with canaries in it", () => {
  test("is lived", async () => {
    const ana = await signUp(WORDS["e-mail of one"]!, "one");
    const ben = await signUp(WORDS["e-mail of the other"]!, "the other");
    await call(`POST ${V1}/auth/verify-otp`, {
      body: { email: WORDS["e-mail without an account"], code: "000000" },
    });
    const keyed = { headers: { "idempotency-key": WORDS["key of a retry"]! } };
    const asked = await call(`POST ${V1}/messages/request`, {
      token: ana.token,
      body: { receiver_id: ben.id, content: WORDS.request },
      ...keyed,
    });
    expect(asked.status).toBe(201);
    const respond = `POST ${V1}/messages/request/${asked.data.request_id}/respond`;
    const accepted = await call(respond, { token: ben.token, body: { action: "accept" } });
    const conversation = accepted.data.conversation_id;
    const send = (content: unknown, more: object = {}) =>
      call(`POST ${V1}/messages/send`, { token: ana.token, body: { receiver_id: ben.id, content, ...more } });
    expect((await send(WORDS.message)).status).toBe(201);
    await speakOnSocket(ana.token, ben.id);
    for (const path of ["users/profile", "conversations", `conversations/${conversation}/messages`, "sync"]) {
      expect((await call(`GET ${V1}/${path}`, { token: ben.token })).status).toBe(200);
    }
    await call(`GET ${V1}/users/me/export`, { token: ben.token });

    // Refusals of every kind.
    await send(WORDS["message that is refused"]!.repeat(80));
    await send(WORDS["message that is refused"], { message_type: WORDS["a bad value"] });
    await send(WORDS["message that is refused"], { client_message_id: WORDS["key of a retry"] });
    await send(WORDS["message that is refused"], { receiver_id: WORDS["a bad value"] });
    await call(`POST ${V1}/messages/send`, { token: ana.token, raw: `{"content": "${WORDS["a bad value"]}` });
    await call(`PUT ${V1}/users/profile`, { token: ana.token, body: { country: WORDS["a bad value"] } });
    await call(`GET ${V1}/users/profile`, { token: WORDS["a bad token"]! });
    await call(`GET ${V1}/matches?cursor=${WORDS["a query"]}&zz=${WORDS["a query"]}`, { token: ana.token });
    await call(`GET /${WORDS["a path"]}?${WORDS["a query"]}`);
    await call(`POST ${V1}/auth/refresh`, { body: { refresh_token: WORDS["a bad token"] } });
    await call(`POST ${V1}/auth/signup`, { token: ana.token, body: { name: WORDS["a bad value"] } });

    await call(`POST ${V1}/users/${ana.id}/report`, {
      token: ben.token,
      body: { reason: "spam", description: WORDS["description of a report"] },
    });
    const rotated = await call(`POST ${V1}/auth/refresh`, { body: { refresh_token: ana.refresh } });
    WORDS["rotated token"] = rotated.data.refresh_token;
    WORDS["second access token"] = rotated.data.access_token;
    await call(`POST ${V1}/users/${ana.id}/block`, {
      token: ben.token,
      body: { reason: WORDS["reason of a block"] },
    });
    expect(failures.length).toBeGreaterThan(12);
  });

  test("breaks on our side too, where errors hold rows and parameters", async () => {
    const cleo = await signUp("canary-three-d21@example.com", "the third");
    const dora = await signUp("canary-four-e32@example.com", "the fourth");
    const { sql } = database;
    const status = async (line: string, body: object) =>
      (await call(line, { token: cleo.token, body })).status;
    // A check that fails with the whole row in its detail, a missing column, a missing table.
    await sql`alter table message_requests add constraint broken check (preview_text = '') not valid`;
    const request = { receiver_id: dora.id, content: WORDS.request };
    expect(await status(`POST ${V1}/messages/request`, request)).toBe(500);
    await sql`alter table users rename column bio to gone`;
    expect(await status(`PUT ${V1}/users/profile`, { bio: WORDS.bio })).toBe(500);
    await sql`alter table user_reports rename to gone`;
    const report = { reason: "spam", description: WORDS["description of a report"] };
    expect(await status(`POST ${V1}/users/${dora.id}/report`, report)).toBe(500);
    // A mail server that is gone, and says whose mail it was.
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
    const otp = { email: WORDS["e-mail of one"] };
    expect([500, 503]).toContain((await call(`POST ${V1}/auth/send-otp`, { body: otp })).status);
    // A database that is gone.
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()
      and datname = current_database() and application_name like 'vibesmatch%'`.catch(() => {});
    await call(`POST ${V1}/messages/request`, { token: cleo.token, body: request });
  });

  test("and none of it is in what the process printed, answered to failures, or measures", async () => {
    const printed = server.stdout() + server.stderr();
    expect(printed.split("\n").length).toBeGreaterThan(40);
    expect(printed).toContain('"Request failed"');
    const scraped = metrics === "" ? "" : await (await fetch(metrics)).text();
    const places = { "the log": printed, "failures' answers": failures.join("\n"), "the metrics": scraped };
    const found = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(WORDS)
        // Six digits are also parts of times and ids: they count when they stand alone.
        .filter(([what, word]) =>
          what.startsWith("code of")
            ? new RegExp(`(?<![\\w.-])${word}(?![\\w.-])`).test(text)
            : text.includes(word),
        )
        .map(([what]) => `${place}: ${what}`),
    );
    expect(found).toEqual([]);
    // Every secret that the conversation made was looked for.
    expect(Object.keys(WORDS).length).toBeGreaterThan(35);
    expect(scraped).toContain("vibes");
  });
});
