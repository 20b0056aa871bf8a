/**
 * What is wrong with an input that its schema refused, field by field: one function for bodies, queries, paths and
 * the frames of sockets. It never repeats the value that was sent, and never shows the validator's own words.
 * @module
 */
import { Kind, OptionalKind, type Static, type TObject, type TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { HasTransform, Value } from "@sinclair/typebox/value";
import { AppError, type ErrorCode, type Flaw, invalid, type Problem } from "../protocol/errors.ts";
import { FIELD_RULES, type FieldFlaw, FLAW_OF, TOO_LONG_IS } from "../protocol/fields.ts";
import { textProblem } from "../protocol/text.ts";

/** Problems that one answer names, at most. */
export const MAX_PROBLEMS = 20;

/** One place that a schema refused, as TypeBox reports it. */
export interface Refusal {
  /** Such as `/interests/3`. */
  readonly path: string;
  readonly schema: TSchema;
  readonly value?: unknown;
}

interface Found {
  readonly problem: Problem;
  /** What the schema wants to be said instead of VALIDATION_ERROR. */
  readonly code: ErrorCode;
}

interface Compiled {
  readonly check: TypeCheck<TSchema>;
  /** Whether a value that fits may still have to be decoded. */
  readonly decodes: boolean;
}

const compiled = new WeakMap<TSchema, Compiled>();

/** @returns The schema's check, compiled once. */
function compile(schema: TSchema): Compiled {
  let found = compiled.get(schema);
  if (!found) {
    found = { check: TypeCompiler.Compile(schema), decodes: HasTransform(schema, []) };
    compiled.set(schema, found);
  }
  return found;
}

/**
 * Checks an object of which nothing is known yet.
 *
 * @param at What the paths of the problems begin with, such as `data`.
 * @returns The declared fields and no other, decoded.
 * @throws VALIDATION_ERROR naming every bad field, or what the schema says for a text that is too long.
 */
export function checkInput<T extends TObject>(schema: T, value: unknown, at: string): Static<T> {
  const { check, decodes } = compile(schema);
  const given = (typeof value === "object" && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const kept: Record<string, unknown> = {};
  const texts: Problem[] = [];
  for (const key in schema.properties) {
    if (!Object.hasOwn(given, key)) continue;
    const field = given[key];
    kept[key] = field;
    const message = typeof field === "string" ? textProblem(field) : undefined;
    if (message) texts.push({ path: `${at}.${key}`, code: "not_allowed", message });
  }
  if (texts.length > 0 || !check.Check(value)) throw refuse([{ schema, value, at }], texts);
  return (decodes ? check.Decode(kept) : kept) as Static<T>;
}

/** @returns VALIDATION_ERROR about fields of a body, for rules that services check. */
export function invalidFields(flaws: readonly FieldFlaw[]): AppError {
  return invalid(...flaws.map(({ field, ...flaw }) => ({ path: `body.${field}`, ...flaw })));
}

/** A part of an input. */
export interface Part {
  readonly schema: TSchema;
  readonly value: unknown;
  /** `body`, `query`, `params`, `headers`, `data`. */
  readonly at: string;
}

/**
 * @param parts All parts of the input; those that fit their schemas have nothing to say.
 * @param texts What is wrong whatever the schema: places that a schema refuses, too, are told once.
 * @returns The error that names everything wrong with them; undefined when nothing is.
 */
export function refuse(parts: readonly Part[], texts: readonly Problem[] = []): AppError | undefined {
  const told = new Set(texts.map(({ path }) => path));
  const found = [
    ...texts.map((problem): Found => ({ problem, code: "VALIDATION_ERROR" })),
    ...parts.flatMap(findProblems).filter(({ problem }) => !told.has(problem.path)),
  ].slice(0, MAX_PROBLEMS);
  const problems = found.map(({ problem }) => problem);
  const [first] = found;
  if (!first) return undefined;
  // A code of its own only when there is nothing else to say.
  if (first.code === "VALIDATION_ERROR" || found.some(({ code }) => code !== first.code))
    return invalid(...problems);
  return new AppError(first.code, `Cannot accept the content: it ${first.problem.message}`, problems);
}

function findProblems({ schema, value, at }: Part): Found[] {
  if (value === undefined && OptionalKind in schema) return [];
  // What is absent and has a default is not missing, and undeclared keys are ignored.
  const whole =
    value === undefined ? value : Value.Clean(schema, Value.Default(schema, structuredClone(value)));
  const found = read(compile(schema).check.Errors(whole), at);
  return [...found, ...ruleProblems({ schema, value, at }, found)];
}

/** @returns One finding a place. */
function read(refusals: Iterable<Refusal>, at: string): Found[] {
  const found = new Map<string, Found>();
  for (const { schema, value, path: pointer } of refusals) {
    const path = at + pointer.replaceAll("/", ".");
    if (found.has(path)) continue;
    const flaw = flawOf(schema, value);
    const code = (flaw.code === "too_long" && schema[TOO_LONG_IS]) || "VALIDATION_ERROR";
    found.set(path, { problem: { path, ...flaw }, code });
    if (found.size === MAX_PROBLEMS) break;
  }
  return [...found.values()];
}

/** What the rules beyond the schema say about the fields that fit it. */
function ruleProblems({ schema, value, at }: Part, found: readonly Found[]): Found[] {
  const rules = schema[FIELD_RULES];
  if (!rules || typeof value !== "object" || value === null) return [];
  const isBad = (key: string) => found.some(({ problem }) => `${problem.path}.`.startsWith(`${at}.${key}.`));
  const fitting = Object.entries(value).filter(
    ([key]) => Object.hasOwn(schema.properties, key) && !isBad(key),
  );
  return rules(Object.fromEntries(fitting)).map(({ field, ...flaw }) => ({
    problem: { path: `${at}.${field}`, ...flaw },
    code: "VALIDATION_ERROR",
  }));
}

/** @returns Places that a validator refused, without rules beyond its schema. */
export function describeRefusals(refusals: Iterable<Refusal>, at: string): Problem[] {
  return read(refusals, at).map(({ problem }) => problem);
}

/** @returns What is wrong with a value that the schema refused. */
function flawOf(schema: TSchema, value: unknown): Flaw {
  if (value === undefined) return { code: "required", message: "is required" };
  const own = schema[FLAW_OF]?.(value);
  if (own) return own;
  if (schema[Kind] === "Union") return unionFlaw(schema, value);
  const message = `must be ${expectation(schema)}`;
  if (!isOfType(schema, value)) return { code: "type", message };
  const { minLength, maxLength, minItems, maxItems, minimum, maximum } = schema;
  const size = typeof value === "string" || Array.isArray(value) ? value.length : Number(value);
  if (typeof value === "string") {
    if (size > maxLength) return { code: "too_long", message, limit: maxLength };
    if (size < minLength) return { code: "too_short", message, limit: minLength };
    return { code: schema[Kind] === "Literal" ? "unknown_value" : "format", message };
  }
  if (size > maxItems) return { code: "too_many", message, limit: maxItems };
  if (size < minItems) return { code: "too_short", message, limit: minItems };
  if (size > maximum) return { code: "not_allowed", message, limit: maximum };
  if (size < minimum) return { code: "not_allowed", message, limit: minimum };
  return { code: "not_allowed", message };
}

/** The option that is meant decides: the only one of the value's type. Of several, none was met. */
function unionFlaw(schema: TSchema, value: unknown): Flaw {
  const options = (schema.anyOf as TSchema[]).filter((option) => isOfType(option, value));
  if (options.length === 1 && options[0]![Kind] !== "Literal") return flawOf(options[0]!, value);
  return { code: options.length > 0 ? "unknown_value" : "type", message: `must be ${expectation(schema)}` };
}

function isOfType(schema: TSchema, value: unknown): boolean {
  if (schema[Kind] === "Union") return schema.anyOf.some((option: TSchema) => isOfType(option, value));
  switch (schema.type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === schema.type;
  }
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
      return `${schema.type === "integer" ? "a whole number" : "a number"}${range(minimum, maximum)}`;
    case "String":
      return textExpectation(schema);
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
      return `${typeof schema.type === "string" ? `a ${schema.type}` : "something else"}`;
  }
}

function textExpectation({ format, pattern, description, minLength, maxLength }: TSchema): string {
  if (format) return `a text in the format ${format}`;
  if (pattern) return description ? `a text: ${description}` : "a text of another form";
  return `a text${range(minLength, maxLength, " characters")}`;
}

function range(min: number | undefined, max: number | undefined, unit = ""): string {
  if (min !== undefined && max !== undefined) return ` of ${min} to ${max}${unit}`;
  if (min !== undefined) return ` of at least ${min}${unit}`;
  return max !== undefined ? ` of at most ${max}${unit}` : "";
}
