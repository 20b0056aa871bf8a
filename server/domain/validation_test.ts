/** What is wrong with an input: one code a field, the bound where there is one, all fields at once. @module */
import { describe, expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import { AppError, PROBLEM_CODES } from "../protocol/errors.ts";
import { CLIENT_EVENTS } from "../protocol/events.ts";
import { QueryInteger, TextField, withRules } from "../protocol/fields.ts";
import { Id, literals, Nullable, Timestamp } from "../protocol/models.ts";
import { checkInput, refuse } from "./validation.ts";

const SCHEMA = Type.Object({
  name: TextField({ min: 2, max: 5 }),
  key: Type.Optional(TextField({ min: 1, max: 3, verbatim: true })),
  note: Type.Optional(Nullable(TextField({ max: 4 }))),
  plain: Type.Optional(Type.String({ minLength: 2, maxLength: 4 })),
  code: Type.Optional(Type.String({ pattern: "^[0-9]{6}$", description: "six digits" })),
  at: Type.Optional(Timestamp),
  id: Type.Optional(Id),
  who: Type.Optional(Type.Union([Type.Literal("me"), Type.Literal("none"), Id])),
  kind: Type.Optional(literals(["a", "b"])),
  size: Type.Optional(Type.Integer({ minimum: 1, maximum: 9 })),
  page: Type.Optional(QueryInteger({ minimum: 1, maximum: 50, default: 20 })),
  flag: Type.Optional(Type.Boolean()),
  list: Type.Optional(Type.Array(TextField({ min: 1, max: 3 }), { minItems: 1, maxItems: 2 })),
  deep: Type.Optional(Type.Object({ a: TextField({ max: 1 }) })),
});

/** `field code limit`, in order. */
function problemsOf(value: unknown): string[] {
  try {
    checkInput(SCHEMA, value, "data");
    return [];
  } catch (error) {
    const { details } = error as AppError;
    return (details as { path: string; code: string; limit?: number; message: string }[]).map(
      ({ path, code, limit, message }) => {
        expect(message.length).toBeGreaterThan(5);
        return [path, code, limit].filter((part) => part !== undefined).join(" ");
      },
    );
  }
}

describe("one field", () => {
  test.each<[object, string]>([
    [{ name: undefined }, "data.name required"],
    [{ name: 7 }, "data.name type"],
    [{ name: null }, "data.name type"],
    [{ name: "abcdef" }, "data.name too_long 5"],
    [{ name: "😀".repeat(6) }, "data.name too_long 5"],
    [{ name: "x".repeat(10_000) }, "data.name too_long 5"],
    [{ name: "a" }, "data.name too_short 2"],
    [{ name: " \u200b\u2800 " }, "data.name too_short 2"],
    [{ name: "a\0b" }, "data.name not_allowed"],
    [{ name: `a${"\u0345".repeat(31)}` }, "data.name not_allowed"],
    [{ key: "" }, "data.key too_short 1"],
    [{ key: "😀😀😀😀" }, "data.key too_long 3"],
    [{ note: "abcde" }, "data.note too_long 4"],
    [{ note: 1 }, "data.note type"],
    [{ plain: "abcde" }, "data.plain too_long 4"],
    [{ plain: "a" }, "data.plain too_short 2"],
    [{ code: "12345" }, "data.code format"],
    [{ at: "yesterday" }, "data.at format"],
    [{ id: "x" }, "data.id format"],
    [{ who: 5 }, "data.who type"],
    [{ who: "you" }, "data.who unknown_value"],
    [{ kind: "c" }, "data.kind unknown_value"],
    [{ kind: 1 }, "data.kind type"],
    [{ size: 10 }, "data.size not_allowed 9"],
    [{ size: 0 }, "data.size not_allowed 1"],
    [{ size: 1.5 }, "data.size type"],
    [{ page: "51" }, "data.page not_allowed 50"],
    [{ page: "1e1" }, "data.page type"],
    [{ flag: "true" }, "data.flag type"],
    [{ list: "a" }, "data.list type"],
    [{ list: [] }, "data.list too_short 1"],
    [{ list: ["a", "b", "c"] }, "data.list too_many 2"],
    [{ list: ["a", ""] }, "data.list.1 too_short 1"],
    [{ deep: {} }, "data.deep.a required"],
    [{ deep: [] }, "data.deep type"],
  ])("%j is %s", (fields, problem) => {
    expect(problemsOf({ name: "Ana", ...fields })).toEqual([problem]);
    expect(Object.keys(PROBLEM_CODES)).toContain(problem.split(" ")[1]!);
  });

  test.each([
    { name: " Anaé\n " },
    { name: "e\u0301".repeat(5) },
    { name: "😀".repeat(5), extra: "x".repeat(99) },
  ])("%j is fine", (value) => expect(problemsOf(value)).toEqual([]));
});

test("a text that nobody can store is named together with everything else", () => {
  expect(problemsOf({ name: "a\u0000b", plain: "\ud800", kind: "c" })).toEqual([
    "data.name not_allowed",
    "data.plain not_allowed",
    "data.kind unknown_value",
  ]);
});

test("all bad fields are named at once, undeclared ones never", () => {
  const value = { name: "a", size: 10, kind: "c", list: ["a", "b", "c"], id: "x", extra: { a: [1] } };
  expect(problemsOf(value).sort()).toEqual([
    "data.id format",
    "data.kind unknown_value",
    "data.list too_many 2",
    "data.name too_short 2",
    "data.size not_allowed 9",
  ]);
  for (const nothing of [null, 7, "text", [], undefined])
    expect(problemsOf(nothing).length).toBeGreaterThan(0);
});

test("of many bad items twenty are named", () => {
  const schema = Type.Object({ list: Type.Array(Type.Integer(), { maxItems: 1_000 }) });
  const error = refuse([{ schema, value: { list: Array(900).fill("x") }, at: "body" }]);
  expect(error?.details).toHaveLength(20);
});

test("all parts of a request are named at once; what has a default is not missing", () => {
  const query = Type.Object({
    limit: QueryInteger({ minimum: 1, maximum: 5, default: 3 }),
    a: Type.Optional(Id),
  });
  const parts = [
    { schema: Type.Object({ id: Id }), value: { id: "x" }, at: "params" },
    { schema: query, value: { a: "y" }, at: "query" },
    { schema: SCHEMA, value: { name: "a" }, at: "body" },
    { schema: Type.Optional(SCHEMA), value: undefined, at: "body" },
  ];
  const paths = (refuse(parts)!.details as { path: string }[]).map(({ path }) => path);
  expect(paths).toEqual(["params.id", "query.a", "body.name"]);
  expect(refuse(parts.slice(3))).toBeUndefined();
});

test("rules beyond the schema speak about the fields that fit it, when another one does not", () => {
  const schema = withRules(
    Type.Object({ name: TextField({ max: 3 }), at: TextField({ max: 9 }) }),
    (fields) => Object.keys(fields).map((field) => ({ field, code: "not_allowed", message: "is not to be" })),
  );
  const error = refuse([{ schema, value: { name: "abcd", at: "now", extra: 1 }, at: "body" }]);
  expect(error?.details).toMatchObject([
    { path: "body.name", code: "too_long" },
    { path: "body.at", code: "not_allowed" },
  ]);
});

test("content that is too long has the code of its own only when nothing else is wrong", () => {
  const { data } = CLIENT_EVENTS.send_message;
  const send = (fields: object) => {
    try {
      return checkInput(data, { receiver_id: "0198C0DE-5f1e-7a60-8d3b-0a6f8f3c2b11", ...fields }, "data");
    } catch (error) {
      return error as AppError;
    }
  };
  expect(send({ content: "a".repeat(1001) })).toMatchObject({
    code: "CONTENT_TOO_LONG",
    details: [{ path: "data.content", code: "too_long", limit: 1000 }],
  });
  const both = send({ content: "a".repeat(1001), receiver_id: "x" });
  expect(both).toMatchObject({ code: "VALIDATION_ERROR" });
  expect(both instanceof AppError && both.details).toHaveLength(2);
  expect(send({ content: "Hi", other: 1 })).toEqual({
    receiver_id: "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11",
    content: "Hi",
  });
});
