/**
 * The whole application for a test file on its own database. Requests go through the same `handle` as over the network;
 * accounts are created by the same code as `vibes users create`.
 * @module
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../server/app.ts";
import { type Config, loadConfig } from "../../server/config/mod.ts";
import { type Context, type ContextOverrides, createContext } from "../../server/context/mod.ts";
import type { Database } from "../../server/db/client.ts";
import { setRoleDefaults } from "../../server/db/server_role.ts";
import type { Gender, Role } from "../../server/protocol/models.ts";
import { type ApiDocument, loadApiDocument } from "./api_document.ts";
import type { TestCluster } from "./cluster.ts";
import { createTestDatabase } from "./database.ts";
import { PATIENCE_MS } from "./eventually.ts";

/** Signs the tokens of every test application. */
export const TEST_SECRET = "a test secret that is long enough for HS256";

/** What a test changes about its application. */
export interface TestAppOptions extends ContextOverrides {
  /** Environment keys: `{ LIMITS: "on", LIMIT_LIKES: "2/1h" }`. Limits are off by default. */
  readonly env?: Readonly<Record<string, string>>;
  /** Changes on top of the parsed configuration. */
  readonly config?: Partial<Config>;
  /** On this cluster instead of the one that all tests share. */
  readonly cluster?: TestCluster;
  /** Puts something between the server and its database. @returns The URL that leads through it. */
  readonly through?: (serverUrl: string) => Promise<string>;
}

/** One call. */
export interface TestRequest {
  /** Access token, or any other Bearer token. */
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly rawBody?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One answer. */
export interface TestAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly body: any;
  readonly headers: Headers;
}

/** Somebody to be made; all of it has a default. */
export interface TestPerson {
  readonly email?: string;
  readonly name?: string;
  readonly birthdate?: string;
  readonly gender?: Gender;
  readonly country?: string;
  readonly premium?: boolean;
  readonly role?: Role;
  readonly preferred_genders?: Gender[];
  readonly profile_photos?: string[];
  readonly interests?: string[];
  readonly bio?: string;
  readonly show_activity_status?: boolean;
}

/** Somebody who was made, signed in. */
export interface TestUser {
  readonly id: string;
  /** Access token. */
  readonly token: string;
  readonly refreshToken: string;
  readonly email: string;
}

/** Mails that the application sent. */
export interface TestMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** @returns The code that a mail brought. @throws Error when there is no such mail, or no code in it. */
export function codeIn(mail: TestMail | undefined): string {
  const code = /\b\d{6}\b/.exec(mail?.text ?? "")?.[0];
  if (code === undefined) throw new Error(`Cannot find a code: the mail is ${JSON.stringify(mail)}`);
  return code;
}

/** @returns Another code than this one. */
export function otherCode(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, "0");
}

/** See {@link createTestApp}. */
export interface TestApp {
  readonly app: ReturnType<typeof createApp>;
  readonly context: Context;
  /** As the role of the server. */
  readonly databaseUrl: string;
  /** The same database as superuser: for what a test prepares and the server itself may not do. */
  readonly owner: Database;
  readonly ownerUrl: string;
  /** What was sent so far, the newest last. */
  readonly mails: readonly TestMail[];
  /** @param path From the root, with its query: `/api/v1/matches?limit=2`. */
  request(method: string, path: string, request?: TestRequest): Promise<TestAnswer>;
  createUser(person?: TestPerson): Promise<TestUser>;
  close(): Promise<void>;
}

/**
 * Builds the application on a new database.
 *
 * @example
 * ```ts
 * const { request, createUser, close } = await createTestApp();
 * afterAll(close);
 * test("…", async () => {
 *   const ana = await createUser({ premium: true });
 *   const { status, body } = await request("GET", "/api/v1/users/profile", { token: ana.token });
 * });
 * ```
 */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { env, config, cluster, through, ...overrides } = options;
  const database = await createTestDatabase({ cluster });
  const mails: TestMail[] = [];
  const pictures = join(tmpdir(), `vibes-pictures-${crypto.randomUUID()}`);
  const keys = {
    NODE_ENV: "test",
    LIMITS: "off",
    JWT_SECRET: TEST_SECRET,
    DATABASE_URL: (await through?.(database.serverUrl)) ?? database.serverUrl,
    MEDIA_STORE: `file:${pictures}`,
    DATABASE_ENGINE: process.env.TEST_CITUS_URL && !cluster ? "citus" : "postgresql",
  };
  const pooler = process.env.TEST_POOLER && !through ? await pool(database.serverUrl) : undefined;
  const context = await createContext(
    { ...loadConfig({ ...keys, ...pooler?.keys, ...env }), ...config },
    {
      sendMail: async (mail) => void mails.push(mail),
      // Told at once, unless the test is about the time in which a decision can be undone.
      noticeGraceMs: 0,
      // Tests about deadlines set their own.
      databaseDeadlineMs: PATIENCE_MS,
      ...overrides,
    },
  );
  const app = createApp(context);
  let people = 0;
  let document: Promise<ApiDocument> | undefined;

  return {
    app,
    context,
    databaseUrl: database.serverUrl,
    owner: database.database,
    ownerUrl: database.url,
    mails,

    async request(method, path, { token, body, rawBody, headers = {} } = {}) {
      const response = await app.handle(
        new Request(`http://localhost${path}`, {
          method,
          body: body === undefined ? rawBody : JSON.stringify(body),
          headers: {
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...headers,
          },
        }),
      );
      const text = await response.text();
      const answer = { status: response.status, body: parse(text), headers: response.headers };
      // Whatever a test is about: an answer that the API's document does not promise fails it.
      document ??= loadApiDocument(app);
      const problems = (await document).judge({ method, path }, answer);
      if (problems.length > 0) throw new Error(`Not as documented: ${problems.join("\n")}`);
      return answer;
    },

    async createUser({ email, premium, role, birthdate, ...person } = {}) {
      const number = ++people;
      const profile = {
        name: `Person ${number}`,
        date_of_birth: birthdate ?? "1995-05-15",
        gender: "female" as const,
        country: "DE",
        ...person,
      };
      const address = email ?? `person${number}@example.com`;
      const signedIn = await context.auth.enroll({ email: address, profile, isPremium: premium, role });
      const { access_token: token, refresh_token: refreshToken, user } = signedIn;
      return { id: user.id, token, refreshToken, email: user.email };
    },

    async close() {
      await context.close();
      await pooler?.stop();
      await database.close();
      await rm(pictures, { recursive: true, force: true });
    },
  };
}

/**
 * TEST_POOLER, `transaction` or `prepared`: a pgbouncer in transaction mode before every test application's database.
 */
async function pool(serverUrl: string) {
  // Only now: it complains where there is none.
  const { startPgbouncer } = await import("./pgbouncer.ts");
  const { url, stop } = await startPgbouncer(serverUrl, {
    mode: "transaction",
    prepared: process.env.TEST_POOLER === "prepared",
  });
  await setRoleDefaults(serverUrl);
  return { keys: { DATABASE_URL: url, DATABASE_POOLER: process.env.TEST_POOLER ?? "" }, stop };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
