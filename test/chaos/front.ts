/**
 * The load balancer in front of the servers: haproxy with the shipped configuration or, without haproxy, a minimal
 * round-robin proxy.
 * @module
 */
import { connect, createServer } from "node:net";
import { eventually } from "../harness/eventually.ts";
import { hasHaproxy, startHaproxy } from "../harness/haproxy.ts";

/** See the module. */
export interface Front {
  readonly kind: "haproxy" | "stand-in";
  readonly url: string;
  stop(): Promise<void>;
}

/** @param ports Of the servers, which may come and go. */
export async function startFront(ports: readonly number[]): Promise<Front> {
  const front = hasHaproxy ? await startShipped(ports) : await startStandIn(ports);
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

async function startShipped(ports: readonly number[]): Promise<Front> {
  const { port, stop } = await startHaproxy(ports);
  return { kind: "haproxy", url: `http://127.0.0.1:${port}`, stop };
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
