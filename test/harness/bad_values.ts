/**
 * Generates invalid bodies from a route's documented schema and a valid body; each breaks one rule. Pure.
 * @module
 */
import type { Schema } from "./api_document.ts";

/** A body that must be refused. */
export interface BadBody {
  /** What is wrong with it, for the test's report. */
  readonly name: string;
  /** JSON text. */
  readonly json: string;
}

/** One mark more than a text may have in a row. */
export const LONG_RUN = `a${"\u0345".repeat(31)}`;

type Fields = Readonly<Record<string, unknown>>;

/** JSON cannot write half a surrogate pair by itself; an escape can. */
const LONE_SURROGATE = "\\ud800";

/**
 * @param schema The body's, as documented.
 * @param valid A body that the route takes.
 */
export function badBodies(schema: Schema, valid: Fields): BadBody[] {
  const bad: BadBody[] = [
    { name: "cut off", json: '{"a": ' },
    { name: "two values", json: "{} {}" },
    { name: "a comment", json: `/* x */${JSON.stringify(valid)}` },
    { name: "a trailing comma", json: `${JSON.stringify(valid).slice(0, -1)},}` },
    { name: "a text", json: '"text"' },
    { name: "a number", json: "1" },
    { name: "a list", json: "[]" },
    { name: "a list of it", json: JSON.stringify([valid]) },
    { name: "true", json: "true" },
    { name: "a key __proto__", json: `{"__proto__": {"role": "admin"}, ${JSON.stringify(valid).slice(1)}` },
    { name: "an unknown key with a NUL", json: JSON.stringify({ ...valid, zz: "a\0b" }) },
    { name: "a name with a NUL", json: JSON.stringify({ ...valid, "z\0": 1 }) },
    { name: "half a surrogate pair in an unknown key", json: insert(valid, "zz", `"${LONE_SURROGATE}"`) },
    { name: "nine levels", json: JSON.stringify({ ...valid, zz: nested(9) }) },
  ];
  for (const name of schema.required ?? []) {
    const { [name]: _, ...rest } = valid;
    bad.push({ name: `no ${name}`, json: JSON.stringify(rest) });
  }
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    for (const [what, json] of wrongValues(field)) {
      bad.push({ name: `${name}: ${what}`, json: insert(valid, name, json) });
    }
  }
  return bad;
}

function insert(valid: Fields, name: string, json: string): string {
  const { [name]: _, ...rest } = valid;
  const others = JSON.stringify(rest).slice(1, -1);
  return `{${others}${others === "" ? "" : ","}${JSON.stringify(name)}:${json}}`;
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

/** Whether the schema takes a kind of value. */
function takes(schema: Schema, type: string): boolean {
  if (schema.anyOf) return schema.anyOf.some((option) => takes(option, type));
  return Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type;
}

/** @returns What is wrong, and the value as JSON. */
function wrongValues(schema: Schema): [string, string][] {
  const kinds: [string, string, string][] = [
    ["string", "a text", '"x"'],
    ["integer", "a number", "7"],
    ["boolean", "true", "true"],
    ["array", "a list", "[]"],
    ["object", "an object", "{}"],
    ["null", "null", "null"],
  ];
  const wrong: [string, string][] = kinds
    .filter(([type]) => !takes(schema, type))
    .map(([, what, json]) => [what, json]);
  if (takes(schema, "string"))
    wrong.push(...wrongTexts(schema.anyOf?.find((s) => takes(s, "string")) ?? schema));
  if (takes(schema, "integer")) {
    const beyond = [(schema.minimum ?? 0) - 1, (schema.maximum ?? 1e15) + 1, 1.5, 1e300];
    wrong.push(...beyond.map((value): [string, string] => [`${value}`, JSON.stringify(value)]));
    wrong.push(["a number as text", '"7"'], ["a number that is none", "1e999"]);
  }
  if (takes(schema, "array")) {
    for (const [what, json] of wrongValues(schema.items ?? {})) wrong.push([`an item: ${what}`, `[${json}]`]);
    const { maxItems } = schema;
    if (maxItems !== undefined) wrong.push(["too many", JSON.stringify(Array(maxItems + 1).fill("x"))]);
  }
  return wrong;
}

function wrongTexts({ enum: options, pattern, maxLength, minLength }: Schema): [string, string][] {
  const wrong: [string, string][] = [
    ["a NUL", '"a\\u0000b"'],
    ["half a surrogate pair", `"${LONE_SURROGATE}"`],
    ["the other half", '"\\udc00"'],
    ["31 combining marks", JSON.stringify(LONG_RUN)],
  ];
  if (minLength) wrong.push(["empty", '""']);
  if (maxLength) wrong.push(["far too long", JSON.stringify("x".repeat(maxLength + 1))]);
  if (options) {
    wrong.push(
      ["none of its values", '"nothing"'],
      ["another case", JSON.stringify(String(options[0]).toUpperCase())],
    );
    wrong.push(["a space behind", JSON.stringify(`${options[0]} `)]);
  }
  if (pattern) wrong.push(...["x", "", "0198c0de", "../../etc/passwd", "' or 1=1 --"].map(named));
  if (pattern?.includes("fA-F")) wrong.push(...BAD_IDS.map(named));
  return wrong;
}

function named(text: string): [string, string] {
  return [JSON.stringify(text), JSON.stringify(text)];
}

/** What is no UUID, though it looks like one. */
export const BAD_IDS: readonly string[] = [
  "0198c0de5f1e7a608d3b0a6f8f3c2b11",
  "{0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11}",
  "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b1",
  "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b111",
  "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b1g",
  " 0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11",
  "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11\n",
  "urn:uuid:0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11",
  "null",
  "undefined",
];
