/**
 * The OpenAPI documents: what @elysiajs/swagger reads off the routes, brought into the form that linters and client
 * generators accept. One for apps, one for staff. It serves nothing.
 * @module
 */
import { swagger } from "@elysiajs/swagger";
import { type TSchema, TypeGuard } from "@sinclair/typebox";
import type { DeclaredAccess } from "../http/auth.ts";
import { accessOf, type ListedRoute, limitOf } from "../http/route_rules.ts";
import { syncEvent } from "./event_schemas.ts";
import { createInfo, SECURITY_SCHEMES, TAGS } from "./info.ts";
import { exampleOf, hoist, type Json, type NamedSchemas, plainSchema } from "./json_schema.ts";
import { codesOf, FailureBody, failureExamples, responseName } from "./openapi_errors.ts";
import { operationIdOf } from "./operation_ids.ts";

const RATE_LIMIT_HEADERS = {
  RateLimit: {
    description: 'What is left: `"name";r=<left>;t=<seconds until more>`',
    schema: { type: "string" },
    example: '"default";r=99;t=60',
  },
  "RateLimit-Policy": {
    description: 'What is allowed: `"name";q=<calls>;w=<seconds>`',
    schema: { type: "string" },
    example: '"default";q=100;w=60',
  },
};
const RETRY_AFTER = {
  description: "Seconds to wait",
  schema: { type: "integer", minimum: 1 },
  example: 2,
};

interface Operation extends Json {
  operationId: string;
  tags?: string[];
  description?: string;
  parameters?: Json[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, Json & { content?: Record<string, { schema: unknown }> }>;
}

interface Document extends Json {
  paths: Record<string, Record<string, Operation>>;
}

/** An OpenAPI document. */
export interface OpenApi extends Json {
  readonly info: object;
}

/** Whom a document is for: apps get every route but those of staff. */
export type Audience = "apps" | "staff";

/**
 * @param routes Every route of the application; those with `detail.hide` stay out.
 * @param audience Whose routes.
 * @returns The document, OpenAPI 3.1, without an address; see {@link locate}.
 */
export async function createOpenApi(
  routes: readonly ListedRoute[],
  audience: Audience = "apps",
): Promise<OpenApi> {
  const mine = routes.filter((route) => isFor(route, audience));
  const raw = await readRoutes(mine);
  const declared = new Map(mine.map((route) => [`${route.method} ${pathOf(route.path)}`, route]));
  const shared: Shared = { schemas: {}, responses: {} };
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [rawPath, operations] of Object.entries(raw.paths)) {
    const path = trimSlash(rawPath);
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method.toUpperCase()} ${path}`;
      paths[path] = {
        ...paths[path],
        [method]: finish(operation, { name, route: declared.get(name), shared }),
      };
    }
  }
  return {
    openapi: "3.1.0",
    info: createInfo(audience),
    servers: [],
    tags: usedTags(paths),
    paths,
    components: {
      securitySchemes: usedSchemes(paths),
      schemas: sorted(shared.schemas),
      responses: sorted(shared.responses),
    },
  };
}

/** @returns The document of the server that was asked. @param url As `https://host`. */
export function locate(document: OpenApi, url: string): Json {
  const contact = { name: "VibesMatch for developers", url: `${url}/docs` };
  return { ...document, info: { ...document.info, contact }, servers: [{ url, description: "This server" }] };
}

function isFor(route: ListedRoute, audience: Audience): boolean {
  const access = accessOf(route);
  return (access === "staff" || access === "admin") === (audience === "staff");
}

/**
 * The plugin lists the routes of the application it is used in, and serves a page that loads scripts from
 * elsewhere; here it stands alone, is handed the routes, and nobody can reach its page.
 */
async function readRoutes(routes: readonly ListedRoute[]): Promise<Document> {
  const generator = swagger({ path: "/page", specPath: "/document" });
  Object.assign(generator, { getGlobalRoutes: () => routes });
  const response = await generator.handle(new Request("http://localhost/document"));
  return (await response.json()) as Document;
}

/** What many operations refer to, by name. */
interface Shared {
  readonly schemas: NamedSchemas;
  readonly responses: Record<string, Json>;
}

interface Finishing {
  /** `POST /api/v1/things/{id}`. */
  readonly name: string;
  readonly route: ListedRoute | undefined;
  readonly shared: Shared;
}

const AUDIENCES: Partial<Record<DeclaredAccess, string>> = {
  staff: "For moderators and admins.",
  admin: "For admins.",
};

function finish(operation: Operation, finishing: Finishing): Operation {
  const { parameters = [], requestBody, responses, operationId, description, ...rest } = operation;
  const { name, route, shared } = finishing;
  const limit = route && limitOf(route);
  const words = [
    description,
    route && AUDIENCES[accessOf(route) ?? "public"],
    limit && `Counted against the limit \`${limit}\`.`,
  ];
  const body = requestBody?.content["application/json"];
  return {
    ...rest,
    description: words.filter(Boolean).join("\n\n"),
    operationId: operationIdOf(name) ?? operationId,
    ...(parameters.length > 0
      ? { parameters: parameters.map((parameter) => finishParameter(parameter, shared.schemas)) }
      : {}),
    ...(body
      ? { requestBody: { required: needsBody(route), content: jsonContent(body.schema, shared.schemas) } }
      : {}),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [
        status,
        finishResponse(status, response, finishing),
      ]),
    ),
  } as Operation;
}

/** That a body may be left out is a symbol of TypeBox, which JSON does not carry. */
function needsBody(route: ListedRoute | undefined): boolean {
  const { body } = (route?.hooks ?? {}) as { body?: TSchema };
  return body === undefined || !TypeGuard.IsOptional(body);
}

function finishParameter({ examples, schema, required, ...parameter }: Json, named: NamedSchemas): Json {
  const plain = plainSchema({ ...(schema as Json), ...(examples ? { examples } : {}) });
  // A key with a default may be left out, whatever its place in the schema's list of required keys.
  return {
    ...parameter,
    required: required === true && !("default" in plain),
    schema: hoist(plain, named),
  };
}

function finishResponse(
  status: string,
  response: Operation["responses"][string],
  { route, shared }: Finishing,
): Json {
  const { description = "Success", content } = response;
  const isLimited = route !== undefined && limitOf(route) !== undefined;
  const schema = content?.["application/json"]?.schema;
  const isRetryable = status === "429" || status === "503";
  const facts: Json = {
    description,
    headers: {
      ...(isLimited && (status < "300" || status === "429") ? RATE_LIMIT_HEADERS : {}),
      ...(isRetryable ? { "Retry-After": RETRY_AFTER } : {}),
    },
  };
  const codes = schema && status >= "400" ? codesOf(plainSchema(schema)) : [];
  if (codes.length === 0) {
    return { ...facts, ...(schema ? { content: jsonContent(schema, shared.schemas) } : {}) };
  }
  const name = responseName(codes, isLimited && status === "429");
  const failure = hoist(plainSchema(FailureBody), shared.schemas);
  shared.responses[name] = {
    ...facts,
    content: { "application/json": { schema: failure, examples: failureExamples(codes) } },
  };
  return { $ref: `#/components/responses/${name}` };
}

function jsonContent(schema: unknown, named: NamedSchemas) {
  // The description is the response's; twice would be noise.
  const { description, ...plain } = withEvents(plainSchema(schema)) as Json;
  const kept = "$id" in plain ? { description, ...plain } : plain;
  return { "application/json": { schema: hoist(kept, named), example: exampleOf(plain) } };
}

/** Puts the catalogue's events where a route says no more than that there is one. */
function withEvents(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withEvents);
  if (typeof part !== "object" || part === null) return part;
  if ((part as Json).$id === "SyncEvent") return syncEvent();
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withEvents(value)]));
}

function usedTags(paths: Document["paths"]): Json[] {
  const used = new Set(
    Object.values(paths).flatMap((operations) => Object.values(operations).flatMap((o) => o.tags ?? [])),
  );
  const known = TAGS.filter(({ name }) => used.delete(name));
  return [...known, ...[...used].map((name) => ({ name }))] as Json[];
}

function usedSchemes(paths: Document["paths"]): Json {
  const text = JSON.stringify(paths);
  return Object.fromEntries(
    Object.entries(SECURITY_SCHEMES).filter(([name]) => text.includes(`{"${name}":[]}`)),
  );
}

/** In the order of the names: the document does not change with the order of the routes. */
function sorted<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Elysia's `/things/:id` as OpenAPI's `/things/{id}`. */
function pathOf(path: string): string {
  return trimSlash(path.replace(/:(\w+)\??/g, "{$1}"));
}

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}
