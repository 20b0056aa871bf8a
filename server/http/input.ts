/**
 * The checks that every input passes whatever its schema: bounded JSON in UTF-8, no NUL, no lone surrogate, no
 * long run of combining marks, no repeated query key. It knows no route and no schema.
 * @module
 */

import { MAX_PROBLEMS } from "../domain/validation.ts";
import { AppError, invalid, type Problem } from "../protocol/errors.ts";
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

/** A body, and the texts in it that nobody can store. */
export interface JsonBody {
  /** Null when there is no body: for undefined Elysia would try a parser of its own. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/**
 * Reads the body as JSON, whatever the route.
 *
 * @throws PAYLOAD_TOO_LARGE past 64 KiB, VALIDATION_ERROR for anything that is not JSON in UTF-8.
 */
export async function readJson(request: Request): Promise<JsonBody> {
  const bytes = request.body ? await readBytes(request) : new Uint8Array();
  if (bytes.byteLength === 0) return { value: null, problems: [] };
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
  const walk: Walk = { values: 0, problems: [] };
  checkValue(value, { path: "body", depth: 1, walk });
  return { value, problems: walk.problems };
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

/** What the walk over a body has met. */
interface Walk {
  values: number;
  readonly problems: Problem[];
}

/** Where the walk is. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly walk: Walk;
}

function checkValue(value: unknown, { path, depth, walk }: Place): void {
  if (++walk.values > MAX_JSON_VALUES)
    throw invalid({
      path: "body",
      code: "too_many",
      message: `holds more than ${MAX_JSON_VALUES} values`,
      limit: MAX_JSON_VALUES,
    });
  if (typeof value === "string") checkText(value, path, walk.problems);
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
    checkText(key, path, walk.problems);
    // An own key of this name would become a prototype in the first Object.assign that it meets.
    if (key === "__proto__")
      throw invalid({ path, code: "not_allowed", message: "has a key that is not allowed" });
    // Only the first levels are named: a key is the caller's text, and no details list should grow with it.
    const inner = /^\w{1,40}$/.test(key) ? `${path}.${key}` : path;
    checkValue(item, { path: inner, depth: depth + 1, walk });
  }
}

/** Adds what is wrong with the text, once a place. */
function checkText(text: string, path: string, problems: Problem[]): void {
  const message = textProblem(text);
  if (message) addProblem(problems, { path, code: "not_allowed", message });
}

function addProblem(problems: Problem[], problem: Problem): void {
  if (problems.length < MAX_PROBLEMS && !problems.some(({ path }) => path === problem.path))
    problems.push(problem);
}

/**
 * Checks path and query of a URL: percent-encoding of clean UTF-8, and every query key once (the router would
 * take the last one silently).
 *
 * @returns What is wrong with it.
 * @throws VALIDATION_ERROR for more than 50 parameters.
 */
export function urlProblems(url: string): Problem[] {
  const problems: Problem[] = [];
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const mark = url.indexOf("?", start);
  decode(url.slice(start, mark === -1 ? undefined : mark), "params", problems);
  if (mark === -1) return problems;
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
    const key = decode(rawKey.replaceAll("+", " "), "query", problems);
    const path = /^\w{1,40}$/.test(key) ? `query.${key}` : "query";
    if (seen.has(key))
      addProblem(problems, { path, code: "not_allowed", message: "is given more than once" });
    seen.add(key);
    decode(rest.join("="), path, problems);
  }
  return problems;
}

function decode(text: string, path: string, problems: Problem[]): string {
  let decoded = text;
  try {
    if (text.includes("%")) decoded = decodeURIComponent(text);
  } catch {
    addProblem(problems, { path, code: "format", message: "is not percent-encoded UTF-8" });
  }
  checkText(decoded, path, problems);
  return decoded;
}
