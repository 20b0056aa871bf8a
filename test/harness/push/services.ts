/**
 * Google's, Expo's and a browser's push service as local stand-ins on plain HTTP. They check what the real ones
 * check: signatures, tokens, and that a browser can decrypt what it gets.
 * @module
 */
import { createECDH, generateKeyPairSync, randomBytes } from "node:crypto";
import ece from "http_ece";
import { importJWK, importSPKI, jwtVerify } from "jose";

/** What a service answers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What arrived. */
export interface Arrived {
  readonly path: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  readonly body: any;
}

/** A stand-in that runs. */
export interface Service {
  readonly url: string;
  readonly arrived: Arrived[];
  /** What the next calls are answered; when empty, the service takes them. */
  readonly answers: Answer[];
  close(): Promise<void>;
}

function serve(
  handle: (request: Request, path: string) => Promise<Response>,
): Pick<Service, "url" | "close"> {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => handle(request, new URL(request.url).pathname),
  });
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.stop(true) };
}

const toResponse = ({ status, body, headers }: Answer) =>
  new Response(body === undefined ? null : JSON.stringify(body), { status, headers });

/** Google's: gives access tokens for signed assertions, and takes messages with one. */
export async function startFcm() {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const publicKey = await importSPKI(
    pair.publicKey.export({ type: "spki", format: "pem" }) as string,
    "RS256",
  );
  const arrived: Arrived[] = [];
  const answers: Answer[] = [];
  const state = { tokensGiven: 0 };
  const service = serve(async (request, path) => {
    if (path === "/token") {
      const assertion = new URLSearchParams(await request.text()).get("assertion") ?? "";
      const { payload } = await jwtVerify(assertion, publicKey, { audience: `${service.url}/token` });
      if (payload.iss !== "robot@example.com") return new Response(null, { status: 400 });
      return Response.json({ access_token: `access-${++state.tokensGiven}`, expires_in: 3600 });
    }
    if (request.headers.get("authorization") !== `Bearer access-${state.tokensGiven}`) {
      return new Response(null, { status: 401 });
    }
    arrived.push({ path, headers: request.headers, body: await request.json() });
    return toResponse(answers.shift() ?? { status: 200, body: { name: "projects/p/messages/1" } });
  });
  const credentials = {
    project_id: "p",
    client_email: "robot@example.com",
    private_key: pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    token_uri: `${service.url}/token`,
  };
  return { ...service, arrived, answers, credentials, state };
}

/** Expo's: a ticket for each message, and receipts. */
export function startExpo() {
  const arrived: Arrived[] = [];
  const answers: Answer[] = [];
  const receipts: Record<string, unknown> = {};
  let tickets = 0;
  const service = serve(async (request, path) => {
    if (request.headers.get("authorization") !== "Bearer expo-token")
      return new Response(null, { status: 401 });
    const body = (await request.json()) as unknown;
    arrived.push({ path, headers: request.headers, body });
    const answer = answers.shift();
    if (answer) return toResponse(answer);
    if (path === "/getReceipts") return Response.json({ data: receipts });
    return Response.json({
      data: (body as unknown[]).map(() => ({ status: "ok", id: `ticket-${++tickets}` })),
    });
  });
  return { ...service, arrived, answers, receipts };
}

/** A browser with its push service: verifies the server's signature and decrypts. */
export function startBrowser(publicKey: () => string) {
  const arrived: Arrived[] = [];
  const answers: Answer[] = [];
  const ecdh = createECDH("prime256v1");
  const p256dh = ecdh.generateKeys().toString("base64url");
  const auth = randomBytes(16).toString("base64url");
  const service = serve(async (request, path) => {
    const [, jwt = "", key = ""] =
      /^vapid t=([^,]+), ?k=(.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    if (key !== publicKey()) return new Response(null, { status: 403 });
    const point = Buffer.from(key, "base64url");
    const jwk = {
      kty: "EC",
      crv: "P-256",
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    };
    await jwtVerify(jwt, await importJWK(jwk, "ES256"), { audience: service.url });
    const encrypted = Buffer.from(await request.arrayBuffer());
    if (encrypted.length > 4096) return new Response(null, { status: 413 });
    const text = ece
      .decrypt(encrypted, { version: "aes128gcm", privateKey: ecdh, authSecret: auth })
      .toString("utf8");
    arrived.push({ path, headers: request.headers, body: JSON.parse(text) });
    return toResponse(answers.shift() ?? { status: 201 });
  });
  const subscription = JSON.stringify({ endpoint: `${service.url}/push/1`, keys: { p256dh, auth } });
  return { ...service, arrived, answers, subscription, keys: { p256dh, auth } };
}
