/**
 * How an object is answered over HTTP: whole, one range of it (RFC 9110), or 304 to whoever has it. Objects never change,
 * so that the tag is the name. It knows no framework.
 * @module
 */
import { isKnownTag } from "./etag.ts";

/** Bytes from `start` up to and without `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** An object on its way to whoever has a link to it. */
export interface OpenObject {
  readonly size: number;
  stream(range?: ByteRange): ReadableStream<Uint8Array>;
}

/** Pictures are pixels and nothing else; should one ever be opened as a document, it can load and run nothing. */
const HEADERS = {
  "content-type": "image/webp",
  "content-disposition": 'inline; filename="picture.webp"',
  "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
  "cross-origin-resource-policy": "cross-origin",
  "accept-ranges": "bytes",
} as const;

/** @param tag Of the object, with its quotes. @param maxAge Seconds a browser may keep it. */
export function serveObject(
  request: Request,
  object: OpenObject,
  { tag, maxAge }: { tag: string; maxAge: number },
): { status: number; headers: Record<string, string>; body: ReadableStream<Uint8Array> | null } {
  const kept = { etag: tag, "cache-control": `private, max-age=${maxAge}, immutable` };
  if (isKnownTag(request, tag)) return { status: 304, headers: kept, body: null };
  const { size } = object;
  const range = rangeOf(request, { size, tag });
  if (range === "unsatisfiable") {
    return { status: 416, headers: { "content-range": `bytes */${size}` }, body: null };
  }
  const headers = { ...HEADERS, ...kept };
  if (range === undefined) {
    return {
      status: 200,
      headers: { ...headers, "content-length": String(size) },
      body: object.stream(),
    };
  }
  const { start, end } = range;
  const part = {
    "content-range": `bytes ${start}-${end - 1}/${size}`,
    "content-length": String(end - start),
  };
  return { status: 206, headers: { ...headers, ...part }, body: object.stream(range) };
}

/** One range; several, other units and what is malformed are answered with the whole, as the RFC allows. */
function rangeOf(
  { headers }: Request,
  { size, tag }: { size: number; tag: string },
): ByteRange | "unsatisfiable" | undefined {
  const ifRange = headers.get("if-range");
  const [, first = "", last = ""] = /^bytes=(\d{0,12})-(\d{0,12})$/.exec(headers.get("range") ?? "") ?? [];
  if ((first === "" && last === "") || (ifRange !== null && ifRange !== tag)) return undefined;
  // `-n`: the last n bytes.
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  return start >= size || (first === "" && Number(last) === 0) ? "unsatisfiable" : { start, end };
}
