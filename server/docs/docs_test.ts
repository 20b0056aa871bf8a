import { expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import { createExampleApp } from "../../test/harness/example_app.ts";
import { ERRORS } from "../protocol/errors.ts";
import { described, Nullable, UserCard, Uuid } from "../protocol/models.ts";
import { exampleOf, hoist, plainSchema } from "./json_schema.ts";
import { docsRoutes } from "./routes.ts";

const example = createExampleApp();
example.app.use(docsRoutes({ http: example.http, routes: () => example.app.routes }));

function get(path: string, headers: Record<string, string> = {}) {
  return example.app.handle(new Request(`http://localhost${path}`, { headers }));
}

test("the page loads everything from here, and its policy lets it ask nobody else", async () => {
  const response = await get("/docs");
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).not.toMatch(/https?:|script-src[^;]*unsafe|\*/);
  const page = await response.text();
  expect(page).not.toMatch(/https?:\/\//);
  const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
  expect(loaded.length).toBeGreaterThan(3);
  for (const url of loaded) {
    const asset = await get(url);
    expect([url, asset.status]).toEqual([url, 200]);
    expect(asset.headers.get("x-content-type-options")).toBe("nosniff");
    expect((await asset.bytes()).byteLength).toBeGreaterThan(100);
    const text = url.endsWith(".css") ? await (await get(url)).text() : "";
    expect(text).not.toMatch(/@import|url\(["']?(?:https?:)?\/\//);
  }
  const start = await (await get("/docs/assets/start-apps.js")).text();
  expect(start).toContain("validatorUrl: null");
  expect(start).not.toMatch(/https?:\/\//);
});

test("large assets travel packed where the client can unpack", async () => {
  const plain = await get("/docs/assets/swagger-ui-bundle.js");
  expect(plain.headers.has("content-encoding")).toBe(false);
  const packed = await get("/docs/assets/swagger-ui-bundle.js", { "accept-encoding": "gzip, br" });
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  const bytes = await packed.bytes();
  const whole = await plain.bytes();
  expect(bytes.byteLength).toBeLessThan(whole.byteLength / 2);
  expect(Buffer.from(Bun.gunzipSync(bytes)).equals(whole)).toBe(true);
});

test("nothing else of the folder is served", async () => {
  for (const name of [
    "package.json",
    "..%2fpackage.json",
    "../index.js",
    "index.html",
    "toString",
    "__proto__",
  ]) {
    expect((await get(`/docs/assets/${name}`)).status).toBe(404);
  }
});

test("the document has every visible route, its answers, its errors, and who may call", async () => {
  const response = await get("/docs/openapi.json");
  expect(response.headers.get("content-type")).toStartWith("application/json");
  // biome-ignore lint/suspicious/noExplicitAny: a document of any shape
  const document = (await response.json()) as any;
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toEqual([
    "/api/v1/notes",
    "/api/v1/notes/open",
    "/api/v1/notes/signup",
    "/api/v1/notes/{id}",
  ]);
  const { post, get: list } = document.paths["/api/v1/notes"];
  expect(post.security).toEqual([{ bearer: [] }]);
  expect(post.description).toContain("MESSAGE_REQUEST");
  expect(document.paths["/api/v1/notes/signup"].post.security).toEqual([{ signup: [] }]);
  expect(document.paths["/api/v1/notes/open"].get.security).toEqual([]);
  expect(Object.keys(post.responses)).toEqual([
    "201",
    "400",
    "401",
    "403",
    "409",
    "413",
    "429",
    "500",
    "503",
  ]);
  expect(Object.keys(post.requestBody.content)).toEqual(["application/json"]);
  expect(post.responses[201].headers.RateLimit).toBeDefined();
  expect(post.responses[409]).toEqual({ $ref: "#/components/responses/Conflict" });
  expect(document.components.responses.Conflict.description).toBe(`\`CONFLICT\`: ${ERRORS.CONFLICT.message}`);
  const limit = list.parameters.find(({ name }: { name: string }) => name === "limit");
  expect(limit).toMatchObject({
    required: false,
    schema: { type: "integer", minimum: 1, maximum: 50, default: 20 },
  });
  for (const code of Object.keys(ERRORS)) expect(document.info.description).toContain(`\`${code}\``);
  expect(JSON.stringify(document)).not.toMatch(/"x-[a-z]/);
});

test("schemas are written the way readers of OpenAPI expect", () => {
  const kinds = Type.Union([Type.Literal("a"), Type.Literal("b")]);
  expect(plainSchema(kinds)).toEqual({ type: "string", enum: ["a", "b"] });
  expect(plainSchema(Nullable(Type.Literal("a")))).toEqual({ type: ["string", "null"], enum: ["a", null] });
  expect(plainSchema(Nullable(Type.Integer()))).toEqual({ type: ["integer", "null"] });
  expect(plainSchema(Type.Record(Type.String(), Type.Integer()))).toEqual({
    type: "object",
    additionalProperties: { type: "integer" },
  });
  expect(plainSchema(Nullable(Uuid))).toMatchObject({ type: ["string", "null"], format: "uuid" });
  expect(plainSchema(Nullable(UserCard)).anyOf).toHaveLength(2);
  const schema = Type.Object({ kinds: Type.Array(kinds), at: Type.String({ format: "date-time" }) });
  expect(exampleOf(plainSchema(schema))).toEqual({ kinds: ["a"], at: "2026-01-15T10:35:00.123Z" });
});

test("named schemas are hoisted once, and no two have one name", () => {
  const named = {};
  const two = plainSchema(Type.Object({ a: UserCard, b: described(UserCard, "Somebody") }));
  expect(hoist(two, named).properties).toEqual({
    a: { $ref: "#/components/schemas/UserCard" },
    b: { $ref: "#/components/schemas/UserCard", description: "Somebody" },
  });
  expect(Object.keys(named)).toEqual(["UserCard"]);
  expect(JSON.stringify(named)).not.toMatch(/\$id|\$comment/);
  expect(() => hoist({ type: "object", $id: "UserCard" }, named)).toThrow("UserCard");
});
