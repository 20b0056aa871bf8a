/** The API's document: a linter of others finds nothing in it, and it is complete. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessOf, limitOf } from "../../server/http/route_rules.ts";
import { ERRORS } from "../../server/protocol/errors.ts";
import { checkValue, loadApiDocument } from "../harness/api_document.ts";
import { createAppWithoutServices } from "./app_without_services.ts";

const app = createAppWithoutServices();
const folder = await mkdtemp(join(tmpdir(), "openapi-"));
afterAll(() => rm(folder, { recursive: true }));

interface Document {
  paths: Record<string, Record<string, { operationId: string }>>;
  tags: { name: string; description?: string }[];
  servers: { url: string }[];
  components: { schemas: Record<string, object>; responses: object; securitySchemes: object };
}

async function read(path: string) {
  const response = await app.handle(new Request(`http://api.vibesmatch.com${path}`));
  const text = await response.text();
  return { path, text, document: JSON.parse(text) as Document };
}
const apps = await read("/docs/openapi.json");
const staff = await read("/docs/staff.json");
const allTags = [...apps.document.tags, ...staff.document.tags];
const { operations } = await loadApiDocument(app);

/**
 * The plan's own paths: `PUT /messages/{id}/read` and `DELETE /messages/request/{id}` could both be meant by
 * `/messages/request/read`, were it not for their methods and for ids being UUIDs.
 */
// And a picture is answered with a redirect.
const KNOWN = ["no-ambiguous-paths", "operation-2xx-response"];

test.each([apps, staff])(
  "redocly finds nothing in $path but what the plan's paths make",
  async ({ document }) => {
    const file = join(folder, `${crypto.randomUUID()}.json`);
    await Bun.write(file, JSON.stringify(document, null, 2));
    const cli = Bun.fileURLToPath(import.meta.resolve("@redocly/cli/bin/cli.js"));
    const child = Bun.spawn(
      [
        process.execPath,
        "--bun",
        cli,
        "lint",
        file,
        "--extends",
        "recommended-strict",
        "--format",
        "stylish",
      ],
      {
        cwd: folder,
        // It would report its use and look for a newer version of itself.
        env: {
          ...process.env,
          REDOCLY_TELEMETRY: "off",
          REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
          CI: "true",
          NO_COLOR: "1",
          FORCE_COLOR: "0",
        },
        // Files: it ends without waiting for a pipe to take its last words.
        stdout: Bun.file(`${file}.out`),
        stderr: Bun.file(`${file}.err`),
      },
    );
    const code = await child.exited;
    const output = (await Bun.file(`${file}.out`).text()) + (await Bun.file(`${file}.err`).text());
    const told = [...output.matchAll(/^ +\d+:\d+ +(?:error|warning) +(\S+)/gm)].map(([, rule]) => rule);
    expect([told, output]).toEqual([document === apps.document ? KNOWN : [], expect.any(String)]);
    expect(code).toBe(told.length > 0 ? 1 : 0);
  },
  60_000,
);

test("every visible route is in it, and nothing else", () => {
  const visible = app.routes
    .filter(({ hooks }) => (hooks as { detail?: { hide?: boolean } }).detail?.hide !== true)
    .map(({ method, path }) => `${method} ${path}`);
  expect(operations.map(({ name }) => name).sort()).toEqual(visible.sort());
  expect(operations.length).toBeGreaterThan(45);
  const ids = [apps, staff].flatMap(({ document }) =>
    Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    ),
  );
  expect(ids.length).toBe(new Set(ids).size);
  expect(allTags.filter(({ description }) => !description)).toEqual([]);
});

describe.each(operations.map((operation) => [operation.name, operation] as const))(
  "%s",
  (name, operation) => {
    const { summary, description, tags, security, parameters, body, responses } = operation;
    const route = app.routes.find((candidate) => `${candidate.method} ${candidate.path}` === name)!;
    const access = accessOf(route);

    test("says what it is, under a tag that is described", () => {
      expect({ summary: Boolean(summary), description: Boolean(description), tags: tags?.length }).toEqual({
        summary: true,
        description: true,
        tags: 1,
      });
      expect(allTags.map((tag) => tag.name)).toContain(tags![0]!);
      expect(
        parameters.filter((parameter) => !describes(parameter)).map((parameter) => parameter.name),
      ).toEqual([]);
    });

    test("says who may call, and what it counts against", () => {
      const schemes = {
        public: [],
        signup: [{ signup: [] }],
        appeal: [{ bearer: [] }, { appeal: [] }],
      } as Record<string, unknown>;
      const scheme = schemes[access ?? ""] ?? [{ bearer: [] }];
      expect<unknown>(security).toEqual(scheme);
      if (access === "staff" || access === "admin") expect(description).toContain("For ");
      const limit = limitOf(route);
      if (limit !== undefined) expect(description).toContain(`limit \`${limit}\``);
    });

    test("says what may go wrong", () => {
      const always = ["400", "429", "500", "503", ...(access === "public" ? [] : ["401", "403"])];
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(always));
      for (const [status, answer] of Object.entries(responses)) {
        expect([status, answer.description]).not.toEqual([status, ""]);
        if (status < "400") continue;
        const codes = Object.keys(answer.content!["application/json"].examples!) as (keyof typeof ERRORS)[];
        expect(codes.length).toBeGreaterThan(0);
        for (const one of codes) expect(`${one} ${ERRORS[one].status}`).toBe(`${one} ${status}`);
      }
      const isLimited = limitOf(route) !== undefined;
      expect(Object.keys(responses["429"]!.headers ?? {}).includes("RateLimit")).toBe(isLimited);
    });

    test("shows examples that are true to their schemas", () => {
      const examples = Object.entries(responses).flatMap(([status, { content }]) => {
        // A redirect has no body.
        if (status === "302") return [];
        const { schema, example, examples: several } = content!["application/json"];
        const all = several ? Object.values(several).map(({ value }) => value) : [example];
        return all.map((one) => ({ status, schema, example: one }));
      });
      for (const { status, schema, example } of examples) {
        expect([status, example, checkValue(schema, example)]).toEqual([status, expect.anything(), []]);
      }
      if (body)
        expect([body.example, checkValue(body.schema, body.example)]).toEqual([expect.anything(), []]);
      const all = JSON.stringify([body?.example, examples.map(({ example }) => example)]);
      // What an example is made of when nothing is known about a key.
      expect(all.match(/"(?!message_type)\w+":\[?"text"/g) ?? []).toEqual([]);
    });
  },
);

function describes({ description, schema }: { description?: string; schema: { description?: string } }) {
  return Boolean(description ?? schema.description);
}

test("it holds no word of our insides", () => {
  for (const { text } of [apps, staff])
    expect(text).not.toMatch(
      /\bx-[a-z]+"|localhost|127\.0\.0\.1|postgres|\bsql\b|password|user_logs|pair lock/i,
    );
});

test("shapes, failures and operations have names, ids a format, and nothing is written twice", () => {
  const { schemas } = apps.document.components;
  const names = ["Message", "Conversation", "UserCard", "Match", "MessageRequest", "Error", "Pagination"];
  expect(Object.keys(schemas)).toEqual(expect.arrayContaining(names));
  for (const { text, document } of [apps, staff]) {
    // Written out where it belongs, and referred to everywhere else.
    expect(text.match(/"request_id":\{"description":"Quote it/g)?.length).toBe(1);
    expect(text).not.toMatch(/"(?:\$id|\$comment|patternProperties)"|"pattern":"[^"]*\{12\}/);
    const ids = Object.values(document.paths)
      .flatMap(Object.values)
      .map(({ operationId }) => operationId);
    expect(
      ids.filter((id) => !/^[a-z]+(?:[A-Z][a-z]+)*$/.test(id) || /^(?:get|post|put|delete)Api/.test(id)),
    ).toEqual([]);
    expect(document.servers).toEqual([
      { url: "http://api.vibesmatch.com", description: "This server" },
    ] as never);
  }
  expect(apps.text).toContain('"operationId":"sendMessage"');
  expect(apps.text).toContain('"format":"uuid"');
  const open = apps.text.match(/"anyOf":\[\{"type":"\w+"[^{}]*\},\{"type":"null"/g) ?? [];
  expect(open).toEqual([]);
});

test("staff have a document of their own, which in production only they may read", async () => {
  expect(Object.keys(apps.document.paths).filter((path) => path.includes("/admin/"))).toEqual([]);
  expect(Object.keys(staff.document.paths).filter((path) => !path.includes("/admin/"))).toEqual([]);
  const closed = createAppWithoutServices({ openStaffDocs: false });
  for (const path of ["/docs/staff", "/docs/staff.json"]) {
    expect([path, (await closed.handle(new Request(`http://localhost${path}`))).status]).toEqual([path, 401]);
    expect([path, (await app.handle(new Request(`http://localhost${path}`))).status]).toEqual([path, 200]);
  }
});

test("documents and pages are answered 304 to whoever has them", async () => {
  for (const path of [
    "/docs",
    "/docs/openapi.json",
    "/docs/asyncapi.json",
    "/docs/events",
    "/docs/staff.json",
  ]) {
    const first = await app.handle(new Request(`http://localhost${path}`));
    const headers = { "if-none-match": first.headers.get("etag")! };
    const again = await app.handle(new Request(`http://localhost${path}`, { headers }));
    expect([path, first.status, again.status, await again.text()]).toEqual([path, 200, 304, ""]);
  }
});
