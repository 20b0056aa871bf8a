/**
 * The query of a list.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { isCursorLike, NO_CURSOR } from "../lib/cursor.ts";
import { QueryInteger, TextField } from "../protocol/fields.ts";

export { QueryInteger } from "../protocol/fields.ts";

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
      TextField({
        min: 1,
        max: 512,
        verbatim: true,
        description: "`meta.pagination.cursor` of the page before",
        check: (text) => (isCursorLike(text) ? undefined : { code: "format", message: NO_CURSOR }),
      }),
    ),
  });
}
