/** The npm package of the client, packed and installed as an app would: types, bundlers, old engines, Node. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPackage } from "../../client/build.ts";
import { FaultyServer } from "../harness/faulty_server.ts";

const ROOT = join(import.meta.dir, "../..");
const APP = `import { CLOSE_CODES, createClient, createRest, type ErrorCode, type EventData } from "@vibesmatch/client";
import { type Chat, createChat, indexedDbStorage, memoryStorage } from "@vibesmatch/client/chat";
import { pictures, uploadPicture } from "@vibesmatch/client/media";
import { useConversations } from "@vibesmatch/client/react";

const client = createClient({ url: "https://api.example.com", token: async (reason) => reason });
client.on("new_message", ({ content, seq }, meta) => {
  const text: string = content;
  const position: number | undefined = meta.seq;
  console.log(text, seq + (position ?? 0));
});
// @ts-expect-error there is no such event
client.on("no_such_event", () => {});
const rest = createRest({ url: "https://api.example.com" });
export const code: ErrorCode = "NOT_FOUND";
export const closed: 4501 = CLOSE_CODES.UNAUTHORIZED.code;
export const event: EventData<"user_typing">["is_typing"] = true;
const chat: Chat = createChat({ url: "https://api.example.com", storage: memoryStorage(), pictures });
export const sending: string = chat.sendImage("id", new Blob());
export { uploadPicture };
export const unread: number = chat.unread.getSnapshot();
export const names: string[] = useConversations(chat).map(({ user }) => user.name);
chat.messages("id").subscribe(() => console.log(chat.messages("id").getSnapshot().some(({ state }) => state === "failed")));
// @ts-expect-error there is no such reason
void chat.report("id", { reason: "dull" });
export { chat, client, indexedDbStorage, rest };
`;

let folder: string;
let tarball: string;

/** Runs a program with this Bun, as there may be no Node. */
async function run(cwd: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const child = Bun.spawn([process.execPath, ...args], { cwd, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, output: out + err };
}

/** A project that has installed the tarball. */
async function project(name: string, files: Record<string, string>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  const manifest = { name, type: "module", dependencies: { "@vibesmatch/client": `file:${tarball}` } };
  await Bun.write(join(path, "package.json"), JSON.stringify(manifest));
  for (const [file, text] of Object.entries(files)) await Bun.write(join(path, file), text);
  const { code, output } = await run(path, "install");
  expect([code, output.match(/error.*/)?.[0]]).toEqual([0, undefined]);
  return path;
}

async function typeCheck(path: string, options: Record<string, unknown>): Promise<string> {
  const compilerOptions = { strict: true, noEmit: true, types: [], skipLibCheck: false, ...options };
  await Bun.write(join(path, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["app.ts"] }));
  return (await run(path, join(ROOT, "node_modules/typescript/bin/tsc"))).output;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "client-package-"));
  await buildPackage(join(folder, "package"));
  const { code, output } = await run(
    join(folder, "package"),
    "pm",
    "pack",
    "--destination",
    folder,
    "--quiet",
  );
  expect([code, output.includes("error")]).toEqual([0, false]);
  tarball = join(folder, (await readdir(folder)).find((file) => file.endsWith(".tgz"))!);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @returns Bytes that an app pays for an import, compressed as servers do by default. */
async function sizeOf(code: string): Promise<number> {
  const entry = join(folder, "package/size.js");
  await Bun.write(entry, code);
  const { outputs } = await Bun.build({ entrypoints: [entry], target: "browser", minify: true });
  await rm(entry);
  return Bun.gzipSync(await outputs[0]!.arrayBuffer(), { level: 6 }).byteLength;
}

test("it holds what an app needs, names no other package, and is small", async () => {
  const files = (await readdir(join(folder, "package"), { recursive: true })).sort();
  // What entries share has a file of its own, with a hash in its name.
  const own = files.filter((file) => !/^dist\/[a-z_]+-[\w-]{8}\.(d\.ts|js)$/.test(file));
  const entries = ["chat", "index", "media", "push", "react"].flatMap((name) => [
    `dist/${name}.d.ts`,
    `dist/${name}.js`,
  ]);
  expect(own).toEqual(["LICENSE", "README.md", "dist", ...entries, "package.json"]);
  for (const file of files.filter((file) => /\.(js|ts)$/.test(file))) {
    const text = await Bun.file(join(folder, "package", file)).text();
    const named = [...text.matchAll(/\bfrom\s*["']([^"']+)|\bimport\(/g)].map(([, name]) => name);
    expect(named.filter((name) => !name?.startsWith("./"))).toEqual(
      file === "dist/react.js" ? ["react"] : [],
    );
    expect(text).not.toMatch(/typebox/i);
    // What engines of 2020 lack: the newest regular expressions and functions.
    if (file.endsWith(".js"))
      expect(text).not.toMatch(/["'`]g?v["'`]|\.(at|findLast|hasOwn|replaceAll|toSorted|with)\(/);
  }
  const core = `import { createClient, createRest } from "./dist/index.js"; console.log(createClient, createRest);`;
  const chat = `import { createChat, indexedDbStorage } from "./dist/chat.js"; console.log(createChat, indexedDbStorage);`;
  const sizes = [await sizeOf(core), await sizeOf(chat)];
  console.log(`Compressed: core ${sizes[0]} bytes, with chat ${sizes[1]}`);
  expect(sizes[0]).toBeLessThanOrEqual(8_000);
  expect(sizes[1]).toBeLessThanOrEqual(14_000);
});

test("publint and attw find nothing", async () => {
  const { publint } = await import("publint");
  const { messages } = await publint({ pkgDir: join(folder, "package"), pack: false, strict: true });
  expect(messages).toEqual([]);
  const attw = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const { code, output } = await run(folder, attw, tarball, "--profile", "esm-only", "--no-emoji");
  expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
});

describe("strict type checks in", () => {
  test.each([
    ["a nodenext project", { module: "nodenext", target: "es2022", lib: ["es2022", "dom"] }],
    ["a bundler's project", { module: "preserve", moduleResolution: "bundler", lib: ["esnext", "dom"] }],
    [
      "a project for es2017",
      { module: "esnext", moduleResolution: "bundler", target: "es2017", lib: ["es2017", "dom"] },
    ],
  ])("%s", async (name, options) => {
    const path = await project(name.replaceAll(/\W+/g, "-"), { "app.ts": APP });
    expect(await typeCheck(path, options)).toBe("");
  });
});

test("Vite bundles it for the browsers of 2017 and today", async () => {
  const path = await project("vite", {
    "app.ts": APP.replace(/.*@ts-expect-error[^\n]*\n[^\n]*\n/g, "").replace(
      /.*\/react".*\n|.*useConversations.*\n/g,
      "",
    ),
    "index.html": `<script type="module" src="/app.ts"></script>`,
  });
  for (const target of ["es2017", "esnext"]) {
    const built = await run(path, join(ROOT, "node_modules/vite/bin/vite.js"), "build", "--target", target);
    expect([built.code, built.code === 0 ? "" : built.output]).toEqual([0, ""]);
    const [script] = (await readdir(join(path, "dist/assets"))).filter((file) => file.endsWith(".js"));
    const text = await Bun.file(join(path, "dist/assets", script!)).text();
    expect(text).toContain("api.example.com");
    if (target === "es2017") expect(text).not.toMatch(/\?\?|\?\.[a-z]|catch\{/);
  }
});

test("the Node on PATH sends and receives with it", async () => {
  const node = Bun.which("node");
  if (!node) {
    if (process.env.CI) throw new Error("There is no node on PATH");
    console.warn("SKIPPED: there is no node on PATH");
    return;
  }
  const server = new FaultyServer();
  try {
    const path = await project("node", {
      "app.mjs": `import { createClient } from "@vibesmatch/client";
const client = createClient({ url: process.argv[2], token: "ana" });
client.on("new_message", ({ content }) => { console.log(content); client.close(); });
await client.ready();
await client.send({ receiver_id: "ana", content: "hello from node" }).catch(() => {});
`,
    });
    const version = Number(
      /^v(\d+)/.exec(await new Response(Bun.spawn([node, "--version"]).stdout).text())![1],
    );
    const flags = version < 22 ? ["--experimental-websocket"] : [];
    const child = Bun.spawn([node, ...flags, "app.mjs", server.url], {
      cwd: path,
      stdout: "pipe",
      stderr: "pipe",
    });
    const output = await Promise.all([new Response(child.stdout).text(), child.exited]);
    expect(output).toEqual(["hello from node\n", 0]);
  } finally {
    await server.stop();
  }
});
