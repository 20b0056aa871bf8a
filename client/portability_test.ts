/** The client is one file of standard JavaScript, and works where there is no Bun. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, runInContext, runInNewContext } from "node:vm";
import { FaultyServer } from "../test/harness/faulty_server.ts";

async function bundle(minify = false): Promise<string> {
  const entry = join(import.meta.dir, "mod.ts");
  const { outputs } = await Bun.build({ entrypoints: [entry], target: "browser", format: "esm", minify });
  return await outputs[0]!.text();
}

test("bundled for a browser it imports nothing, names no platform, and is small", async () => {
  const code = await bundle(true);
  expect(code).not.toMatch(/\bimport\b|\brequire\(|\bBun\b|\bprocess\b|\bBuffer\b|\bDeno\b|node:/);
  expect(Bun.gzipSync(code).byteLength).toBeLessThanOrEqual(8_000);
});

/** What browsers, Node and React Native all have beside the language; `crypto` may be missing. */
const STANDARD = ["WebSocket", "setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"];
const STANDARD_OF_REST = ["fetch", "AbortController"];

test("its bundle names nothing of a platform but what all of them have", async () => {
  const code = (await bundle())
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""');
  const language = new Set<string>(runInNewContext("Object.getOwnPropertyNames(globalThis)"));
  const names = new Set(code.match(/(?<![.\w$])[A-Za-z_$][\w$]*\b(?!\s*:)/g));
  const platform = [...names].filter(
    (name) => Object.hasOwn(globalThis, name) && !language.has(name) && name !== "constructor",
  );
  const known = [...STANDARD, ...STANDARD_OF_REST, "crypto"];
  expect(platform.filter((name) => !known.includes(name))).toEqual([]);
  expect(platform).toContain("WebSocket");
});

/** What came into the language after 2022: engines of phones do not have it. */
const YOUNG = `
  for (const [owner, names] of [
    [Promise, ["withResolvers", "try"]],
    [Object, ["groupBy"]],
    [Map, ["groupBy"]],
    [Array, ["fromAsync"]],
    [Array.prototype, ["toSorted", "toReversed", "toSpliced", "with", "findLast", "findLastIndex"]],
    [Set.prototype, ["union", "intersection", "difference", "isSubsetOf"]],
    [String.prototype, ["isWellFormed", "toWellFormed"]],
    [globalThis, ["Iterator", "Temporal", "Float16Array", "SuppressedError", "DisposableStack", "console"]],
  ]) for (const name of names) delete owner[name];
`;

/** Sends, loses its socket, comes back and receives, as an app would. */
const APP = `
async function app(createClient, url) {
  const client = createClient({ url, token: async () => "ana", minDelayMs: 5, since: 0 });
  const seen = [];
  client.on("new_message", ({ content }) => seen.push(content));
  client.onSend(({ message, seq }) => seq && seen.push(message.content));
  await client.ready();
  await client.send({ receiver_id: "ben", content: "before" });
  await client.send({ receiver_id: "ben", content: "over the cut" });
  while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  client.close();
  return { seen, connects: client.stats.connects };
}
`;
const OUTCOME = { seen: ["before", "over the cut"], connects: 2 };

/** Answers, and takes the socket away with the first answer. */
function startServer(): FaultyServer {
  return new FaultyServer((point, nth) => (point === "ack" && nth === 1 ? { kind: "drop" } : undefined));
}

test("in an engine of 2022 with sockets, timers and a clock, and nothing else", async () => {
  const server = startServer();
  try {
    const entry = join(import.meta.dir, "mod.ts");
    const source = `import { createClient } from ${JSON.stringify(entry)}; globalThis.createClient = createClient;`;
    const files = { "/entry.ts": source };
    const { outputs } = await Bun.build({
      entrypoints: ["/entry.ts"],
      files,
      target: "browser",
      format: "iife",
    });
    const platform = Object.fromEntries(STANDARD.map((name) => [name, Reflect.get(globalThis, name)]));
    const context = createContext({ ...platform, url: server.url });
    runInContext(YOUNG, context);
    runInContext(await outputs[0]!.text(), context);
    expect(runInContext("typeof Bun + typeof process + typeof Promise.withResolvers", context)).toBe(
      "undefined".repeat(3),
    );
    expect(
      JSON.parse(await runInContext(`${APP}; app(createClient, url).then(JSON.stringify)`, context)),
    ).toEqual(OUTCOME);
  } finally {
    await server.stop();
  }
});

const node = Bun.which("node");
const version = node ? Bun.spawnSync([node, "--version"]).stdout.toString().trim() : "";
if (!node) console.warn("\n⚠ node is not on PATH: the client is NOT TESTED in Node\n");

test.skipIf(!node)(`in Node ${version}`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "vibes-client-"));
  const server = startServer();
  try {
    await Bun.write(join(folder, "client.mjs"), await bundle());
    const run = "console.log(JSON.stringify(await app(createClient, process.argv[2])));";
    await Bun.write(join(folder, "app.mjs"), `import { createClient } from "./client.mjs";${APP}${run}`);
    // Plain Node from 22 on; 20 has WebSocket behind a flag.
    const flags = Number.parseInt(version.slice(1), 10) >= 22 ? [] : ["--experimental-websocket"];
    const child = Bun.spawn([node!, ...flags, join(folder, "app.mjs"), server.url], {
      stdout: "pipe",
      stderr: "pipe",
      timeout: 10_000,
    });
    const output = await new Response(child.stdout).text();
    if (output === "") throw new Error(await new Response(child.stderr).text());
    expect(JSON.parse(output)).toEqual(OUTCOME);
    expect(await child.exited).toBe(0);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
