/**
 * The typed client in a real browser: it authenticates by its first frame, survives a cut, and a page of a foreign
 * origin gets no socket.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { hasChromium, openPage } from "../../harness/chromium.ts";
import { startNodes, type TestNodes } from "../../harness/nodes.ts";
import { startProxy, type TestProxy } from "../../harness/proxy.ts";

const CLIENT = join(import.meta.dir, "../../../client/mod.ts");
const PATIENCE_MS = 30_000;

/** What the page does, told by what it reports. */
const APP = `
import { createClient } from "/client.js";
const { url, ana, ben, benId } = await (await fetch("/settings")).json();
const report = (body) => fetch("/report", { method: "POST", body: JSON.stringify(body) });
try {
  const foreign = new WebSocket(url.replace("http", "ws") + "/ws");
  const opened = await new Promise((resolve) => {
    foreign.onopen = () => resolve(true);
    foreign.onerror = () => resolve(false);
  });
  foreign.close();
  if (!opened) await report({ opened });
  else {
    const options = { url, minDelayMs: 5, maxDelayMs: 50, since: 0 };
    const [a, b] = [ana, ben].map((token) => createClient({ ...options, token }));
    const seen = [];
    b.on("new_message", ({ content }) => seen.push(content));
    await Promise.all([a.ready(), b.ready()]);
    await a.send({ receiver_id: benId, content: "from a browser" });
    await fetch("/cut");
    const acks = await Promise.all(["over", "the", "cut"].map((content) => a.send({ receiver_id: benId, content })));
    while (seen.length < 4) await new Promise((resolve) => b.on("new_message", resolve));
    await report({ opened, seen, seqs: acks.map(({ seq }) => seq), connects: a.stats.connects });
  }
} catch (error) {
  await report({ failed: String(error?.stack ?? error) });
}
`;

interface Site {
  readonly origin: string;
  readonly reported: Promise<unknown>;
}

let nodes: TestNodes;
let proxy: TestProxy;
let settings: object;
const sites: Bun.Server<undefined>[] = [];

/** A web server of its own port, and so of its own origin. */
async function serveSite(): Promise<Site> {
  const { outputs } = await Bun.build({ entrypoints: [CLIENT], target: "browser", format: "esm" });
  const code = await outputs[0]!.text();
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const script = { headers: { "content-type": "text/javascript" } };
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    routes: {
      "/": new Response('<!doctype html><script type="module" src="/app.js"></script>', {
        headers: { "content-type": "text/html" },
      }),
      "/app.js": new Response(APP, script),
      "/client.js": new Response(code, script),
      "/settings": () => Response.json(settings),
      "/cut": () => {
        proxy.cut();
        return new Response();
      },
      "/report": async (request) => {
        resolve(await request.json());
        return new Response();
      },
    },
  });
  sites.push(site);
  setTimeout(() => reject(new Error("Cannot tell: the page never reported")), PATIENCE_MS).unref();
  return { origin: site.url.origin, reported: promise };
}

let friendly: Site;

beforeAll(async () => {
  if (!hasChromium) return;
  friendly = await serveSite();
  nodes = await startNodes(1, { env: { ALLOWED_ORIGINS: friendly.origin } });
  const { ana, ben } = await nodes.createPair();
  proxy = await startProxy(Number(new URL(nodes.nodes[0]!.url).port));
  settings = { url: `http://127.0.0.1:${proxy.port}`, ana: ana.token, ben: ben.token, benId: ben.id };
});

afterAll(async () => {
  for (const site of sites) await site.stop(true);
  await proxy?.close();
  await nodes?.close();
});

test.skipIf(!hasChromium)(
  "in a browser: first frame, acks, a cut in the middle, each message once and in order",
  async () => {
    await using _ = openPage(friendly.origin);
    expect(await friendly.reported).toEqual({
      opened: true,
      seen: ["from a browser", "over", "the", "cut"],
      seqs: [2, 3, 4],
      connects: 2,
    });
  },
  40_000,
);

test.skipIf(!hasChromium)(
  "a page of an origin that is not allowed gets no socket",
  async () => {
    const foreign = await serveSite();
    await using _ = openPage(foreign.origin.replace("127.0.0.1", "elsewhere.test"));
    expect(await foreign.reported).toEqual({ opened: false });
  },
  40_000,
);
