/**
 * Checks answers against the API document: whether status and body are documented for the route.
 * @module
 */
import Ajv2020, { type ValidateFunction } from "ajv/dist/2020.js";

/** Anything that answers requests. */
interface Handler {
  handle(request: Request): Promise<Response>;
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

/** A JSON Schema, as far as the tests look into it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly additionalProperties?: boolean | Schema;
}

/** One place of the input outside the body. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Content {
  readonly "application/json": {
    readonly schema: Schema;
    readonly example?: unknown;
    readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
  };
}

interface Answered {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Content;
}

/** One method of one path. */
export interface Operation {
  /** `POST /api/v1/messages/request/:id/respond`, as the router lists it. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly required: boolean; readonly schema: Schema; readonly example: unknown };
  readonly responses: Readonly<Record<string, Answered>>;
}

/** An answer that is to be judged. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** See {@link loadApiDocument}. */
export interface ApiDocument {
  readonly operations: readonly Operation[];
  /** @returns The operation that serves a path without its query; undefined for an unknown route. */
  find(method: string, path: string): Operation | undefined;
  /** @returns What is wrong with an answer by the document; empty when it is as promised. */
  judge(call: { method: string; path: string }, answer: Answer): string[];
}

interface RawOperation extends Omit<Operation, "name" | "method" | "path" | "parameters" | "body"> {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
}

interface RawDocument {
  readonly paths: Record<string, Record<string, RawOperation>>;
}

/** By routes: applications with the same ones have the same document, and it takes half a second to make. */
const loaded = new Map<string, Promise<ApiDocument>>();

/** Reads the document from the application itself. */
export function loadApiDocument(app: Handler): Promise<ApiDocument> {
  const key = app.routes.map(({ method, path }) => `${method} ${path}`).join();
  const document = loaded.get(key) ?? load(app);
  loaded.set(key, document);
  return document;
}

async function load(app: Handler): Promise<ApiDocument> {
  const documents = await Promise.all(
    ["/docs/openapi.json", "/docs/staff.json"].map((path) => read(app, path)),
  );
  const operations = documents.flatMap(({ paths }) =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, raw]) => toOperation({ method, path, raw })),
    ),
  );
  const patterns = operations.map((operation) => ({
    operation,
    pattern: new RegExp(`^${operation.path.replaceAll(/:\w+/g, "[^/]+")}/?$`),
    parameters: operation.path.split(":").length,
  }));
  // `/users/profile` before `/users/:id`.
  patterns.sort((a, b) => a.parameters - b.parameters);

  const find: ApiDocument["find"] = (method, path) =>
    patterns.find(({ operation, pattern }) => operation.method === method && pattern.test(path))?.operation;

  return {
    operations,
    find,
    judge({ method, path }, { status, body, headers }) {
      const operation = find(method, path.split("?", 1)[0]!);
      if (!operation) return [];
      const promised = operation.responses[String(status)];
      if (!promised) return [`${operation.name} answered ${status}, which is not documented: ${show(body)}`];
      const { content } = promised;
      const problems = judgeHeaders(status, { body, headers, promised });
      if (content) {
        const wrong = checkValue(content["application/json"].schema, body);
        if (wrong.length > 0) problems.push(...wrong, show(body));
        problems.push(...judgeCode(content["application/json"], body));
      }
      return problems.map((problem) => `${operation.name} answered ${status}: ${problem}`);
    },
  };
}

async function read(app: Handler, path: string): Promise<RawDocument> {
  const document = await (await app.handle(new Request(`http://localhost${path}`))).json();
  return createResolver(document)(document) as RawDocument;
}

/**
 * Makes a function that gives a part of a document without references: what they name stands in their place, one object
 * for all places of one name, so that its schema is compiled once.
 */
function createResolver(document: unknown): (part: unknown) => unknown {
  const targets = new Map<string, object>();
  function targetOf(ref: string): object {
    const steps = ref.replace("#/", "").split("/");
    // biome-ignore lint/suspicious/noExplicitAny: a document of any shape
    const target = targets.get(ref) ?? resolve(steps.reduce((at: any, step) => at[step], document));
    targets.set(ref, target as object);
    return target as object;
  }
  function resolve(part: unknown): unknown {
    if (Array.isArray(part)) return part.map(resolve);
    if (typeof part !== "object" || part === null) return part;
    const { $ref, ...rest } = part as { $ref?: string };
    const own = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, resolve(item)]));
    if ($ref === undefined) return own;
    return Object.keys(own).length === 0 ? targetOf($ref) : { ...targetOf($ref), ...own };
  }
  return resolve;
}

function toOperation({ method, path, raw }: { method: string; path: string; raw: RawOperation }): Operation {
  const { parameters = [], requestBody, responses, ...rest } = raw;
  const [verb, template] = [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ":$1")];
  return {
    ...rest,
    name: `${verb} ${template}`,
    method: verb,
    path: template,
    parameters,
    ...(requestBody && {
      body: {
        required: requestBody.required,
        schema: requestBody.content["application/json"].schema,
        example: requestBody.content["application/json"].example,
      },
    }),
    responses,
  };
}

const validators = createValidators();

/** @returns What is wrong with a value by a schema of the document; undeclared keys are. */
export function checkValue(schema: Schema, value: unknown): string[] {
  const validate = validators(schema);
  return validate(value) ? [] : describe(validate);
}

/** Compiled once a schema: many routes share the failures. */
function createValidators(): (schema: Schema) => ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: false });
  ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  ajv.addFormat("uuid", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  ajv.addFormat("date", /^\d{4}-\d\d-\d\d$/);
  ajv.addKeyword("example");
  ajv.addKeyword("discriminator");
  const known = new WeakMap<Schema, ValidateFunction>();
  return (schema) => {
    const validate = known.get(schema) ?? ajv.compile(closed(schema) as object);
    known.set(schema, validate);
    return validate;
  };
}

/** An answer has no key that is not documented: what is not declared is what leaks. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const copy: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(schema)) copy[key] = closed(part);
  const isShape = copy.type === "object" && "properties" in copy;
  return isShape && !("additionalProperties" in copy) ? { ...copy, additionalProperties: false } : copy;
}

/** Failures share one schema: which codes a route answers with is told by its examples, one a code. */
function judgeCode({ example, examples = {} }: Content["application/json"], body: unknown): string[] {
  const codeOf = (value: unknown) => (value as { error?: { code?: string } } | undefined)?.error?.code;
  const promised = [example, ...Object.values(examples).map(({ value }) => value)].map(codeOf);
  const code = codeOf(body);
  return code === undefined || promised.includes(code)
    ? []
    : [`its code is ${code}, not ${promised.join(", ")}`];
}

function judgeHeaders(
  status: number,
  { body, headers, promised }: { body: unknown; headers: Headers; promised: Answered },
): string[] {
  const problems: string[] = [];
  const need = (isThere: boolean, what: string) => isThere || problems.push(`its ${what}`);
  const requestId = headers.get("x-request-id");
  need(requestId !== null, "X-Request-Id is missing");
  // Only what is the same for everybody may be kept, and then it says by what it is asked for again.
  const caching = headers.get("cache-control") ?? "";
  const isShared = status === 200 && caching.startsWith("public, max-age=") && headers.has("etag");
  need(caching === "no-store" || isShared, "Cache-Control is not no-store");
  if (promised.content) {
    need(headers.get("content-type")?.startsWith("application/json") ?? false, "Content-Type is not JSON");
  }
  if (status >= 400) {
    const { error } = body as { error?: { request_id?: string; code?: string; details?: unknown } };
    need(error?.request_id === requestId, "request_id is not the header's");
    const isProblem = (detail: unknown) => typeof (detail as { path?: unknown }).path === "string";
    const isList = Array.isArray(error?.details) && error.details.every(isProblem);
    need(error?.code !== "VALIDATION_ERROR" || isList, "details are no list of {path, message}");
  }
  if (status === 401) need(headers.has("www-authenticate"), "WWW-Authenticate is missing");
  if (status === 429 || status === 503) need(headers.has("retry-after"), "Retry-After is missing");
  return problems;
}

function describe({ errors }: ValidateFunction): string[] {
  return (errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || "body"} ${message} ${JSON.stringify(params)}`,
  );
}

function show(body: unknown): string {
  return (typeof body === "string" ? body : (JSON.stringify(body) ?? "")).slice(0, 600);
}
