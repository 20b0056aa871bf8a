/** The client is one file of standard JavaScript, and works where there is no Bun. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScriptedServer } from "../../../test/harness/scripted_server.ts";

async function bundle(): Promise<string> {
  const entry = join(import.meta.dir, "mod.ts");
  const { outputs } = await Bun.build({ entrypoints: [entry], target: "browser", format: "esm" });
  return await outputs[0]!.text();
}

test("bundled for a browser it imports nothing, names no platform, and is small", async () => {
  const code = await bundle();
  expect(code).not.toMatch(/\bimport\b|\brequire\(|\bBun\b|\bprocess\b|\bBuffer\b|\bDeno\b|node:/);
  expect(Bun.gzipSync(code).byteLength).toBeLessThan(9_000);
});

/** Sends, loses its socket, comes back and receives, as an app would. */
const APP = `
import { createClient } from "./client.mjs";
const client = createClient({ url: process.argv[2], token: async () => "ana", minDelayMs: 5, since: 0 });
const seen = [];
client.on("new_message", ({ content }) => seen.push(content));
await client.ready();
await client.send({ receiver_id: "ben", content: "before" });
await client.send({ receiver_id: "ben", content: "over the cut" });
while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
client.close();
console.log(JSON.stringify({ seen, connects: client.stats.connects }));
`;

const node = Bun.which("node");
if (!node) console.warn("\n⚠ node is not on PATH: the client is NOT TESTED in Node\n");

test.skipIf(!node)("in Node", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vibes-client-"));
  const server = new ScriptedServer((point, nth) =>
    point === "ack" && nth === 1 ? { kind: "drop" } : undefined,
  );
  try {
    await Bun.write(join(folder, "client.mjs"), await bundle());
    await Bun.write(join(folder, "app.mjs"), APP);
    // Node 22 has WebSocket; 20 has it behind this flag, which later versions accept.
    const args = ["--experimental-websocket", join(folder, "app.mjs"), server.url];
    const child = Bun.spawn([node!, ...args], { stdout: "pipe", stderr: "pipe", timeout: 10_000 });
    const output = await new Response(child.stdout).text();
    if (output === "") throw new Error(await new Response(child.stderr).text());
    expect(JSON.parse(output)).toEqual({ seen: ["before", "over the cut"], connects: 2 });
    expect(await child.exited).toBe(0);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
