/**
 * A small S3 that verifies AWS Signature Version 4, in headers and in presigned URLs: GET with ranges, HEAD, PUT, DELETE.
 * Nothing is stored without a right signature, which other fakes do not look at.
 * @module
 */
import { createHash, createHmac } from "node:crypto";

export const S3_KEYS = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key" } as const;

/** See {@link startS3}. */
export interface FakeS3 {
  readonly endpoint: string;
  /** The objects, by `bucket/key`. */
  readonly objects: Map<string, { readonly bytes: Uint8Array; readonly type: string }>;
  /** Requests that were refused, by what was wrong with them. */
  readonly refused: string[];
  /** While it is set, everything is answered with it. */
  outage: number | null;
  /** As `MEDIA_STORE` names it. */
  readonly store: string;
  stop(): Promise<void>;
}

/** @param port 0 takes a free one. */
export function startS3(port = 0): FakeS3 {
  const objects: FakeS3["objects"] = new Map();
  const refused: string[] = [];
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    async fetch(request) {
      if (fake.outage !== null) return failure(fake.outage, "ServiceUnavailable");
      const bytes = new Uint8Array(await request.arrayBuffer());
      const problem = signatureProblem(request);
      if (problem !== undefined) {
        refused.push(problem);
        return failure(403, "SignatureDoesNotMatch");
      }
      return answer(request, bytes);
    },
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const fake: FakeS3 = {
    endpoint,
    objects,
    refused,
    outage: null,
    store: `s3://pictures?endpoint=${encodeURIComponent(endpoint)}&region=eu-central-1`,
    stop: () => server.stop(true),
  };
  return fake;

  function answer(request: Request, bytes: Uint8Array): Response {
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const object = objects.get(key);
    if (request.method === "PUT") {
      objects.set(key, { bytes, type: request.headers.get("content-type") ?? "" });
      return new Response(null, { headers: { etag: `"${createHash("md5").update(bytes).digest("hex")}"` } });
    }
    if (request.method === "DELETE") {
      objects.delete(key);
      return new Response(null, { status: 204 });
    }
    if (!object) return failure(404, "NoSuchKey");
    const headers = {
      "content-type": object.type,
      "content-length": String(object.bytes.length),
      "last-modified": new Date(0).toUTCString(),
      etag: '"x"',
    };
    if (request.method === "HEAD") return new Response(null, { headers });
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
    if (start === undefined) return new Response(object.bytes as Uint8Array<ArrayBuffer>);
    const part = object.bytes.slice(Number(start), end ? Number(end) + 1 : undefined);
    const range = `bytes ${start}-${Number(start) + part.length - 1}/${object.bytes.length}`;
    return new Response(part, { status: 206, headers: { "content-range": range } });
  }
}

function failure(status: number, code: string): Response {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return new Response(body, { status, headers: { "content-type": "application/xml" } });
}

/** @returns What is wrong with the signature of a request, whose body is not part of it (UNSIGNED-PAYLOAD). */
function signatureProblem(request: Request): string | undefined {
  const url = new URL(request.url);
  const query = url.searchParams;
  const header = /Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]+)/.exec(
    request.headers.get("authorization") ?? "",
  );
  const isPresigned = query.has("X-Amz-Signature");
  if (!header && !isPresigned) return "is not signed";
  const [credential, names, signature] = isPresigned
    ? ["X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature"].map((name) => query.get(name) ?? "")
    : header!.slice(1);
  const time = (isPresigned ? query.get("X-Amz-Date") : request.headers.get("x-amz-date")) ?? "";
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  const seconds = isPresigned ? Number(query.get("X-Amz-Expires")) : 900;
  if (!(Math.abs(Date.now() - at) <= seconds * 1_000)) return "has expired";
  const [id, ...scope] = credential!.split("/");
  if (id !== S3_KEYS.accessKeyId) return "is by somebody unknown";
  query.delete("X-Amz-Signature");
  const canonical = [
    request.method,
    url.pathname,
    [...query]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .toSorted()
      .join("&"),
    ...names!.split(";").map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}`),
    "",
    names,
    isPresigned ? "UNSIGNED-PAYLOAD" : (request.headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD"),
  ].join("\n");
  const hashed = createHash("sha256").update(canonical).digest("hex");
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), hashed].join("\n");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${S3_KEYS.secretAccessKey}`);
  return hmac(key, text).toString("hex") === signature ? undefined : "does not match";
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
