/**
 * What stands before the servers: haproxy with the configuration that we ship, or, where there is none, a few lines
 * that hand each connection to the next server that takes it.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../server/lib/ports.ts";
import { eventually } from "../harness/eventually.ts";

const SHIPPED = join(import.meta.dir, "../../ops/haproxy.cfg");

/** See the module. */
export interface Front {
  readonly kind: "haproxy" | "stand-in";
  readonly url: string;
  stop(): Promise<void>;
}

/** @param ports Of the servers, which may come and go. */
export async function startFront(ports: readonly number[]): Promise<Front> {
  const front = Bun.which("haproxy") ? await startHaproxy(ports) : await startStandIn(ports);
  await eventually(
    () =>
      fetch(`${front.url}/livez`).then(
        (r) => r.ok,
        () => false,
      ),
    { what: "the front" },
  );
  return front;
}

async function startHaproxy(ports: readonly number[]): Promise<Front> {
  const port = await freePort("127.0.0.1");
  const folder = mkdtempSync(join(tmpdir(), "vibes-haproxy-"));
  const servers = ports.map((at, index) => `  server s${index + 1} 127.0.0.1:${at}`).join("\n");
  const config = (await Bun.file(SHIPPED).text())
    .replace(/^resolvers[\s\S]*?\n\n/m, "")
    .replace(/maxconn \d+/, "maxconn 2000")
    .replace("bind :8080", `bind 127.0.0.1:${port}`)
    .replace(/^ {2}server-template .*$/m, servers);
  writeFileSync(join(folder, "haproxy.cfg"), config);
  const child = Bun.spawn(["haproxy", "-db", "-f", join(folder, "haproxy.cfg")], {
    stdout: "ignore",
    stderr: "ignore",
  });
  return {
    kind: "haproxy",
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startStandIn(ports: readonly number[]): Promise<Front> {
  let turn = 0;
  const server = createServer((client) => {
    client.on("error", () => {});
    const tryNext = (left: number) => {
      const upstream = connect(ports[turn++ % ports.length]!, "127.0.0.1");
      upstream.on("error", () => (upstream.connecting && left > 0 ? tryNext(left - 1) : client.destroy()));
      upstream.once("connect", () => {
        client.pipe(upstream).pipe(client);
        upstream.on("close", () => client.destroy());
        client.on("close", () => upstream.destroy());
      });
    };
    tryNext(ports.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { kind: "stand-in", url: `http://127.0.0.1:${port}`, stop: async () => void server.close() };
}
