/**
 * Words for what a schema refused: where, and what would be accepted. It never repeats the value that was sent,
 * and never shows the validator's own texts.
 * @module
 */
import { Kind, type TSchema } from "@sinclair/typebox";
import type { ValidationError } from "elysia";
import { QUERY_INTEGER } from "./query.ts";

/** One refused place of the input. */
export interface Problem {
  /** Such as `body.content`, `query.limit`, `params.id`. */
  readonly path: string;
  readonly message: string;
}

/** More than these help nobody. */
const MAX_PROBLEMS = 20;

interface Refusal {
  readonly path: string;
  readonly schema: TSchema;
  readonly value?: unknown;
}

/** @returns The refused places, one line each. */
export function describeProblems(error: ValidationError): Problem[] {
  const problems = new Map<string, Problem>();
  for (const refusal of error.all as unknown as Refusal[]) {
    const path = error.type + refusal.path.replaceAll("/", ".");
    if (!problems.has(path)) problems.set(path, { path, message: describe(refusal) });
    if (problems.size === MAX_PROBLEMS) break;
  }
  return [...problems.values()];
}

function describe({ schema, value }: Refusal): string {
  return value === undefined ? "is required" : `must be ${expectation(schema)}`;
}

function expectation(schema: TSchema): string {
  const { minimum, maximum } = schema;
  switch (schema[Kind]) {
    case "Union":
      return schema.anyOf.map(expectation).join(", or ");
    case "Literal":
      return JSON.stringify(schema.const);
    case "Integer":
    case "Number":
    case QUERY_INTEGER:
      return `${schema.type === "integer" ? "a whole number" : "a number"}${range(minimum, maximum)}`;
    case "String":
      return stringExpectation(schema);
    case "Boolean":
      return "true or false";
    case "Null":
      return "null";
    case "Array":
      return `a list${range(schema.minItems, schema.maxItems, " items")}`;
    case "Object":
    case "Record":
      return "an object";
    default:
      return typeof schema.type === "string" ? `a valid ${schema.type}` : "something else";
  }
}

function stringExpectation({ format, pattern, description, minLength, maxLength }: TSchema): string {
  if (format) return `a text in the format ${format}`;
  if (pattern) return description ? `a text: ${description}` : "a text of another form";
  return `a text${range(minLength, maxLength, " characters")}`;
}

function range(min: number | undefined, max: number | undefined, unit = ""): string {
  if (min !== undefined && max !== undefined) return ` of ${min} to ${max}${unit}`;
  if (min !== undefined) return ` of at least ${min}${unit}`;
  return max !== undefined ? ` of at most ${max}${unit}` : "";
}
