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

const response = await app.handle(new Request("http://localhost/docs/openapi.json"));
const text = await response.text();
const document = JSON.parse(text) as {
  paths: Record<string, Record<string, { operationId: string }>>;
  tags: { name: string; description?: string }[];
};
const { operations } = await loadApiDocument(app);

/**
 * The plan's own paths: `PUT /messages/{id}/read` and `DELETE /messages/request/{id}` could both be meant by
 * `/messages/request/read`, were it not for their methods and for ids being UUIDs.
 */
const KNOWN_WARNINGS = ["no-ambiguous-paths"];

test("redocly's linter finds no error, and only the warning that the plan's paths make", async () => {
  const file = join(folder, "openapi.json");
  await Bun.write(file, JSON.stringify(document, null, 2));
  const cli = Bun.fileURLToPath(import.meta.resolve("@redocly/cli/bin/cli.js"));
  const child = Bun.spawn([process.execPath, "--bun", cli, "lint", file, "--format", "stylish"], {
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
    stdout: Bun.file(join(folder, "stdout")),
    stderr: Bun.file(join(folder, "stderr")),
  });
  const code = await child.exited;
  const output =
    (await Bun.file(join(folder, "stdout")).text()) + (await Bun.file(join(folder, "stderr")).text());
  expect([output.match(/.*\berror\b.*/gi) ?? [], code]).toEqual([[], 0]);
  const warnings = [...output.matchAll(/^ +\d+:\d+ +warning +(\S+)/gm)].map(([, rule]) => rule);
  expect(warnings).toEqual(KNOWN_WARNINGS);
}, 60_000);

test("every visible route is in it, and nothing else", () => {
  const visible = app.routes
    .filter(({ hooks }) => (hooks as { detail?: { hide?: boolean } }).detail?.hide !== true)
    .map(({ method, path }) => `${method} ${path}`);
  expect(operations.map(({ name }) => name).sort()).toEqual(visible.sort());
  expect(operations.length).toBeGreaterThan(45);
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(ids.length).toBe(new Set(ids).size);
  expect(document.tags.filter(({ description }) => !description)).toEqual([]);
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
      expect(document.tags.map((tag) => tag.name)).toContain(tags![0]!);
      expect(
        parameters.filter((parameter) => !describes(parameter)).map((parameter) => parameter.name),
      ).toEqual([]);
    });

    test("says who may call, and what it counts against", () => {
      const scheme = access === "public" ? [] : [{ [access === "signup" ? "signup" : "bearer"]: [] }];
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
        const error = answer.content!["application/json"].schema.properties!.error!;
        const { code } = error.properties!;
        const codes = (code!.enum ?? [code!.const]) as (keyof typeof ERRORS)[];
        for (const one of codes) expect(`${one} ${ERRORS[one].status}`).toBe(`${one} ${status}`);
      }
      const isLimited = limitOf(route) !== undefined;
      expect(Object.keys(responses["429"]!.headers ?? {}).includes("RateLimit")).toBe(isLimited);
    });

    test("shows examples that are true to their schemas", () => {
      const examples = Object.entries(responses).map(
        ([status, { content }]) => [status, content!["application/json"]] as const,
      );
      for (const [status, { schema, example }] of examples) {
        expect([status, example, checkValue(schema, example)]).toEqual([status, expect.anything(), []]);
      }
      if (body)
        expect([body.example, checkValue(body.schema, body.example)]).toEqual([expect.anything(), []]);
      const all = JSON.stringify([body?.example, examples.map(([, { example }]) => example)]);
      // What an example is made of when nothing is known about a key.
      expect(all.match(/"(?!message_type)\w+":\[?"text"/g) ?? []).toEqual([]);
    });
  },
);

function describes({ description, schema }: { description?: string; schema: { description?: string } }) {
  return Boolean(description ?? schema.description);
}

test("it holds no word of our insides", () => {
  expect(text).not.toMatch(
    /\bx-[a-z]+"|localhost|127\.0\.0\.1|postgres|\bsql\b|password|user_logs|pair lock/i,
  );
});
