/**
 * Failures in the OpenAPI document: one named schema for all of them, and one response for each set of codes, with an
 * example for each code. Pure.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { ERRORS, type ErrorCode, PROBLEM_CODES } from "../protocol/errors.ts";
import { literals } from "../protocol/models.ts";
import { pascalCase } from "./event_schemas.ts";
import { exampleId } from "./json_examples.ts";
import type { Json } from "./json_schema.ts";

const Problem = Type.Object(
  {
    path: Type.String({ description: "Such as `body.content`, `query.limit` or `body.interests.3`" }),
    code: literals(Object.keys(PROBLEM_CODES) as [string, ...string[]], { $id: "ProblemCode" }),
    message: Type.String({ description: "For people" }),
    limit: Type.Optional(Type.Number({ description: "The bound that the value is beyond" })),
  },
  { $id: "Problem", description: "What is wrong with one field" },
);

/** The body of every failure. */
export const FailureBody = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.Object({
      code: literals(Object.keys(ERRORS) as [string, ...string[]], {
        $id: "ErrorCode",
        description: "Decide by it. There may be new ones: treat one that you do not know by its status",
      }),
      message: Type.String({ description: "For people; decide by the code" }),
      details: Type.Union([Type.Array(Problem), Type.Object({}, { additionalProperties: true })], {
        description: "The bad fields of a VALIDATION_ERROR, else facts for machines",
      }),
      request_id: Type.String({ description: "Quote it when you ask for help" }),
    }),
  },
  { $id: "Error", description: "Every failure, whatever happened" },
);

/** The codes that a route's schema of one status allows. */
export function codesOf(schema: Json): ErrorCode[] {
  const { error } = (schema as { properties?: { error?: Json } }).properties ?? {};
  const { code } = (error?.properties ?? {}) as { code?: { enum?: ErrorCode[]; const?: ErrorCode } };
  return code?.enum ?? (code?.const ? [code.const] : []);
}

/** @returns The name of the response of these codes: `NotFoundOrUserBlocked`. */
export function responseName(codes: readonly ErrorCode[], isLimited: boolean): string {
  const words = codes.map((code) => pascalCase(code.toLowerCase()));
  return `${words.join("Or")}${isLimited ? "OfLimit" : ""}`;
}

/** One example for each code, under its name. */
export function failureExamples(codes: readonly ErrorCode[]): Json {
  return Object.fromEntries(codes.map((code) => [code, { value: failureExample(code) }]));
}

function failureExample(code: ErrorCode): Json {
  const { message } = ERRORS[code];
  const error = { code, message, details: DETAILS[code] ?? [], request_id: exampleId("http request") };
  return { success: false, error };
}

const RETRY = { retry_after_ms: 1500 };
const DETAILS: Partial<Record<ErrorCode, unknown>> = {
  VALIDATION_ERROR: [
    { path: "body.receiver_id", code: "format", message: "must be a UUID" },
    { path: "body.content", code: "required", message: "must be 1 to 1000 characters" },
  ],
  MESSAGE_REQUEST_EXISTS: { request_id: exampleId("request") },
  RATE_LIMIT_EXCEEDED: RETRY,
  LIKE_LIMIT_EXCEEDED: { reset_at: "2026-01-15T22:35:00.123Z" },
};
