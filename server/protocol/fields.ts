/**
 * TypeBox schemas for what clients send where JSON Schema and the check differ: texts, whose length counts after
 * cleaning and in code points, and whole numbers of a query. Each says itself what is wrong with a value.
 * @module
 */
import { Kind, type SchemaOptions, type TObject, type TSchema, Type, TypeRegistry } from "@sinclair/typebox";
import type { ErrorCode, Flaw } from "./errors.ts";
import { checkText, lengthOf, type TextRules } from "./text.ts";

const FIELD = "vibes:Field";
/** On such a schema: what is wrong with a value; undefined when nothing is. It is the check as well. */
export const FLAW_OF = Symbol("vibes:flaw of");
/** On such a schema: the error code for a value that is too long, when nothing else is wrong. */
export const TOO_LONG_IS = Symbol("vibes:too long is");
/** On the schema of an object: what is wrong with fields that fit it, by rules that no schema can write. */
export const FIELD_RULES = Symbol("vibes:field rules");

/** A flaw of one field of an object. */
export interface FieldFlaw extends Flaw {
  /** Name of the field; an item of a list as `interests.3`. */
  readonly field: string;
}

declare module "@sinclair/typebox" {
  interface SchemaOptions {
    [FLAW_OF]?: (value: unknown) => Flaw | undefined;
    [TOO_LONG_IS]?: ErrorCode;
    [FIELD_RULES]?: (fields: Readonly<Record<string, unknown>>) => readonly FieldFlaw[];
  }
}

TypeRegistry.Set(FIELD, (schema: TSchema, value: unknown) => schema[FLAW_OF]?.(value) === undefined);

function field<T>(flawOf: (value: unknown) => Flaw | undefined, schema: SchemaOptions) {
  return Type.Unsafe<T>({ [Kind]: FIELD, [FLAW_OF]: flawOf, ...schema });
}

interface TextOptions extends TextRules {
  readonly description?: string;
  readonly examples?: string[];
  /** @default VALIDATION_ERROR */
  readonly tooLongIs?: ErrorCode;
  /** @returns What else is wrong with a text of the right length. */
  readonly check?: (text: string) => Flaw | undefined;
}

/**
 * A text. Handlers get it as it was sent: what is stored is cleaned by its service.
 *
 * @param options.min Characters that can be seen, at least; 1 refuses a blank text. Published as `minLength`.
 * @param options.max Code points after cleaning, at most. Published as `maxLength`.
 */
export function TextField({ description, examples, tooLongIs, check, ...rules }: TextOptions) {
  const { min = 0, max } = rules;
  function flawOf(value: unknown): Flaw | undefined {
    if (typeof value !== "string") return { code: "type", message: `must be ${lengthOf(rules)}` };
    const checked = checkText(value, rules);
    return checked.ok ? check?.(value) : checked.flaw;
  }
  return field<string>(flawOf, {
    ...(tooLongIs && { [TOO_LONG_IS]: tooLongIs }),
    type: "string",
    ...(min > 0 && { minLength: min }),
    maxLength: max,
    ...(description !== undefined && { description }),
    ...(examples && { examples }),
  });
}

interface IntegerOptions {
  readonly minimum: number;
  /** @default Number.MAX_SAFE_INTEGER */
  readonly maximum?: number;
  /** Taken when the key is absent. */
  readonly default?: number;
  readonly description?: string;
}

/**
 * A whole number out of a query string, in plain decimal and inside its bounds; a number in handlers. Elysia's own
 * numeric types take `1e3` and `0x10`, and describe themselves in the docs as "a string or a number".
 */
export function QueryInteger({ maximum = Number.MAX_SAFE_INTEGER, ...options }: IntegerOptions) {
  const { minimum } = options;
  function flawOf(value: unknown): Flaw | undefined {
    const message = `must be a whole number from ${minimum} to ${maximum}`;
    // Elysia decodes a query twice, and a default arrives as a number.
    const plain = typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
    if (typeof plain !== "number" || !Number.isInteger(plain)) return { code: "type", message };
    if (plain < minimum) return { code: "not_allowed", message, limit: minimum };
    return plain > maximum ? { code: "not_allowed", message, limit: maximum } : undefined;
  }
  const schema = field<number>(flawOf, { type: "integer", maximum, ...options });
  return Type.Transform(schema)
    .Decode((value) => Number(value))
    .Encode((value) => value);
}

/**
 * @param rules What is wrong with fields that fit the schema; asked only when the schema refuses another one.
 * @returns The schema with rules that JSON Schema cannot write.
 */
export function withRules<T extends TObject>(
  schema: T,
  rules: NonNullable<SchemaOptions[typeof FIELD_RULES]>,
): T {
  return { ...schema, [FIELD_RULES]: rules };
}
