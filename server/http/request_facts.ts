/**
 * What this layer learns about one request before its handler runs. It is kept beside the request and not in
 * Elysia's context, because hooks of different stages and the error handler see different contexts.
 * @module
 */

import type { TSchema } from "@sinclair/typebox";
import type { Viewer } from "../domain/viewer.ts";
import { newId } from "../lib/ids.ts";
import type { SignupClaims } from "../lib/tokens.ts";
import type { Problem } from "../protocol/errors.ts";
import type { OpenSpan } from "../tracing.ts";

/** The schemas of a route's input. */
export interface InputSchemas {
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly headers?: TSchema;
  readonly body?: TSchema;
}

/** Facts about one request. */
export interface RequestFacts {
  /** For logs and for the envelope of a failure; echoed as `X-Request-Id`. */
  id: string;
  /** `performance.now()` at arrival, in milliseconds. */
  readonly startedAt: number;
  /** The client's network address, empty when unknown. */
  address: string;
  /** Set once the access token has been verified and the session found alive. */
  viewer?: Viewer;
  /** Set once a sign-up token has been verified. */
  signup?: SignupClaims;
  /** Set once whoever appeals is known; the sanction is the one that an appeal token names. */
  appellant?: { readonly userId: string; readonly sanctionId: string | null };
  /** What the route takes, for telling what is wrong with an input. */
  schemas?: InputSchemas;
  /** The body as it came, undefined when there is none. */
  body?: unknown;
  /** What is wrong with the input whatever its schemas. */
  problems: readonly Problem[];
  /** Set when the connection became a socket: no response is written then. */
  upgraded?: boolean;
  /** Set when requests are traced. */
  span?: OpenSpan;
}

const known = new WeakMap<Request, RequestFacts>();

/** @returns The facts of this request, new ones when it is seen for the first time. */
export function factsOf(request: Request): RequestFacts {
  let facts = known.get(request);
  if (!facts) {
    facts = { id: newId(), startedAt: performance.now(), address: "", problems: [] };
    known.set(request, facts);
  }
  return facts;
}
