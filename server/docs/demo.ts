/**
 * The demo: pages of `client/examples/web`, bundled at their first request, and a pair of people who are signed in
 * without a code. `vibes dev` adds it; it must never be part of a server in production, where it would sign in anybody.
 * @module
 */
import { Elysia } from "elysia";
import type { AuthService } from "../features/auth/mod.ts";
import { created, type Http } from "../http/mod.ts";
import { Cached } from "../lib/cached.ts";
import { DEMO_SCRIPTS, isExecutable, resource } from "../lib/resources.ts";
import { AppError } from "../protocol/errors.ts";

interface DemoOptions {
  readonly http: Http;
  readonly auth: Pick<AuthService, "enroll">;
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
const SCRIPT = "text/javascript; charset=utf-8";
const SCRIPTS = DEMO_SCRIPTS.map((name) => `${name}.js`);
const STYLES = ["base.css", "conversation.css", "demo.css", "lists.css", "messenger.css"];
const TYPES = new Map([
  ...SCRIPTS.map((name) => [name, SCRIPT] as const),
  ...STYLES.map((name) => [name, "text/css; charset=utf-8"] as const),
  ["icon.svg", "image/svg+xml"] as const,
]);

/** Each pair gets the next names: people of earlier pairs still appear in the feed, and must be told apart. */
const NAMES = [
  ["Leo", "Nia"],
  ["Max", "Zoe"],
  ["Tom", "Ida"],
  ["Jan", "Eva"],
  ["Ole", "Pia"],
] as const;

/** Each appears in the feed of the other. Without premium the first has to send a request; the second sees receipts. */
const PAIR = [
  {
    isPremium: false,
    profile: {
      date_of_birth: "1993-03-08",
      gender: "male" as const,
      country: "DE",
      city: "Hamburg",
      bio: "Bakes bread on Sundays, burns it on Mondays.",
      interests: ["hiking", "jazz", "ceramics"],
      preferred_genders: ["female" as const],
    },
  },
  {
    isPremium: true,
    profile: {
      date_of_birth: "1995-05-15",
      gender: "female" as const,
      country: "DE",
      city: "Berlin",
      bio: "Knows every trail within a day of Berlin.",
      interests: ["hiking", "photography", "board games"],
      preferred_genders: ["male" as const],
    },
  },
];

/** `GET /demo`, `GET /demo/app` and what they load, its service worker too; `POST /demo/pair` makes two people. */
export function demoRoutes({ http, auth }: DemoOptions) {
  const hidden = { public: true, detail: { hide: true } } as const;
  const pairs = new Pairs(auth);
  const bundles = new Map(SCRIPTS.map((name) => [name, new Cached(() => bundleOf(name))]));

  function serve(name: string, headers: Record<string, unknown>): Response {
    Object.assign(headers, { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY });
    return new Response(Bun.file(resource("demo", name)));
  }

  return (
    new Elysia({ name: "demo", prefix: "/demo" })
      .use(http)
      .get("", ({ set }) => serve("demo.html", set.headers), hidden)
      .get("/app", ({ set }) => serve("app.html", set.headers), hidden)
      .get(
        "/assets/:name",
        async ({ params: { name }, set }) => {
          const type = TYPES.get(name);
          if (!type) throw new AppError("NOT_FOUND");
          set.headers["content-type"] = type;
          const bundle = bundles.get(name);
          return bundle ? await bundle.read() : new Response(Bun.file(resource("demo", name)));
        },
        hidden,
      )
      // Here and not with the assets: a service worker serves the pages below its own folder.
      .get(
        "/push_worker.js",
        async ({ set }) => {
          set.headers["content-type"] = SCRIPT;
          return await bundles.get("push_worker.js")!.read();
        },
        hidden,
      )
      .post("/pair", async () => created({ people: await pairs.make() }), hidden)
  );
}

async function bundleOf(name: string): Promise<string> {
  if (isExecutable) return await Bun.file(resource("demo", name)).text();
  const { outputs } = await Bun.build({
    entrypoints: [resource("demo", name.replace(/js$/, "ts"))],
    target: "browser",
    format: "esm",
    minify: true,
  });
  return await outputs[0]!.text();
}

/** Makes pairs, each under the next names. */
class Pairs {
  readonly #auth: DemoOptions["auth"];
  #made = 0;

  constructor(auth: DemoOptions["auth"]) {
    this.#auth = auth;
  }

  make() {
    const names = NAMES[this.#made++ % NAMES.length]!;
    return Promise.all(
      PAIR.map(async ({ isPremium, profile }, i) => {
        const email = `demo-${crypto.randomUUID()}@demo.vibesmatch.test`;
        const person = { email, profile: { ...profile, name: names[i]! }, isPremium };
        const { access_token, refresh_token, user } = await this.#auth.enroll(person);
        const { id, name } = user;
        return { id, name, is_premium: isPremium, tokens: { access_token, refresh_token } };
      }),
    );
  }
}
