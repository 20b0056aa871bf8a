/**
 * The probes of orchestrators and load balancers: liveness and readiness. It only reports; listen.ts decides when to
 * drain.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { Cached } from "../lib/cached.ts";
import { VERSION } from "../lib/version.ts";
import { AppError } from "../protocol/errors.ts";
import { Envelope, ok, publicErrors } from "./envelope.ts";
import type { Http } from "./mod.ts";

/** What the probes ask. */
export interface HealthDeps {
  readonly http: Http;
  /** Rejects when the database cannot be reached. */
  readonly checkDatabase: () => Promise<unknown>;
  /** Whether the process is shutting down. */
  readonly isDraining: () => boolean;
  /** Parts that are missing while the service goes on without them, such as `redis`. */
  readonly degraded: () => readonly string[];
}

/** Longest wait for the database, milliseconds: a prober's own timeout is usually one to five seconds. */
const DATABASE_DEADLINE_MS = 1000;
/** Probes within this time share one query, milliseconds. */
const REMEMBER_MS = 250;

const Alive = Envelope(
  Type.Object({
    status: Type.Literal("alive"),
    version: Type.String({ description: "Of the server's package", examples: ["0.1.0"] }),
    commit: Type.String({ description: "12 hexadecimal digits, or unknown", examples: ["3f8aec5df6c5"] }),
    bun: Type.String({ description: "The Bun it runs on", examples: ["1.4.5"] }),
  }),
);
const Ready = Envelope(
  Type.Object({
    status: Type.Union([Type.Literal("ready"), Type.Literal("degraded")]),
    degraded: Type.Array(Type.String(), {
      description: "Parts that are missing; the service goes on without",
    }),
  }),
);

/** `GET /livez` and `GET /readyz`, open to anybody and not counted. */
export function healthRoutes({ http, checkDatabase, isDraining, degraded }: HealthDeps) {
  const database = new Cached(() => within(DATABASE_DEADLINE_MS, checkDatabase()), { maxAgeMs: REMEMBER_MS });

  /** @throws SERVICE_UNAVAILABLE */
  async function assertReady(): Promise<void> {
    if (isDraining())
      throw new AppError("SERVICE_UNAVAILABLE", "This server is shutting down", { draining: true });
    try {
      await database.read();
    } catch (cause) {
      const error = new AppError("SERVICE_UNAVAILABLE", "The database cannot be reached", {
        database: false,
      });
      error.cause = cause;
      throw error;
    }
  }

  return new Elysia({ name: "health", tags: ["Health"] })
    .use(http)
    .get("/livez", () => ok({ status: "alive", ...VERSION }), {
      public: true,
      response: { 200: Alive, ...publicErrors() },
      detail: { summary: "Is the process alive?", description: "Answers as long as the process can." },
    })
    .get(
      "/readyz",
      async () => {
        await assertReady();
        const parts = [...degraded()];
        return ok({ status: parts.length > 0 ? "degraded" : "ready", degraded: parts });
      },
      {
        public: true,
        response: { 200: Ready, ...publicErrors() },
        detail: {
          summary: "May it get traffic?",
          description: "503 while the database cannot be reached, and from the moment a shutdown begins.",
        },
      },
    );
}

/** A stuck database can block a query for ever; a probe is answered all the same. */
function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Cannot reach the database: no answer in ${ms} ms`)), ms);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
