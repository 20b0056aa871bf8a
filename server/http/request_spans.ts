/**
 * The span of each request: opened around the whole application, ended where its answer is known. Only with tracing.
 * @module
 */
import type { Tracing } from "../tracing.ts";
import { factsOf } from "./request_facts.ts";

type Handle = (request: Request, ...rest: unknown[]) => unknown;

/** @returns What `Elysia.wrap` takes. */
export function requestSpans(tracing: Tracing) {
  return (handle: Handle) =>
    (request: Request, ...rest: unknown[]) => {
      const span = tracing.open(request.headers);
      factsOf(request).span = span;
      return span.within(() => handle(request, ...rest));
    };
}
