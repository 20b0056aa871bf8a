/**
 * Authentication and roles, checked before a body is read or validated. It owns the `auth`, `public`, `signup` and
 * `appeal` macros; it reads no tables and no tokens itself.
 * @module
 */
import { Elysia } from "elysia";
import { admitted, isStaff, type LoadViewer, type Viewer } from "../domain/viewer.ts";
import type { SignupClaims, Tokens } from "../lib/tokens.ts";
import { AppError, invalid } from "../protocol/errors.ts";
import { readJson, urlProblems } from "./input.ts";
import { factsOf, type InputSchemas, type RequestFacts } from "./request_facts.ts";

/** Who may call: any signed-in person, moderators and admins, admins only. */
export type Access = "user" | "staff" | "admin";
/** What a route may declare, for tests that walk over the router. */
export type DeclaredAccess = Access | "signup" | "appeal" | "public";

interface AuthOptions {
  readonly tokens: Pick<Tokens, "verifyAccess" | "verifySignup" | "verifyAppeal">;
  readonly loadViewer: LoadViewer;
}

/**
 * The macros that say who may call. Every route declares exactly one of them (createApp refuses to start
 * otherwise), because they also read the body: Elysia runs parse hooks of an app before those of a route, so that
 * a body parser of the app would judge the body of an anonymous caller first.
 */
export function createAuth({ tokens, loadViewer }: AuthOptions) {
  /** A GET has no parse stage, so both stages authenticate; the second finds the result of the first. */
  async function admit(request: Request, access: Access): Promise<void> {
    const facts = factsOf(request);
    facts.viewer ??= await identify(request, { tokens, loadViewer });
    if (access === "staff" && !isStaff(facts.viewer.role)) throw new AppError("FORBIDDEN");
    if (access === "admin" && facts.viewer.role !== "admin") throw new AppError("FORBIDDEN");
  }
  async function admitSignup(request: Request): Promise<void> {
    factsOf(request).signup ??= await tokens.verifySignup(bearerToken(request));
  }
  /** Whoever is signed in, or has an appeal token because a sanction keeps them from signing in. */
  async function admitAppellant(request: Request): Promise<void> {
    const facts = factsOf(request);
    if (facts.appellant) return;
    const appeal = await tokens.verifyAppeal(bearerToken(request)).catch(() => null);
    if (appeal === null) await admit(request, "user");
    facts.appellant = appeal ?? { userId: facts.viewer!.userId, sanctionId: null };
  }

  return new Elysia({ name: "http/auth" }).macro({
    auth: (access: Access) => {
      const route = new RouteInput(access);
      return {
        introspect: (hook: object) => route.declare(hook),
        detail: { security: [{ bearer: [] }] },
        parse: async ({ request }) => {
          await admit(request, access);
          return route.read(request);
        },
        transform: async ({ request, body }) => {
          await admit(request, access);
          return route.check(request, body);
        },
        resolve: ({ request }) => ({ viewer: viewerOf(request) }),
      };
    },
    signup: (_: true) => {
      const route = new RouteInput("signup");
      return {
        introspect: (hook: object) => route.declare(hook),
        detail: { security: [{ signup: [] }] },
        parse: async ({ request }) => {
          await admitSignup(request);
          return route.read(request);
        },
        transform: async ({ request, body }) => {
          await admitSignup(request);
          return route.check(request, body);
        },
        resolve: ({ request }) => ({ signup: signupOf(request) }),
      };
    },
    appeal: (_: true) => {
      const route = new RouteInput("appeal");
      return {
        introspect: (hook: object) => route.declare(hook),
        detail: { security: [{ bearer: [] }, { appeal: [] }] },
        parse: async ({ request }) => {
          await admitAppellant(request);
          return route.read(request);
        },
        transform: async ({ request, body }) => {
          await admitAppellant(request);
          return route.check(request, body);
        },
        resolve: ({ request }) => ({ appellant: appellantOf(request) }),
      };
    },
    // "raw": the handler reads the body itself, as bytes.
    public: (how: true | "raw") => {
      const route = new RouteInput("public");
      return {
        introspect: (hook: object) => route.declare(hook),
        detail: { security: [] },
        // Null: for undefined Elysia would try a parser of its own.
        parse: ({ request }) => (how === "raw" ? null : route.read(request)),
        transform: ({ request, body }) => route.check(request, body),
      };
    },
  });
}

/** The local hooks of a route: its schemas, and where the declared access is left for tests, docs and the start. */
interface RouteHook extends InputSchemas {
  access?: DeclaredAccess;
}

/** What one route takes, and how its body and its URL are read. */
class RouteInput {
  readonly #access: DeclaredAccess;
  #schemas: InputSchemas = {};

  constructor(access: DeclaredAccess) {
    this.#access = access;
  }

  declare(hook: RouteHook): void {
    hook.access = this.#access;
    this.#schemas = hook;
  }

  async read(request: Request): Promise<unknown> {
    const { value, problems } = await readJson(request);
    Object.assign(factsOf(request), { body: value ?? undefined, problems });
    return value;
  }

  /** @throws VALIDATION_ERROR for texts that nobody can store; the error handler adds what the schemas say. */
  check(request: Request, body: unknown): undefined {
    const facts = factsOf(request);
    facts.schemas = this.#schemas;
    facts.problems = [...facts.problems, ...urlProblems(request.url)];
    if (facts.problems.length > 0) throw invalid(...facts.problems);
    return withoutNull(body);
  }
}

/**
 * `null` stood for "no body" until here. What a transform returns is assigned onto the context, whatever its type
 * says; taking the whole context as an argument would make Elysia parse every header and the query each time.
 */
function withoutNull(body: unknown): undefined {
  return (body === null ? { body: undefined } : undefined) as unknown as undefined;
}

async function identify(request: Request, { tokens, loadViewer }: AuthOptions): Promise<Viewer> {
  const { sessionId, userId } = await tokens.verifyAccess(bearerToken(request));
  return admitted(await loadViewer(sessionId, userId));
}

function bearerToken(request: Request): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (!token) throw new AppError("UNAUTHORIZED");
  return token;
}

/** Set by an earlier hook; when it is missing, this file has a bug. */
function viewerOf(request: Request): Viewer {
  const { viewer } = factsOf(request);
  if (!viewer) throw new Error("Cannot give the viewer: the request was not authenticated");
  return viewer;
}

function appellantOf(request: Request): NonNullable<RequestFacts["appellant"]> {
  const { appellant } = factsOf(request);
  if (!appellant) throw new Error("Cannot give the appellant: the request was not authenticated");
  return appellant;
}

function signupOf(request: Request): SignupClaims {
  const { signup } = factsOf(request);
  if (!signup) throw new Error("Cannot give the sign-up claims: the request was not authenticated");
  return signup;
}
