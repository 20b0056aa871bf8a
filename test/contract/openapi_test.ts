/** The API's document: a linter of others finds no error in it, and it is complete. @module */
import { afterAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStubApp } from "./stub_app.ts";

const app = createStubApp();
const folder = await mkdtemp(join(tmpdir(), "openapi-"));
afterAll(() => rm(folder, { recursive: true }));

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: string[];
  readonly security?: object[];
  readonly responses: Record<string, unknown>;
}

const response = await app.handle(new Request("http://localhost/docs/openapi.json"));
const document = (await response.json()) as {
  paths: Record<string, Record<string, Operation>>;
  tags: { name: string; description?: string }[];
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) => {
  return Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation }));
});

test("redocly's linter finds no error", async () => {
  const file = join(folder, "openapi.json");
  await Bun.write(file, JSON.stringify(document, null, 2));
  const cli = Bun.fileURLToPath(import.meta.resolve("@redocly/cli/bin/cli.js"));
  const child = Bun.spawn([process.execPath, "--bun", cli, "lint", file, "--format", "stylish"], {
    cwd: folder,
    // It would report its use and look for a newer version of itself.
    env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "true" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  expect([output.match(/.*\berror\b.*/gi) ?? [], await child.exited]).toEqual([[], 0]);
}, 60_000);

test("every operation says what it is, who may call, what may go wrong, under a tag that is described", () => {
  expect(operations.length).toBeGreaterThan(8);
  for (const { name, operation } of operations) {
    const { summary, description, tags, security, responses } = operation;
    const said = {
      summary: Boolean(summary),
      description: Boolean(description),
      tags: tags?.length,
      security,
    };
    expect([name, said]).toMatchObject([
      name,
      { summary: true, description: true, tags: 1, security: expect.any(Array) },
    ]);
    expect([name, Object.keys(responses)]).toEqual([
      name,
      expect.arrayContaining(["400", "429", "500", "503"]),
    ]);
  }
  expect(document.tags.filter(({ description }) => !description)).toEqual([]);
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(ids.length).toBe(new Set(ids).size);
});
