/**
 * Schemas for query strings: whole numbers in plain decimal, and the query of a list. Elysia's own numeric types
 * take `1e3` and `0x10`, and describe themselves in the docs as "a string or a number".
 * @module
 */
import { Kind, type TSchema, Type, TypeRegistry } from "@sinclair/typebox";

/** TypeBox's name of {@link QueryInteger}'s kind. */
export const QUERY_INTEGER = "vibes:QueryInteger";

interface IntegerOptions {
  readonly minimum: number;
  /** @default Number.MAX_SAFE_INTEGER */
  readonly maximum?: number;
  /** Taken when the key is absent. */
  readonly default?: number;
  readonly description?: string;
}

TypeRegistry.Set(QUERY_INTEGER, (schema: TSchema, value: unknown) => {
  const plain = typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return Number.isInteger(plain) && Number(plain) >= schema.minimum && Number(plain) <= schema.maximum;
});

/** @returns A whole number out of a query string, in plain decimal and inside its bounds; a number in handlers. */
export function QueryInteger({ maximum = Number.MAX_SAFE_INTEGER, ...options }: IntegerOptions) {
  const schema = Type.Unsafe<number>({ [Kind]: QUERY_INTEGER, type: "integer", maximum, ...options });
  // Elysia decodes a query twice, and a default arrives as a number.
  return Type.Transform(schema)
    .Decode((value) => Number(value))
    .Encode((value) => value);
}

/**
 * The query of a list.
 *
 * @param size.fallback Items a page without `limit`.
 * @param size.max Items a page at most; a larger `limit` is a VALIDATION_ERROR.
 */
export function PageQuery(size: { fallback: number; max: number }) {
  return Type.Object({
    limit: QueryInteger({
      minimum: 1,
      maximum: size.max,
      default: size.fallback,
      description: "Items a page",
    }),
    cursor: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        description: "`meta.pagination.cursor` of the page before",
      }),
    ),
  });
}
