/**
 * A small application for tests of the HTTP layer: every plugin, a handful of routes, people by name, no database.
 * Only tests import it.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { createLimits } from "../../server/backplane/limits.ts";
import { defaultLimits, type Limits } from "../../server/domain/limits.ts";
import type { Viewer } from "../../server/domain/viewer.ts";
import {
  created,
  createHttp,
  Envelope,
  errors,
  type Http,
  IdempotencyHeaders,
  idempotencyKey,
  ok,
  Paged,
  PageQuery,
  page,
  publicErrors,
} from "../../server/http/mod.ts";
import { createShell, ELYSIA_OPTIONS, type ShellOptions } from "../../server/http/shell.ts";
import { newId } from "../../server/lib/ids.ts";
import { createTokens } from "../../server/lib/tokens.ts";
import { AppError } from "../../server/protocol/errors.ts";
import { Id, Nullable, Uuid } from "../../server/protocol/models.ts";

export const SECRET = "a secret that is long enough for HS256";

const Note = Type.Object({
  id: Uuid,
  text: Type.String(),
  author: Nullable(Type.Object({ name: Type.String() })),
  tags: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
});
const NewNote = Type.Object({
  text: Type.String({ minLength: 1, maxLength: 20 }),
  kind: Type.Optional(Type.Union([Type.Literal("plain"), Type.Literal("loud")])),
  client_message_id: Type.Optional(Type.String({ maxLength: 64 })),
});

export function noteRoutes({ http, onNote }: { http: Http; onNote: (body: unknown) => void }) {
  // What a careless service would return: more than the schema declares, at every level.
  const careless = (text: string) => ({
    id: newId(),
    text,
    author: { name: "Ann", email: "ann@example.com" },
    tags: [{ name: "a", secret: 1 }],
    password: "x",
  });
  return new Elysia({ name: "notes", prefix: "/api/v1/notes", tags: ["Notes"] })
    .use(http)
    .post(
      "",
      ({ viewer, body, headers }) => {
        onNote({ ...body, viewer: viewer.userId, key: idempotencyKey({ headers, body }) });
        return created(careless(body.text));
      },
      {
        auth: "user",
        limit: "MESSAGE_REQUEST",
        headers: IdempotencyHeaders,
        body: NewNote,
        response: { 201: Envelope(Note), ...errors("CONFLICT") },
        detail: { summary: "Make a note", description: "Makes one." },
      },
    )
    .get(
      "",
      ({ query }) => page({ notes: [careless(String(query.limit))] }, { cursor: null, hasMore: false }),
      {
        auth: "user",
        limit: "DEFAULT",
        query: PageQuery({ fallback: 20, max: 50 }),
        response: { 200: Paged(Type.Object({ notes: Type.Array(Note) })), ...errors() },
        detail: { summary: "List notes", description: "Lists them." },
      },
    )
    .get("/open", ({ query }) => ok({ limit: query.limit }), {
      public: true,
      limit: "AUTH_ADDRESS",
      query: PageQuery({ fallback: 20, max: 50 }),
      response: { 200: Envelope(Type.Object({ limit: Type.Integer() })), ...publicErrors() },
      detail: { summary: "Open to all", description: "Anybody." },
    })
    .post("/open", ({ body }) => ok({ text: body.text }), {
      public: true,
      limit: "AUTH_ADDRESS",
      body: NewNote,
      response: { 200: Envelope(Type.Object({ text: Type.String() })), ...publicErrors() },
      detail: { summary: "Echo", description: "Anybody." },
    })
    .post("/signup", ({ signup }) => ok({ email: signup.email }), {
      signup: true,
      limit: "AUTH_ADDRESS",
      response: { 200: Envelope(Type.Object({ email: Type.String() })), ...errors() },
      detail: { summary: "Sign up", description: "With a sign-up token." },
    })
    .get("/staff", () => ok({ fine: true }), { auth: "staff", limit: "DEFAULT", detail: { hide: true } })
    .get("/admin", () => ok({ fine: true }), { auth: "admin", limit: "DEFAULT", detail: { hide: true } })
    .get(
      "/fails/:how",
      ({ params }) => {
        fail(params.how);
        return ok({});
      },
      { public: true, limit: "AUTH_ADDRESS", detail: { hide: true } },
    )
    .get("/misfit", () => ok({ wrong: "private words" }) as never, {
      public: true,
      limit: "AUTH_ADDRESS",
      response: { 200: Envelope(Type.Object({ right: Type.String() })) },
      detail: { hide: true },
    })
    .delete("/:id", ({ params }) => ok({ id: params.id }), {
      auth: "user",
      limit: "DEFAULT",
      params: Type.Object({ id: Id }),
      response: { 200: Envelope(Type.Object({ id: Uuid })), ...errors("NOT_FOUND") },
      detail: { summary: "Remove a note", description: "Removes it." },
    });
}

function fail(how: string): void {
  if (how === "crash") throw new Error("the password is hunter2");
  if (how === "text") throw "a bare text";
  if (how === "conflict") throw new AppError("CONFLICT", "Cannot do it: it was done", { status: "done" });
  if (how === "busy") throw new AppError("SERVICE_UNAVAILABLE");
  if (how === "likes") throw new AppError("LIKE_LIMIT_EXCEEDED", undefined, { retry_after_ms: 1500 });
}

interface ExampleOptions extends Partial<ShellOptions> {
  readonly rates?: Partial<Limits>;
}

/** @returns The application and what a test needs around it. */
export function createExampleApp({ rates, ...shell }: ExampleOptions = {}) {
  const people = new Map<string, Viewer>();
  const logged: { facts: Record<string, unknown>; message: string; level: string }[] = [];
  const notes: unknown[] = [];
  const tokens = createTokens({ secret: SECRET });
  const limits = createLimits({ limits: { ...defaultLimits(), ...rates } });
  const http = createHttp({
    tokens,
    limits,
    loadViewer: async (sessionId, userId) => {
      const viewer = people.get(userId);
      return viewer?.sessionId === sessionId ? viewer : null;
    },
  });
  const write = (level: string) => (facts: object, message: string) => {
    logged.push({ facts: facts as Record<string, unknown>, message, level });
  };
  const log = { info: write("info"), warn: write("warn"), error: write("error") };
  const app = new Elysia(ELYSIA_OPTIONS)
    .use(createShell({ log, limits, trustedProxies: [], allowedOrigins: [], ...shell }))
    .use(http)
    .use(noteRoutes({ http, onNote: (body) => notes.push(body) }));

  /** Makes a person and an access token of theirs. */
  async function signIn(over: Partial<Viewer> = {}): Promise<{ viewer: Viewer; token: string }> {
    const viewer: Viewer = {
      userId: newId(),
      sessionId: newId(),
      role: "user",
      isPremium: false,
      mutedUntil: null,
      suspendedUntil: null,
      ...over,
    };
    people.set(viewer.userId, viewer);
    return { viewer, token: await tokens.signAccess(viewer) };
  }

  interface Call {
    readonly token?: string;
    readonly json?: unknown;
    readonly body?: BodyInit;
    readonly headers?: Record<string, string>;
  }

  /** @param line Such as `POST /api/v1/notes`. */
  async function call(line: string, { token, json, body, headers = {} }: Call = {}) {
    const [method, path] = line.split(" ") as [string, string];
    const request = new Request(`http://localhost${path}`, {
      method,
      body: json === undefined ? body : JSON.stringify(json),
      headers: {
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
    });
    const response = await app.handle(request);
    const text = await response.text();
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
    let parsed: any;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: response.status, headers: response.headers, text, json: parsed };
  }

  return { app, http, call, signIn, tokens, people, logged, notes };
}
