/**
 * What a log line may say about a failure: enough to find the mistake, never a value that a person sent. It
 * writes nothing itself.
 * @module
 */
import { ValidationError } from "elysia";
import { describeRefusals, type Refusal } from "../domain/validation.ts";

/** The loggable part of a failure. */
export interface ErrorReport {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
}

/** Fields of a PostgreSQL error that name things of ours; its message and detail quote values. */
const POSTGRES_FIELDS = ["code", "constraint_name", "table_name", "column_name", "routine"] as const;

/** @returns What may be logged about anything that was thrown. */
export function reportError(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return { type: typeof error, message: "not an Error" };
  const message = messageOf(error);
  // A stack begins with the message as it was thrown, over any number of lines: only its frames are kept.
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return { type: error.name, message, stack: [`${error.name}: ${message}`, ...frames].join("\n") };
}

function messageOf(error: Error): string {
  if (error instanceof ValidationError) {
    const refusals = error.all as unknown as Refusal[];
    const places = describeRefusals(refusals, error.type).map(({ path, message }) => `${path} ${message}`);
    return `Cannot answer: ${error.type} does not fit its schema: ${places.join("; ")}`;
  }
  if (error.name === "PostgresError") {
    const fields = error as unknown as Record<string, unknown>;
    return POSTGRES_FIELDS.flatMap((name) => (fields[name] ? [`${name}=${fields[name]}`] : [])).join(" ");
  }
  return error.message;
}
