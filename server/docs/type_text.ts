/**
 * Writes JSON Schema as TypeScript, for clients that know no TypeBox. Pure.
 * @module
 */
import { type Json, plainSchema } from "./json_schema.ts";

const LINE = 110;

/**
 * An exported interface with one property for each schema.
 *
 * @param entries The schema and what it is for, by property.
 * @param names Named schemas that are types of the same file; every other one is written out.
 *
 * @example
 * ```ts
 * interfaceText("Events", { caught_up: { doc: "…", schema: Type.Object({ seq: Type.Integer() }) } });
 * ```
 */
export function interfaceText(
  name: string,
  entries: Readonly<Record<string, { readonly doc: string; readonly schema: unknown }>>,
  names: ReadonlySet<string> = new Set(),
): string {
  const members = Object.entries(entries).map(([key, { doc, schema }]) => {
    const { $id: _, ...unnamed } = plainSchema(schema);
    return member({ key, schema: unnamed, isOptional: false, doc, place: { indent: "  ", names } });
  });
  return `export interface ${name} {\n${members.join("\n")}\n}\n`;
}

interface Member {
  readonly key: string;
  readonly schema: Json;
  readonly isOptional: boolean;
  readonly doc: string | undefined;
  readonly place: Place;
}

interface Place {
  readonly indent: string;
  readonly names: ReadonlySet<string>;
}

function member({ key, schema, isOptional, doc, place }: Member): string {
  const { indent } = place;
  const comment = doc ? `${commentText(doc, indent)}\n` : "";
  return `${comment}${indent}${key}${isOptional ? "?" : ""}: ${typeText(schema, place)};`;
}

function commentText(doc: string, indent: string): string {
  const lines: string[] = [];
  for (const word of doc.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && `${indent} * ${last} ${word}`.length <= LINE)
      lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  if (lines.length === 1) return `${indent}/** ${lines[0]} */`;
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`].join("\n");
}

/** @throws Error for a schema that the protocol has not used so far. */
function typeText(schema: Json, place: Place): string {
  if (place.names.has(String(schema.$id))) return String(schema.$id);
  const { type, anyOf, allOf, items, properties, additionalProperties } = schema as {
    type?: string | string[];
    anyOf?: Json[];
    allOf?: Json[];
    items?: Json;
    properties?: Record<string, Json>;
    additionalProperties?: Json | boolean;
  };
  if ("enum" in schema) return (schema.enum as unknown[]).map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (anyOf) return anyOf.map((part) => typeText(part, place)).join(" | ");
  if (allOf) return allOf.map((part) => typeText(part, place)).join(" & ");
  if (Array.isArray(type)) return type.map((one) => typeText({ ...schema, type: one }, place)).join(" | ");
  if (type === "string" || type === "boolean" || type === "null") return type;
  if (type === "integer" || type === "number") return "number";
  if (type === "array") return items ? `Array<${typeText(items, place)}>` : "unknown[]";
  if (type === "object") {
    if (properties && Object.keys(properties).length > 0) return objectText(schema, place);
    const values =
      typeof additionalProperties === "object" ? typeText(additionalProperties, place) : "unknown";
    return `{ [key: string]: ${values} }`;
  }
  if (Object.keys(schema).every((key) => key === "description" || key === "examples")) return "unknown";
  throw new Error(`Cannot write as TypeScript: ${JSON.stringify(schema)}`);
}

function objectText({ properties, required }: Json, { indent, names }: Place): string {
  const inner = `${indent}  `;
  const needed = new Set((required ?? []) as string[]);
  const members = Object.entries(properties as Record<string, Json>).map(([key, schema]) => {
    // The description of a named schema stands with its name, and that an id is a UUID is said by neither.
    const own =
      names.has(String(schema.$id)) || schema.description === "UUID" ? "" : (schema.description ?? "");
    const doc = String(schema.$comment ?? own) || undefined;
    return member({ key, schema, isOptional: !needed.has(key), doc, place: { indent: inner, names } });
  });
  return `{\n${members.join("\n")}\n${indent}}`;
}
