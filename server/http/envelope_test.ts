import { expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { createExampleApp } from "../../test/harness/example_app.ts";
import { Nullable } from "../protocol/models.ts";
import { Envelope, errors, ok, publicErrors } from "./envelope.ts";

test("answers lose every key that their schema does not declare, at any depth", async () => {
  const { call, signIn } = createExampleApp();
  const { token } = await signIn();
  const made = await call("POST /api/v1/notes", { token, json: { text: "hello" } });
  expect(made.status).toBe(201);
  expect(made.json).toEqual({
    success: true,
    data: { id: expect.any(String), text: "hello", author: { name: "Ann" }, tags: [{ name: "a" }] },
  });
  const list = await call("GET /api/v1/notes", { token });
  expect(list.json).toEqual({
    success: true,
    data: { notes: [{ id: expect.any(String), text: "20", author: { name: "Ann" }, tags: [{ name: "a" }] }] },
    meta: { pagination: { cursor: null, hasMore: false } },
  });
});

const Cat = Type.Object({ kind: Type.Literal("cat"), lives: Type.Integer() });
const Dog = Type.Object({
  kind: Type.Literal("dog"),
  tricks: Type.Array(Type.Object({ name: Type.String() })),
});
const leak = { secret: 1 };
const dog = { kind: "dog", tricks: [{ name: "sit", ...leak }], ...leak };

test.each([
  ["a nullable object", Nullable(Dog), dog],
  ["null for it", Nullable(Dog), null],
  ["a union", Type.Union([Cat, Dog]), dog],
  ["a list of unions", Type.Array(Type.Union([Cat, Dog])), [dog, { kind: "cat", lives: 9, ...leak }]],
  ["an intersection", Type.Intersect([Dog, Type.Object({ age: Type.Integer() })]), { ...dog, age: 3 }],
  ["a record", Type.Record(Type.String(), Dog), { rex: dog }],
  ["an optional union", Type.Object({ pet: Type.Optional(Nullable(Dog)) }), { pet: dog, ...leak }],
])("nothing undeclared passes through %s", async (_, schema, value) => {
  const app = new Elysia().get("/", () => ok(value) as never, { response: { 200: Envelope(schema) } });
  const response = await app.handle(new Request("http://localhost/"));
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).not.toContain("secret");
  if (value !== null && text.includes("dog")) expect(text).toContain("sit");
});

test("errors() has the failures that any route may give, and the named ones, by status", () => {
  const schemas = errors("USER_BLOCKED", "CONFLICT");
  expect(Object.keys(schemas)).toEqual(["400", "401", "403", "409", "413", "429", "500", "503"]);
  expect(schemas[403].description).toContain("`USER_BLOCKED`:");
  expect(schemas[403].description).toContain("`FORBIDDEN`:");
  expect(Object.keys(publicErrors())).toEqual(["400", "413", "429", "500", "503"]);
  expect(errors("USER_BLOCKED")[403]).toBe(schemas[403] as never);
});
