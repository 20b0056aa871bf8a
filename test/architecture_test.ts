/** The house holds: direction of imports, faces of features, what may act, what may be read. @module */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { judgeTree } from "./architecture/rules.ts";
import { readSource } from "./architecture/source.ts";

const ROOT = join(import.meta.dir, "..");

async function readTree(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const folder of ["server", "client", "cli", "admin-tui", "ops", "test"]) {
    const glob = new Bun.Glob(`${folder}/**/*.{ts,tsx}`);
    for await (const path of glob.scan(ROOT)) {
      // What `bun client/build.ts` has made.
      if (path.startsWith("client/package/")) continue;
      files[path] = await Bun.file(join(ROOT, path)).text();
    }
  }
  return files;
}

test("this tree keeps every rule", async () => {
  const violations = judgeTree(await readTree());
  expect(violations.map(({ path, rule, problem }) => `${path}: ${problem} [${rule}]`)).toEqual([]);
});

test("no path alias is configured", async () => {
  const { compilerOptions } = await Bun.file(join(ROOT, "tsconfig.json")).json();
  const { imports } = await Bun.file(join(ROOT, "package.json")).json();
  expect([compilerOptions.paths, compilerOptions.baseUrl, imports]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("importing every module of the server starts nothing: no output, no handle that keeps the process", async () => {
  const modules = Object.keys(await readTree()).filter((path) => {
    return path.startsWith("server/") && path !== "server/main.ts" && !path.endsWith("_test.ts");
  });
  const script = modules.map((path) => `import ${JSON.stringify(join(ROOT, path))};`).join("\n");
  const child = Bun.spawn([process.execPath, "-e", script], {
    cwd: ROOT,
    env: { PATH: process.env.PATH },
    stdout: "pipe",
    stderr: "pipe",
    timeout: 15_000,
  });
  const output = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect(output).toEqual(["", "", 0]);
});

describe("a planted violation is found:", () => {
  const DOC = "/** Owns a thing. @module */\n";
  const TREE = {
    "server/protocol/mod.ts": DOC,
    "server/lib/ids.ts": DOC,
    "server/db/client.ts": DOC,
    "server/http/_inner.ts": DOC,
    "server/http/auth.ts": DOC,
    "server/features/auth/mod.ts": DOC,
    "server/features/auth/queries.ts": DOC,
    "server/realtime/hub.ts": DOC,
    "server/realtime/sockets/connection.ts": DOC,
    "server/app.ts": DOC,
    "server/context/mod.ts": DOC,
    "server/config/mod.ts": DOC,
    "server/main.ts": DOC,
    "cli/output.ts": DOC,
    "cli/main.ts": DOC,
    "admin-tui/launch.ts": DOC,
    "test/harness/app.ts": DOC,
  };

  function rulesBroken(path: string, text: string): string[] {
    return judgeTree({ ...TREE, [path]: DOC + text }).map(({ rule }) => rule);
  }

  test("the clean tree has none", () => {
    expect(judgeTree(TREE)).toEqual([]);
  });

  test.each([
    ["imports point downward", "server/lib/x.ts", `import { a } from "../db/client.ts";`],
    ["imports point downward", "server/lib/x.ts", `import type { A } from "../db/client.ts";`],
    ["imports point downward", "server/lib/x.ts", `export * from "../db/client.ts";`],
    ["imports point downward", "server/lib/x.ts", `export type X = import("../db/client.ts").A;`],
    ["imports point downward", "server/lib/x.ts", `export const x = () => import("../db/client.ts");`],
    ["imports point downward", "server/lib/x.ts", `import {\n  type A,\n  b,\n} from "../db/client.ts";`],
    ["imports point downward", "server/http/x.ts", `import { a } from "../features/auth/mod.ts";`],
    ["imports point downward", "server/features/users/mod.ts", `import { a } from "../../realtime/hub.ts";`],
    [
      "imports point downward",
      "server/realtime/people/x.ts",
      `import type { A } from "../sockets/connection.ts";`,
    ],
    ["imports point downward", "server/realtime/x.ts", `import type { App } from "../app.ts";`],
    ["imports point downward", "server/app.ts", `import "./main.ts";`],
    ["imports point downward", "server/app.ts", `import "../cli/main.ts";`],
    ["imports point downward", "server/lib/x.ts", `import { a } from "../../cli/output.ts";`],
    [
      "a feature is imported through its mod.ts",
      "server/features/users/mod.ts",
      `import { a } from "../auth/queries.ts";`,
    ],
    [
      "a feature is imported through its mod.ts",
      "server/realtime/x.ts",
      `import type { A } from "../features/auth/queries.ts";`,
    ],
    ["imports point downward", "server/log.ts", `import { a } from "./db/client.ts";`],
    [
      "services know no HTTP",
      "server/features/users/service.ts",
      `import type { A } from "../../http/auth.ts";`,
    ],
    ["services know no HTTP", "server/realtime/people/x.ts", `import { a } from "../../http/auth.ts";`],
    ["_x.ts is private to its folder", "server/http/deep/x.ts", `import { a } from "../_inner.ts";`],
    ["_x.ts is private to its folder", "server/app.ts", `import { a } from "./http/_inner.ts";`],
    ["what cli may import", "cli/commands/load.ts", `import { a } from "../../server/db/client.ts";`],
    ["what cli may import", "cli/client.ts", `import { createApp } from "../server/app.ts";`],
    ["what cli may import", "cli/client.ts", `import { a } from "../server/lib/ids.ts";`],
    [
      "what cli may import",
      "cli/commands/users.ts",
      `import { a } from "../../server/features/auth/mod.ts";`,
    ],
    ["what cli may import", "cli/commands/load.ts", `import "../../admin-tui/launch.ts";`],
    ["what admin-tui may import", "admin-tui/api.ts", `import { a } from "../server/db/client.ts";`],
    ["what admin-tui may import", "admin-tui/api.ts", `import { a } from "../cli/output.ts";`],
    ["only tests import tests", "server/app.ts", `import { a } from "../test/harness/app.ts";`],
    ["no path alias", "server/app.ts", `import { a } from "@/lib/ids.ts";`],
    ["no path alias", "server/app.ts", `import { a } from "#lib/ids.ts";`],
    ["no path alias", "server/app.ts", `import { a } from "server/lib/ids.ts";`],
    ["explicit extensions", "server/app.ts", `import { a } from "./lib/ids";`],
    ["explicit extensions", "server/app.ts", `import { a } from "./lib/absent.ts";`],
    ["no cycles", "server/lib/ids.ts", `import type { A } from "./ids.ts";`],
    ["every file has its place", "server/extra/x.ts", ""],
    ["every file has its place", "server/extra.ts", ""],
    ["at most 250 lines", "server/lib/x.ts", "export const a = 1;\n".repeat(250)],
    ["at most 250 lines", "client/chat/x.ts", "export const a = 1;\n".repeat(250)],
    ["one thing per file", "server/lib/utils.ts", ""],
    ["one thing per file", "cli/helpers.ts", ""],
    [
      "SQL by tagged templates",
      "server/features/users/queries.ts",
      `export const a = (sql) => sql.unsafe("select 1");`,
    ],
    [
      "a VALIDATION_ERROR names its fields",
      "server/features/users/mod.ts",
      `export const a = () => new AppError("VALIDATION_ERROR", "Cannot do it");`,
    ],
    ["one place that normalises text", "cli/output.ts", `export const a = (b) => b.normalize("NFC");`],
    ["one reader of the environment", "server/lib/x.ts", "export const a = () => process.env.HOME;"],
    ["one reader of the environment", "server/context/mod.ts", "export const a = () => Bun.env.HOME;"],
    ["one reader of the environment", "server/main.ts", "const { env } = process;"],
    ["one reader of the environment", "cli/output.ts", "export const a = () => `$" + "{process.env.HOME}`;"],
    [
      "long-lived mutable state is a class",
      "server/lib/x.ts",
      "export function createX() {\n  let known: string | undefined;\n  return () => known;\n}",
    ],
    [
      "long-lived mutable state is a class",
      "server/http/x.ts",
      "export function xRoutes(\n  http: Http,\n) {\n  const known = new Map<string, number>();\n  return known;\n}",
    ],
    ["long-lived mutable state is a class", "server/lib/x.ts", "let known: string | undefined;"],
    ["plain parameters", "server/lib/x.ts", "export function a(b: string, ...[c, d]: [C, D]) {}"],
    ["plain parameters", "cli/output.ts", "export const a = () => b({ ...{ c, d }, e: 1 });"],
    ["plain parameters", "test/harness/x.ts", "export function a(b: string, ...[c, d]: [C, D?]) {}"],
    ["plain parameters", "client/x_test.ts", "export const a = { ...{ c, d }, e: 1 };"],
    [
      "people of tests act through the API",
      "test/integration/x_test.ts",
      `export const a = (sql) => sql\`insert ${"into"} matches (id) values (1)\`;`,
    ],
    ["importing does nothing", "server/lib/x.ts", `console.log("hello");`],
    ["importing does nothing", "server/lib/x.ts", "if (import.meta.main) start();"],
    ["importing does nothing", "server/db/x.ts", `export const sql = await connect("x");`],
    ["importing does nothing", "server/app.ts", "const server = Bun.serve({});"],
    ["importing does nothing", "cli/output.ts", `process.on("exit", () => {});`],
  ])("%s, in %s (%#)", (rule, path, text) => {
    expect(rulesBroken(path, text)).toEqual([rule]);
  });

  test("a circle over several files, types included", () => {
    const files = {
      "server/lib/a.ts": `${DOC}import { b } from "./b.ts";`,
      "server/lib/b.ts": `${DOC}import type { C } from "./c.ts";`,
      "server/lib/c.ts": `${DOC}export type { A } from "./a.ts";`,
    };
    const violations = judgeTree(files);
    const problem = "server/lib/a.ts → server/lib/b.ts → server/lib/c.ts → server/lib/a.ts";
    expect(violations).toEqual([{ path: "server/lib/a.ts", rule: "no cycles", problem }]);
  });

  test.each(["", "// @module\n", "/* @module */\n", "/** Nothing. */\nconst a = 1;\n/** @module */\n"])(
    "a module that opens with %j says nothing",
    (opening) => {
      const violations = judgeTree({ "server/lib/x.ts": `${opening}export const a = 1;\n` });
      expect(violations.map(({ rule }) => rule)).toEqual(["a module says what it owns"]);
    },
  );
});

describe("what is allowed is not found:", () => {
  const DOC = "/** Owns a thing. @module */\n";
  test.each([
    ["server/features/users/mod.ts", `import { a } from "../auth/mod.ts";`],
    ["server/features/users/routes.ts", `import { a } from "../../http/mod.ts";`],
    ["server/protocol/x.ts", "export const a = 1;\n".repeat(600)],
    ["server/lib/x.ts", "export const a = 1;\n".repeat(249)],
    ["test/integration/x_test.ts", "export const a = 1;\n".repeat(600)],
    ["cli/client.ts", `import type { App } from "../server/app.ts";`],
    ["admin-tui/api.ts", `import { a } from "../server/protocol/mod.ts";`],
    ["cli/commands/users.ts", `import { a } from "../../server/context/mod.ts";`],
    ["cli/commands/db/reset.ts", `import { a } from "../../../server/db/client.ts";`],
    ["server/config/mod.ts", "export const a = () => process.env;"],
    ["server/main.ts", "await start();"],
    ["server/db/migrate.ts", `export const a = (sql) => sql.unsafe("x");`],
    ["server/lib/x_test.ts", `import { a } from "../app.ts";\nconsole.log(process.env.X);`],
    [
      "server/lib/x.ts",
      `/**\n * import { a } from "../app.ts";\n */\n// process.env.X\nexport const a = "process.env.X";`,
    ],
    [
      "server/lib/x.ts",
      "export function createX() {\n  return function () {\n    let a = 1;\n    return a;\n  };\n}",
    ],
    ["server/lib/x.ts", "export function readX() {\n  let a = 1;\n  return a;\n}"],
    ["server/lib/x.ts", "export const a = `\nselect 1\nfrom process.env\n`;"],
    ["server/lib/x.ts", "export const a =\n  1;\n\nexport class B<\n  C,\n> {\n  #d = 1;\n}\n"],
  ])("%s (%#)", (path, text) => {
    const files = {
      "server/protocol/mod.ts": DOC,
      "server/features/auth/mod.ts": DOC,
      "server/app.ts": DOC,
      "server/context/mod.ts": DOC,
      "server/db/client.ts": DOC,
      "server/http/mod.ts": DOC,
    };
    expect(judgeTree({ ...files, [path]: DOC + text })).toEqual([]);
  });
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the source under test holds a template
test("a source keeps its line numbers and loses comments and texts", () => {
  const text =
    "const a = 'x'; // y\n/* z\n */ const b = `p\n${process.env.Q}`;\nconst c = /[\"'`]/;\nconst d = 1;\n";
  const { code } = readSource("server/lib/x.ts", text);
  expect(code.split("\n").length).toBe(text.split("\n").length);
  expect(code).not.toMatch(/[xyzp]\b(?!rocess)/);
  expect(code).toContain("process.env.Q");
  expect(code.split("\n")[5]).toBe("const d = 1;");
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
