/**
 * Generates random values from documented schemas for fuzzing: mostly valid, sometimes not. Pure.
 * @module
 */
import fc from "fast-check";
import type { Schema } from "./api_document.ts";

/** Texts that have broken something somewhere. */
export const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 3, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        "",
        " ",
        "\0",
        "\ud800",
        "😀",
        "null",
        "0",
        "-1",
        "' or 1=1 --",
        "%00",
        "#{7*7}",
        "{{7*7}}",
        "../../etc",
      ],
      ...[
        "<script>alert(1)</script>",
        "\u202e",
        "\u200b",
        "infinity",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
      ],
      ...["a".repeat(250), "🏔".repeat(251), "x".repeat(1001), "__proto__", "constructor", "jane@example.com"],
    ),
  },
);

/** @param pool Ids that lead somewhere, for whatever wants an id. */
export function fitting(pool: readonly string[]) {
  /** Values that fit a schema, mostly. */
  function fit(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map(fit));
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    switch (type) {
      case "object":
        return fc.record(
          Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([key, part]) => [key, value(part)]),
          ),
          { requiredKeys: [...(schema.required ?? [])] },
        );
      case "array":
        return fc.array(value(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 4, 4) });
      case "integer": {
        const { minimum: min = 0, maximum: max = 2 ** 31 } = schema;
        return fc.oneof(fc.integer({ min, max: Math.min(max, 2 ** 31) }), fc.constantFrom(min, max));
      }
      case "boolean":
        return fc.boolean();
      case "null":
        return fc.constant(null);
      case "string":
        return fittingText(schema);
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  }

  function fittingText({ pattern, examples = [], minLength, maxLength }: Schema): fc.Arbitrary<unknown> {
    if (pattern?.includes("fA-F")) return fc.constantFrom(...pool);
    if (pattern === "^[0-9]{6}$")
      return fc.integer({ min: 0, max: 999_999 }).map((n) => String(n).padStart(6, "0"));
    const future = fc
      .integer({ min: -400, max: 400 })
      .map((d) => new Date(Date.now() + d * 86_400_000).toISOString());
    const bounds = { minLength: minLength ?? 0, maxLength: Math.min(maxLength ?? 60, 60) };
    return fc.oneof(
      text,
      fc.string(bounds),
      future,
      ...(examples.length > 0 ? [fc.constantFrom(...examples)] : []),
    );
  }

  /** One in eight fits nothing. */
  function value(schema: Schema): fc.Arbitrary<unknown> {
    return fc.oneof(
      { weight: 7, arbitrary: fit(schema) },
      { weight: 1, arbitrary: fc.oneof(text, fc.jsonValue({ maxDepth: 3 }), fc.double()) },
    );
  }

  return { fit, value };
}
