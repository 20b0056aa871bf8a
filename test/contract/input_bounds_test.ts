/**
 * Every text and list that a client may send has a limit in its schema: on every route, in path, query, headers and
 * body, and in every event. A text without one is as long as the body may be, whatever the handler does with it.
 * @module
 */
import { expect, test } from "bun:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { CLIENT_EVENTS } from "../../server/protocol/events.ts";
import { createAppWithoutServices } from "./app_without_services.ts";

/** @returns Paths of the texts and lists that may be of any size. */
function unbounded(schema: TSchema, path: string): string[] {
  if (schema.const !== undefined || schema.enum) return [];
  if (schema.anyOf) return schema.anyOf.flatMap((option: TSchema) => unbounded(option, path));
  switch (schema.type) {
    case "string":
      // A pattern that is anchored and repeats nothing without a bound is a limit, too.
      if (schema.maxLength !== undefined || isBounded(schema.pattern)) return [];
      return [path];
    case "array":
      return [...(schema.maxItems === undefined ? [path] : []), ...unbounded(schema.items, `${path}[]`)];
    case "object":
      return [
        ...(schema.additionalProperties ? [path] : []),
        ...Object.entries(schema.properties ?? {}).flatMap(([key, part]) =>
          unbounded(part as TSchema, `${path}.${key}`),
        ),
      ];
    case "integer":
    case "number":
    case "boolean":
    case "null":
      return [];
    default:
      return [path];
  }
}

function isBounded(pattern: unknown): boolean {
  return typeof pattern === "string" && /^\^.*\$$/.test(pattern) && !/[*+]|\{\d*,\}/.test(pattern);
}

/** What a client sends, by name. */
function inputs(): [string, TSchema][] {
  const routes = createAppWithoutServices().routes.flatMap(({ method, path, hooks }) =>
    ["params", "query", "headers", "body"].flatMap((part): [string, TSchema][] => {
      const schema = (hooks as Record<string, TSchema | undefined>)[part];
      return schema ? [[`${method} ${path} ${part}`, schema]] : [];
    }),
  );
  const events = Object.entries(CLIENT_EVENTS).map(([name, { data }]): [string, TSchema] => [name, data]);
  return [...routes, ...events];
}

test("every text and list that comes in has a limit", () => {
  const all = inputs();
  expect(all.length).toBeGreaterThan(40);
  expect(all.flatMap(([name, schema]) => unbounded(schema, name))).toEqual([]);
});

test("one without a limit is found, wherever it hides", () => {
  const hidden = Type.Object({
    fine: Type.String({ maxLength: 5 }),
    id: Type.String({ pattern: "^[0-9]{6}$" }),
    text: Type.String(),
    least: Type.String({ minLength: 1 }),
    pattern: Type.String({ pattern: "^a+$" }),
    maybe: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    list: Type.Array(Type.String({ maxLength: 5 })),
    items: Type.Array(Type.String(), { maxItems: 5 }),
    deep: Type.Object({ text: Type.String() }),
    open: Type.Object({}, { additionalProperties: true }),
    anything: Type.Unknown(),
  });
  expect(unbounded(hidden, "x")).toEqual(
    ["text", "least", "pattern", "maybe", "list", "items[]", "deep.text", "open", "anything"].map(
      (key) => `x.${key}`,
    ),
  );
});
