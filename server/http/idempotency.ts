/**
 * The name that a client gives to one attempt: the `Idempotency-Key` header or the body's `client_message_id`,
 * which are the same thing. What a repeated name means is the feature's business.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { invalid } from "../protocol/errors.ts";
import { TextField } from "../protocol/fields.ts";

/** Characters of a key, at most. */
export const MAX_KEY_LENGTH = 64;

const KEY = { min: 1, max: MAX_KEY_LENGTH, verbatim: true };
const KEY_PATH = "headers.idempotency-key";

/** The header, for a route's `headers`. */
export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    TextField({ ...KEY, description: "A retry with the same key returns the original result" }),
  ),
});

/** The body's field, for a route's body schema and for socket events. */
export const ClientMessageId = TextField({
  ...KEY,
  description: "The same as the Idempotency-Key header; both given must be equal",
});

interface Given {
  readonly headers: { readonly "idempotency-key"?: string | undefined };
  readonly body: { readonly client_message_id?: string | undefined };
}

/**
 * Merges the two ways of naming an attempt.
 *
 * @returns The key, or undefined when the client gave none.
 * @throws VALIDATION_ERROR when both are given and differ, or the header holds other than printable ASCII.
 */
export function idempotencyKey({ headers, body }: Given): string | undefined {
  const header = headers["idempotency-key"];
  const field = body.client_message_id;
  if (header !== undefined && !/^[\x20-\x7e]+$/.test(header)) {
    throw invalid({ path: KEY_PATH, code: "format", message: "must be printable ASCII" });
  }
  if (header !== undefined && field !== undefined && header !== field) {
    const message = "must equal body.client_message_id when both are given";
    throw invalid({ path: KEY_PATH, code: "not_allowed", message });
  }
  return field ?? header;
}
