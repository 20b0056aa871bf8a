/**
 * What generators and linters of others make of the documents: it compiles, and calls made with it work. They are
 * 500 packages, with a TypeScript of their own, and so are installed into a temporary folder, in CI only.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncApiDocument } from "../../server/docs/asyncapi.ts";
import { createOpenApi, locate } from "../../server/docs/openapi.ts";
import { createTestApp, type TestApp } from "../harness/app.ts";

setDefaultTimeout(180_000);
const inCi = test.skipIf(!process.env.CI);
const ORIGIN = "https://api.vibesmatch.com";

let folder: string;
let app: TestApp;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  if (!process.env.CI) return;
  folder = await mkdtemp(join(tmpdir(), "generators-"));
  await cp(join(import.meta.dir, "generators"), folder, { recursive: true });
  app = await createTestApp();
  for (const audience of ["apps", "staff"] as const) {
    const document = locate(await createOpenApi(app.app.routes, audience), ORIGIN);
    await Bun.write(at(`${audience}.json`), JSON.stringify(document));
  }
  await Bun.write(at("asyncapi.json"), JSON.stringify(asyncApiDocument({ version: "1.0.0", url: ORIGIN })));
  await run("install", "--frozen-lockfile");
});
afterAll(async () => {
  if (!process.env.CI) return;
  await app.close();
  await rm(folder, { recursive: true });
});

/** Runs this Bun in the folder. @throws Error with the output where it fails. */
async function run(...args: string[]): Promise<string> {
  const child = Bun.spawn([process.execPath, ...args], { cwd: folder, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`bun ${args.join(" ")} ended with ${code}:\n${out}${err}`);
  return out + err;
}

const TOOL = (name: string) => `node_modules/.bin/${name}`;

inCi("openapi-typescript, hey-api, orval and modelina make TypeScript that compiles", async () => {
  await run("--bun", TOOL("openapi-typescript"), "apps.json", "-o", "src/typescript.ts");
  await run("--bun", TOOL("openapi-typescript"), "staff.json", "-o", "src/staff.ts");
  await run("--bun", TOOL("openapi-ts"), "-i", "apps.json", "-o", "src/hey");
  const output = (client: string) => ({ input: "apps.json", output: { target: `src/${client}.ts`, client } });
  const config = JSON.stringify({ fetch: output("fetch"), zod: output("zod") });
  await Bun.write(at("orval.config.mjs"), `export default ${config};`);
  await run("--bun", TOOL("orval"), "--config", "orval.config.mjs");
  await Bun.write(
    at("models.mjs"),
    `import { TypeScriptFileGenerator } from "@asyncapi/modelina";
    const generator = new TypeScriptFileGenerator({ modelType: "interface" });
    const document = await Bun.file("asyncapi.json").json();
    const options = { exportType: "named" };
    const models = await generator.generateToFiles(document, "src/models", options);
    console.log(models.map(({ modelName }) => modelName).join(" "));`,
  );
  const models = await run("models.mjs");
  for (const name of ["NewMessageEvent", "NewMessageData", "SendMessageEvent", "UserCard"]) {
    expect(models).toContain(name);
  }
  expect(models).not.toContain("AnonymousSchema");
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2022", "dom", "dom.iterable"],
    skipLibCheck: true,
    types: [],
  };
  await Bun.write(at("tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src", "calls.ts"] }));
  await Bun.write(at("calls.ts"), CALLS);
  await run("--bun", TOOL("tsc"), "-p", ".");
});

const CALLS = `import createClient from "openapi-fetch";
import type { paths } from "./src/typescript.ts";

export async function call(fetch: (request: Request) => Promise<Response>, token: string, receiver_id: string) {
  const client = createClient<paths>({ baseUrl: "http://localhost", fetch, headers: { authorization: "Bearer " + token } });
  const sent = await client.POST("/api/v1/messages/send", { body: { receiver_id, content: "Hello!" } });
  const id: string = sent.data!.data.message_id;
  const list = await client.GET("/api/v1/conversations", { params: { query: { limit: 10 } } });
  const names: string[] = list.data!.data.conversations.map(({ user }) => user.name);
  const history = await client.GET("/api/v1/sync", { params: { query: { since: 0 } } });
  const texts = history.data!.data.events.flatMap((one) => (one.event === "new_message" ? [one.data.content] : []));
  const failed = await client.GET("/api/v1/users/{id}/profile", { params: { path: { id: "not-an-id" } } });
  return { id, names, texts, code: failed.error!.error.code };
}
`;

inCi("calls made with the types of openapi-typescript work", async () => {
  const [ana, ben] = [await app.createUser({ premium: true }), await app.createUser({ name: "Ben" })];
  const { call } = await import(at("calls.ts"));
  const fetch = (request: Request) => app.app.handle(request);
  expect(await call(fetch, ana.token, ben.id)).toEqual({
    id: expect.any(String),
    names: ["Ben"],
    texts: ["Hello!"],
    code: "VALIDATION_ERROR",
  });
});

inCi("spectral has nothing to say", async () => {
  await Bun.write(at("ruleset.yaml"), "extends: [spectral:oas]\n");
  const files = ["apps.json", "staff.json"];
  const said = await run("--bun", TOOL("spectral"), "lint", ...files, "--ruleset", "ruleset.yaml");
  expect(said).toContain("No results with a severity of 'error' found!");
  expect(said).not.toContain("warning");
});
