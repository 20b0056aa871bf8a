/**
 * A local stand-in for Apple's push service: HTTP/2 over TLS, and every provider token is verified.
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importSPKI, jwtVerify } from "jose";

/** What it answers; `goAway`: closes the connection after the answer, `drop`: instead of one, `after`: not before. */
export interface ApnsAnswer {
  readonly status: number;
  readonly reason?: string;
  readonly timestamp?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly goAway?: boolean;
  readonly drop?: boolean;
  readonly after?: Promise<unknown>;
}

/** One notification that arrived. */
export interface ApnsRequest {
  readonly token: string;
  readonly headers: http2.IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into payloads of any shape
  readonly body: any;
  /** Of the verified provider token. */
  readonly issuedAt: number;
}

/** See the module. */
export interface ApnsServer {
  readonly url: string;
  readonly ca: string;
  readonly keys: { readonly key: string; readonly keyId: string; readonly teamId: string };
  readonly requests: ApnsRequest[];
  /** What the next requests are answered; when empty, 200. */
  readonly answers: ApnsAnswer[];
  close(): Promise<void>;
}

const KEY_ID = "ABCDE12345";
const TEAM_ID = "TEAM567890";

/** @returns A server on this machine with a certificate of its own. */
export async function startApns(): Promise<ApnsServer> {
  const { key, cert } = makeCertificate();
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = await importSPKI(
    pair.publicKey.export({ type: "spki", format: "pem" }) as string,
    "ES256",
  );
  const requests: ApnsRequest[] = [];
  const answers: ApnsAnswer[] = [];
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createSecureServer({ key, cert });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => {});
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
    });
    stream.on("end", () => void answer(stream as http2.ServerHttp2Stream, { headers, text }));
  });

  async function answer(
    stream: http2.ServerHttp2Stream,
    { headers, text }: { headers: http2.IncomingHttpHeaders; text: string },
  ): Promise<void> {
    const jwt = /^bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    const verified = await jwtVerify(jwt, publicKey, { issuer: TEAM_ID }).catch(() => undefined);
    if (verified?.protectedHeader.kid !== KEY_ID)
      return reply(stream, { status: 403, reason: "InvalidProviderToken" });
    const token = String(headers[":path"]).replace("/3/device/", "");
    requests.push({ token, headers, body: JSON.parse(text), issuedAt: verified.payload.iat! });
    const next = answers.shift() ?? { status: 200 };
    await next.after;
    reply(stream, next);
  }

  function reply(
    stream: http2.ServerHttp2Stream,
    { status, reason, timestamp, headers, goAway, drop }: ApnsAnswer,
  ) {
    if (drop) return void stream.session?.destroy();
    stream.respond({ ":status": status, ...headers });
    stream.end(reason ? JSON.stringify({ reason, timestamp }) : "");
    if (goAway) stream.session?.goaway(0);
  }

  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: cert,
    keys: {
      key: pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      keyId: KEY_ID,
      teamId: TEAM_ID,
    },
    requests,
    answers,
    async close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "apns-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = Bun.spawnSync([
    ..."openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split(
      " ",
    ),
    ...["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
  ]);
  if (!made.success) throw new Error(`Cannot make a certificate: ${made.stderr}`);
  const read = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  rmSync(folder, { recursive: true });
  return read;
}
