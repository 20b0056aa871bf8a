/**
 * Turns the JSON Schema that TypeBox writes into what readers of OpenAPI and AsyncAPI documents expect, and makes an
 * example out of it. Pure.
 * @module
 */

import { UUID_PATTERNS } from "../protocol/models.ts";
import { exampleFor, exampleId, holderOf, isRarelyShown } from "./json_examples.ts";

/** A JSON Schema or any other part of the document. */
export type Json = Record<string, unknown>;

/**
 * @returns A copy without TypeBox's symbols, with enums, open records, ids and what may be null written the usual way.
 *   Named schemas keep their `$id`; see {@link hoist}.
 */
export function plainSchema(schema: unknown): Json {
  return simplify(JSON.parse(JSON.stringify(schema))) as Json;
}

function simplify(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value !== "object" || value === null) return value;
  const schema = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, simplify(part)]),
  ) as Json;
  return openRecord(uuidFormat(nullable(enumOf(schema))));
}

/** A union of literals is an enum. */
function enumOf({ anyOf, ...rest }: Json): Json {
  if (!Array.isArray(anyOf)) return anyOf === undefined ? rest : { anyOf, ...rest };
  const options = anyOf as Json[];
  const literals = options.filter((option) => "const" in option);
  const others = options.filter((option) => !("const" in option) && !("enum" in option));
  if (literals.length === 0 || literals.some((option) => option.type !== literals[0]?.type)) {
    return { anyOf, ...rest };
  }
  if (literals.length + others.length < options.length || others.some((option) => option.type !== "null")) {
    return { anyOf, ...rest };
  }
  const values = literals.map((option) => option.const);
  const { type } = literals[0]!;
  if (others.length === 0) return { type, enum: values, ...rest };
  return { type: [type, "null"], enum: [...values, null], ...rest };
}

/** A record of anything is written with a pattern that matches every key. */
function openRecord({ patternProperties, ...rest }: Json): Json {
  const patterns = Object.entries((patternProperties ?? {}) as Json);
  if (patterns.length !== 1) return patternProperties ? { patternProperties, ...rest } : rest;
  return { ...rest, additionalProperties: patterns[0]![1] };
}

/** Writes `anyOf: [T, null]` as `type: [T, "null"]`, unless T is a named schema or a constant. */
function nullable({ anyOf, ...rest }: Json): Json {
  if (!Array.isArray(anyOf)) return rest;
  const [schema, none, ...more] = anyOf as Json[];
  const isPlain = typeof schema?.type === "string" && !("const" in schema) && !("$id" in schema);
  if (!isPlain || none?.type !== "null" || more.length > 0) return { anyOf, ...rest };
  const values = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  return { ...schema, type: [schema.type, "null"], ...values, ...rest };
}

/** Documents ids as `format: uuid`. The routes check a pattern instead: the format also allows `urn:uuid:…`. */
function uuidFormat({ pattern, ...rest }: Json): Json {
  if (pattern === undefined) return rest;
  return UUID_PATTERNS.has(String(pattern)) ? { ...rest, format: "uuid" } : { pattern, ...rest };
}

/** Named schemas of a document, by name: `components.schemas`. */
export type NamedSchemas = Record<string, Json>;

/**
 * Takes the schemas that have an `$id` out of a plain one.
 *
 * @param plain Of {@link plainSchema}.
 * @param named Where they go.
 * @returns The schema with references in their places.
 * @throws Error when two different schemas have one name.
 */
export function hoist(plain: Json, named: NamedSchemas): Json {
  return replaceNamed(plain, named) as Json;
}

function replaceNamed(value: unknown, named: NamedSchemas): unknown {
  if (Array.isArray(value)) return value.map((part) => replaceNamed(part, named));
  if (typeof value !== "object" || value === null) return value;
  const { $id, $comment, ...rest } = value as Json;
  const parts = Object.entries(rest).map(([key, part]) => [key, replaceNamed(part, named)]);
  const schema = Object.fromEntries(parts) as Json;
  const place = typeof $comment === "string" ? { description: $comment } : {};
  if (typeof $id !== "string") return { ...schema, ...place };
  if (!Bun.deepEquals(named[$id] ?? schema, schema)) throw new Error(`Cannot name two schemas ${$id}`);
  named[$id] = schema;
  return { $ref: `#/components/schemas/${$id}`, ...place };
}

/** Where a value stands. */
interface Spot {
  /** The key that it stands under, which may say what it is. */
  readonly key?: string;
  /** What the object around it is: `message` for a Message. */
  readonly holder?: string;
}

/**
 * @param schema Of {@link plainSchema}.
 * @returns A value that fits the schema, out of its own examples where it has them.
 */
export function exampleOf(schema: Json, spot: Spot = {}): unknown {
  const { examples, anyOf, allOf, properties, items, type, format } = schema as {
    examples?: unknown[];
    anyOf?: Json[];
    allOf?: Json[];
    properties?: Record<string, Json>;
    items?: Json;
    type?: string | string[];
    format?: string;
  };
  const { key = "" } = spot;
  if (examples && examples.length > 0) return examples[0];
  if ("default" in schema) return schema.default;
  if ("const" in schema) return schema.const;
  if (format === "uuid") return exampleId(key === "id" ? (spot.holder ?? "") : key.replace(/_id$/, ""));
  const named = exampleFor(key);
  if (Array.isArray(schema.enum)) return schema.enum.includes(named) ? named : schema.enum[0];
  if (anyOf) return exampleOf(anyOf[0]!, spot);
  if (allOf) return Object.assign({}, ...allOf.map((part) => exampleOf(part)));
  if (properties) return objectExample(schema, spot);
  if (items) return [exampleOf(items, { ...spot, key: key.replace(/s$/, "") })];
  const plain = plainExample(Array.isArray(type) ? type[0] : type, schema);
  return typeof named === typeof plain && format === undefined ? named : plain;
}

function objectExample({ $id, properties, required = [] }: Json, { key }: Spot): Json {
  const holder = holderOf(String($id ?? key ?? ""));
  const shown = Object.entries(properties as Record<string, Json>).filter(
    ([name]) => (required as string[]).includes(name) || !isRarelyShown(name),
  );
  return Object.fromEntries(shown.map(([name, part]) => [name, exampleOf(part, { key: name, holder })]));
}

function plainExample(type: string | undefined, schema: Json): unknown {
  switch (type) {
    case "string":
      return textExample(schema);
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "array":
      return [];
    case "null":
      return null;
    default:
      return {};
  }
}

function textExample({ format, minLength }: Json): string {
  if (format === "date-time") return "2026-01-15T10:35:00.123Z";
  if (format === "date") return "1995-05-15";
  if (format === "email") return "ann@example.com";
  if (format === "uri") return "https://media.example.com/photo.jpg";
  return "text".padEnd(Number(minLength ?? 0), "x");
}
