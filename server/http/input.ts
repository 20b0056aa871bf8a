/**
 * The checks that every input passes whatever its schema: bounded JSON in UTF-8, no NUL, no lone surrogate, no
 * long run of combining marks, no repeated query key. It knows no route and no schema.
 * @module
 */
import { AppError, invalid } from "../protocol/errors.ts";
import { textProblem } from "../protocol/text.ts";

/** Bytes of a request body, at most. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Levels of arrays and objects in a body, at most; `{}` is one. */
export const MAX_JSON_DEPTH = 8;
/** Texts, numbers, lists and objects in a body, at most: no route takes a hundred. */
export const MAX_JSON_VALUES = 2_000;
/** Parameters of a query, at most. */
export const MAX_QUERY_PARAMETERS = 50;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/i;

/**
 * Reads the body as JSON, whatever the route.
 *
 * @returns The value, or null when there is no body: for undefined Elysia would try a parser of its own.
 * @throws PAYLOAD_TOO_LARGE past 64 KiB, VALIDATION_ERROR for anything that is not clean JSON in UTF-8.
 */
export async function readJson(request: Request): Promise<unknown> {
  if (!request.body) return null;
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return null;
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim() ?? "";
  if (!JSON_TYPE.test(type))
    throw invalid({
      path: "body",
      code: "format",
      message: "must be JSON, with Content-Type: application/json",
    });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid({ path: "body", code: "format", message: "is not well-formed JSON in UTF-8" });
  }
  // Elysia cleans a body before it checks it, and would make an empty object of a text or a list.
  if (value !== null && (typeof value !== "object" || Array.isArray(value))) {
    throw invalid({ path: "body", code: "type", message: "must be a JSON object" });
  }
  checkValue(value, { path: "body", depth: 1, walk: { values: 0 } });
  // No route takes a list, and a schema without required keys would take one for an empty object.
  if (Array.isArray(value)) throw invalid({ path: "body", code: "type", message: "must be an object" });
  return value;
}

/** A declared length is believed (HTTP framing holds the client to it); a chunked body is counted as it comes. */
async function readBytes(request: Request): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > MAX_BODY_BYTES) throw new AppError("PAYLOAD_TOO_LARGE");
  if (declared !== null) {
    const whole = new Uint8Array(await request.arrayBuffer());
    if (whole.byteLength > MAX_BODY_BYTES) throw new AppError("PAYLOAD_TOO_LARGE");
    return whole;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw new AppError("PAYLOAD_TOO_LARGE");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Where the walk over a body is, and how much of it there was already. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly walk: { values: number };
}

function checkValue(value: unknown, { path, depth, walk }: Place): void {
  if (++walk.values > MAX_JSON_VALUES)
    throw invalid({
      path: "body",
      code: "too_many",
      message: `holds more than ${MAX_JSON_VALUES} values`,
      limit: MAX_JSON_VALUES,
    });
  if (typeof value === "string") checkText(value, path);
  if (typeof value !== "object" || value === null) return;
  if (depth > MAX_JSON_DEPTH)
    throw invalid({
      path: "body",
      code: "not_allowed",
      message: `is nested deeper than ${MAX_JSON_DEPTH} levels`,
      limit: MAX_JSON_DEPTH,
    });
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      checkValue(item, { path: `${path}.${index}`, depth: depth + 1, walk });
    }
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    checkText(key, path);
    // An own key of this name would become a prototype in the first Object.assign that it meets.
    if (key === "__proto__")
      throw invalid({ path, code: "not_allowed", message: "has a key that is not allowed" });
    // Only the first levels are named: a key is the caller's text, and no details list should grow with it.
    const inner = /^\w{1,40}$/.test(key) ? `${path}.${key}` : path;
    checkValue(item, { path: inner, depth: depth + 1, walk });
  }
}

function checkText(text: string, path: string): void {
  const problem = textProblem(text);
  if (problem) throw invalid({ path, code: "not_allowed", message: problem });
}

/**
 * Checks path and query of a URL: percent-encoding of clean UTF-8, and every query key once (the router would
 * take the last one silently).
 *
 * @throws VALIDATION_ERROR
 */
export function checkUrl(url: string): void {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const mark = url.indexOf("?", start);
  decode(url.slice(start, mark === -1 ? undefined : mark), "params");
  if (mark === -1) return;
  const pairs = url.slice(mark + 1).split("&", MAX_QUERY_PARAMETERS + 1);
  if (pairs.length > MAX_QUERY_PARAMETERS) {
    throw invalid({
      path: "query",
      code: "too_many",
      message: `has more than ${MAX_QUERY_PARAMETERS} parameters`,
      limit: MAX_QUERY_PARAMETERS,
    });
  }
  const seen = new Set<string>();
  for (const pair of pairs) {
    if (pair === "") continue;
    const [rawKey = "", ...rest] = pair.split("=");
    const key = decode(rawKey.replaceAll("+", " "), "query");
    const path = /^\w{1,40}$/.test(key) ? `query.${key}` : "query";
    if (seen.has(key)) throw invalid({ path, code: "not_allowed", message: "is given more than once" });
    seen.add(key);
    decode(rest.join("="), path);
  }
}

function decode(text: string, path: string): string {
  if (!text.includes("%")) {
    checkText(text, path);
    return text;
  }
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw invalid({ path, code: "format", message: "is not percent-encoded UTF-8" });
  }
  checkText(decoded, path);
  return decoded;
}
