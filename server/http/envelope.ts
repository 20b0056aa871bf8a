/**
 * The one shape of every answer, as values for handlers and as schemas for routes. It holds no data of its own.
 * @module
 */
import {
  type TLiteral,
  type TObject,
  type TProperties,
  type TSchema,
  type TUnion,
  Type,
} from "@sinclair/typebox";
import { status } from "elysia";
import { ERRORS, type ErrorCode } from "../protocol/errors.ts";
import { Pagination } from "../protocol/models.ts";

/** A success. */
export interface Ok<Data> {
  success: true;
  data: Data;
}

/** A page of a list. */
export interface Page<Data> extends Ok<Data> {
  meta: { pagination: Pagination };
}

/** @returns The success envelope around the data. */
export function ok<const Data>(data: Data): Ok<Data> {
  return { success: true, data };
}

/** @returns The success envelope with status 201, for a handler that made a resource. */
export function created<const Data>(data: Data) {
  return status(201, ok(data));
}

/** @returns The success envelope around one page of a list; the cursor is null at its end. */
export function page<const Data>(data: Data, pagination: Pagination): Page<Data> {
  return { success: true, data, meta: { pagination } };
}

/** @returns The schema of a success; keys that `data` does not declare are stripped from answers. */
export function Envelope<Data extends TSchema>(data: Data, options: { description?: string } = {}) {
  return Type.Object({ success: Type.Literal(true), data }, { description: "Success", ...options });
}

/**
 * @param data The schema of one page of a list.
 * @param more What the list's `meta` says beside the pagination.
 * @returns The schema of the answer.
 */
export function Paged<Data extends TSchema, More extends TProperties = Record<never, never>>(
  data: Data,
  { meta: more, ...options }: { description?: string; meta?: More } = {},
) {
  const meta = Type.Object({ pagination: Pagination, ...(more as More) });
  return Type.Object({ success: Type.Literal(true), data, meta }, { description: "A page", ...options });
}

/** The body of every failure. */
export interface Failure<Code extends string = ErrorCode> {
  success: false;
  error: { code: Code; message: string; details: unknown[] | Record<string, unknown>; request_id: string };
}

type Status<Code extends ErrorCode> = (typeof ERRORS)[Code]["status"];
type FailureSchema<Code extends string> = TObject<{
  success: TLiteral<false>;
  error: TObject<{
    code: TUnion<[TLiteral<Code>]>;
    message: ReturnType<typeof Type.String>;
    details: ReturnType<typeof detailsSchema>;
    request_id: ReturnType<typeof Type.String>;
  }>;
}>;
type FailuresByStatus<Code extends ErrorCode> = {
  [S in Status<Code>]: FailureSchema<{ [C in Code]: Status<C> extends S ? C : never }[Code]>;
};

function detailsSchema() {
  return Type.Union([Type.Array(Type.Unknown()), Type.Record(Type.String(), Type.Unknown())], {
    description:
      "Facts for machines: `[{path, code, message, limit?}]` for a VALIDATION_ERROR, else an object or `[]`",
    examples: [[]],
  });
}

const COMMON = [
  "VALIDATION_ERROR",
  "PAYLOAD_TOO_LARGE",
  "RATE_LIMIT_EXCEEDED",
  "INTERNAL_SERVER_ERROR",
  "SERVICE_UNAVAILABLE",
] as const satisfies ErrorCode[];
const SIGNED_IN = [...COMMON, "UNAUTHORIZED", "FORBIDDEN"] as const satisfies ErrorCode[];

/**
 * The failures of a route that needs a signed-in caller, as response schemas by status: those that every such
 * route may give, and the codes named here.
 *
 * @example
 * ```ts
 * response: { 200: Envelope(Answer), ...errors("USER_BLOCKED", "CONVERSATION_NOT_FOUND") }
 * ```
 */
export function errors<Code extends ErrorCode = never>(...codes: Code[]) {
  return failures<Code | (typeof SIGNED_IN)[number]>([...SIGNED_IN, ...codes]);
}

/** The failures of a route for anybody; see {@link errors}. */
export function publicErrors<Code extends ErrorCode = never>(...codes: Code[]) {
  return failures<Code | (typeof COMMON)[number]>([...COMMON, ...codes]);
}

const schemas = new Map<string, TSchema>();

function failures<Code extends ErrorCode>(codes: readonly Code[]): FailuresByStatus<Code> {
  const byStatus = new Map<number, Set<ErrorCode>>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  const entries = [...byStatus].map(([status, set]) => [status, failureSchema([...set].sort())]);
  return Object.fromEntries(entries) as FailuresByStatus<Code>;
}

/** One schema object a set of codes, so that a hundred routes do not hold a thousand equal ones. */
function failureSchema(codes: ErrorCode[]): TSchema {
  const key = codes.join();
  const known = schemas.get(key);
  if (known) return known;
  const schema = Type.Object(
    {
      success: Type.Literal(false),
      error: Type.Object({
        code: Type.Union(codes.map((code) => Type.Literal(code))),
        message: Type.String({
          description: "For people; decide by the code",
          examples: [ERRORS[codes[0]!].message],
        }),
        details: detailsSchema(),
        request_id: Type.String({
          description: "Quote it when you ask for help",
          examples: ["0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11"],
        }),
      }),
    },
    { description: codes.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join("\n\n") },
  );
  schemas.set(key, schema);
  return schema;
}
