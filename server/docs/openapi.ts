/**
 * The OpenAPI document: what @elysiajs/swagger reads off the routes, brought into the form that linters and
 * client generators accept. It serves nothing.
 * @module
 */
import { swagger } from "@elysiajs/swagger";
import { type TSchema, TypeGuard } from "@sinclair/typebox";
import type { DeclaredAccess } from "../http/auth.ts";
import { accessOf, type ListedRoute, limitOf } from "../http/route_rules.ts";
import { createInfo, SECURITY_SCHEMES, TAGS } from "./info.ts";
import { exampleOf, type Json, plainSchema } from "./json_schema.ts";

const RATE_LIMIT_HEADERS = {
  RateLimit: {
    description: 'What is left: `"name";r=<left>;t=<seconds until more>`',
    schema: { type: "string" },
  },
  "RateLimit-Policy": {
    description: 'What is allowed: `"name";q=<calls>;w=<seconds>`',
    schema: { type: "string" },
  },
};
const RETRY_AFTER = { description: "Seconds to wait", schema: { type: "integer", minimum: 1 } };

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

/**
 * @param routes Every route of the application; those with `detail.hide` stay out.
 * @returns The document, OpenAPI 3.1.
 */
export async function createOpenApi(routes: readonly ListedRoute[]): Promise<Json> {
  const raw = await readRoutes(routes);
  const declared = new Map(routes.map((route) => [`${route.method} ${pathOf(route.path)}`, route]));
  const shared: Record<string, Json> = {};
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [path, operations] of Object.entries(raw.paths)) {
    const target = paths[trimSlash(path)] ?? {};
    paths[trimSlash(path)] = target;
    for (const [method, operation] of Object.entries(operations)) {
      const route = declared.get(`${method.toUpperCase()} ${trimSlash(path)}`);
      target[method] = finish(operation, { route, shared });
    }
  }
  return {
    openapi: "3.1.0",
    info: createInfo(),
    servers: [{ url: "/", description: "This server" }],
    tags: usedTags(paths),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, responses: shared },
  };
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

interface Finishing {
  readonly route: ListedRoute | undefined;
  /** Failures that many routes share, by name. */
  readonly shared: Record<string, Json>;
}

const AUDIENCES: Partial<Record<DeclaredAccess, string>> = {
  staff: "For moderators and admins.",
  admin: "For admins.",
};

function finish(operation: Operation, finishing: Finishing): Operation {
  const { parameters = [], requestBody, responses, operationId, description, ...rest } = operation;
  const { route } = finishing;
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
    operationId: operationId.replace("ApiV1", ""),
    ...(parameters.length > 0 ? { parameters: parameters.map(finishParameter) } : {}),
    ...(body ? { requestBody: { required: needsBody(route), content: jsonContent(body.schema) } } : {}),
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

function finishParameter({ examples, schema, required, ...parameter }: Json): Json {
  const plain = plainSchema({ ...(schema as Json), ...(examples ? { examples } : {}) });
  // A key with a default may be left out, whatever its place in the schema's list of required keys.
  return { ...parameter, required: required === true && !("default" in plain), schema: plain };
}

function finishResponse(
  status: string,
  response: Operation["responses"][string],
  finishing: Finishing,
): Json {
  const { description = "Success", content } = response;
  const isLimited = finishing.route !== undefined && limitOf(finishing.route) !== undefined;
  const schema = content?.["application/json"]?.schema;
  const isRetryable = status === "429" || status === "503";
  const finished: Json = {
    description,
    headers: {
      ...(isLimited && (status < "300" || status === "429") ? RATE_LIMIT_HEADERS : {}),
      ...(isRetryable ? { "Retry-After": RETRY_AFTER } : {}),
    },
    ...(schema ? { content: jsonContent(schema) } : {}),
  };
  if (status < "400" || !schema) return finished;
  const codes = codesOf(finished.content as ReturnType<typeof jsonContent>);
  const name = [`E${status}`, ...codes, ...(isLimited && status === "429" ? ["limited"] : [])].join("-");
  finishing.shared[name] = finished;
  return { $ref: `#/components/responses/${name}` };
}

function jsonContent(schema: unknown) {
  // The description is the response's; twice would be noise.
  const { description: _, ...plain } = plainSchema(schema);
  return { "application/json": { schema: plain, example: exampleOf(plain) } };
}

function codesOf(content: ReturnType<typeof jsonContent>): string[] {
  const { error } =
    (content["application/json"].schema as { properties?: { error?: Json } }).properties ?? {};
  const { code } = (error?.properties ?? {}) as { code?: { enum?: string[]; const?: string } };
  return code?.enum ?? (code?.const ? [code.const] : []);
}

function usedTags(paths: Document["paths"]): Json[] {
  const used = new Set(
    Object.values(paths).flatMap((operations) => Object.values(operations).flatMap((o) => o.tags ?? [])),
  );
  const known = TAGS.filter(({ name }) => used.delete(name));
  return [...known, ...[...used].map((name) => ({ name }))] as Json[];
}

/** Elysia's `/things/:id` as OpenAPI's `/things/{id}`. */
function pathOf(path: string): string {
  return trimSlash(path.replace(/:(\w+)\??/g, "{$1}"));
}

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}
