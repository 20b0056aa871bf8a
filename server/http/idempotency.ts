/**
 * The name that a client gives to one attempt: the `Idempotency-Key` header or the body's `client_message_id`,
 * which are the same thing. What a repeated name means is the feature's business.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { invalid } from "./input.ts";

/** Characters of a key, at most. */
export const MAX_KEY_LENGTH = 64;

const KEY = { minLength: 1, maxLength: MAX_KEY_LENGTH };

/** The header, for a route's `headers`. */
export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({ ...KEY, description: "A retry with the same key returns the original result" }),
  ),
});

/** The body's field, for a route's body schema and for socket events. */
export const ClientMessageId = Type.String({
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
    throw invalid("headers.idempotency-key", "must be printable ASCII");
  }
  if (header !== undefined && field !== undefined && header !== field) {
    throw invalid("headers.idempotency-key", "must equal body.client_message_id when both are given");
  }
  return field ?? header;
}
