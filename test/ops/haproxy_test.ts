/** The shipped proxy configuration in a real haproxy: whose address the server sees, and TLS. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { eventually } from "../harness/eventually.ts";
import {
  type HaproxyOptions,
  hasHaproxy,
  selfSigned,
  startHaproxy,
  type TestHaproxy,
} from "../harness/haproxy.ts";

/** What the server behind the proxy was told of the caller. */
interface Seen {
  readonly for: string | null;
  readonly proto: string | null;
  readonly forwarded: string | null;
  readonly traceparent: string | null;
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, self) {
    if (new URL(request.url, "http://localhost").pathname === "/ws") {
      return self.upgrade(request, { data: request.headers.get("x-forwarded-proto") ?? "" })
        ? undefined
        : new Response("no upgrade", { status: 400 });
    }
    const get = (name: string) => request.headers.get(name);
    const seen: Seen = {
      for: get("x-forwarded-for"),
      proto: get("x-forwarded-proto"),
      forwarded: get("forwarded"),
      traceparent: get("traceparent"),
    };
    return Response.json(seen);
  },
  websocket: {
    data: "" as string,
    open: (socket) => void socket.send(`hello over ${socket.data}`),
    message: () => {},
  },
});
afterAll(() => server.stop(true));

const LIES = { "x-forwarded-for": "6.6.6.6", forwarded: "for=6.6.6.6", traceparent: "00-1-2-01" };

describe.skipIf(!hasHaproxy)("haproxy", () => {
  const running: TestHaproxy[] = [];
  afterAll(() => Promise.all(running.map((proxy) => proxy.stop())));

  async function start(options: HaproxyOptions): Promise<TestHaproxy> {
    const proxy = await startHaproxy([server.port!], options);
    running.push(proxy);
    await eventually(() => isUp(proxy), { what: "haproxy to answer" });
    return proxy;
  }

  /** Asks through the proxy; the health checks of the first second may not have gone through. */
  async function see(proxy: TestHaproxy, headers: Record<string, string> = {}): Promise<Seen> {
    const answer = await fetch(`http://127.0.0.1:${proxy.port}/`, { headers });
    return (await answer.json()) as Seen;
  }

  test("without a hop before it: the connection's address, and nobody's own words", async () => {
    const proxy = await start({});
    expect(await see(proxy, { ...LIES, "x-forwarded-proto": "https" })).toEqual({
      for: "127.0.0.1",
      proto: "http",
      forwarded: null,
      traceparent: null,
    });
  });

  test("behind a load balancer that sets X-Forwarded-For: the last entry, request by request", async () => {
    const proxy = await start({ forwardedHops: ["127.0.0.0/8", "10.1.0.0/16"] });
    const hop = (list: string) =>
      see(proxy, { ...LIES, "x-forwarded-for": list, "x-forwarded-proto": "https" });
    // What stands before the last entry is the client's own word, unless a hop of ours has written it.
    expect(await hop("6.6.6.6, 203.0.113.9")).toMatchObject({ for: "203.0.113.9", proto: "https" });
    expect(await hop("6.6.6.6, 198.51.100.7, 10.1.2.3")).toMatchObject({ for: "198.51.100.7" });
    expect(await hop("2001:db8::1")).toMatchObject({
      for: "2001:db8::1",
      forwarded: null,
      traceparent: null,
    });
    expect(await see(proxy)).toMatchObject({ for: "127.0.0.1", proto: null });
    // A load balancer carries many people over one connection.
    const answers = await keptAlive(proxy.port, ["203.0.113.1", "203.0.113.2", "203.0.113.3"]);
    expect(answers.map((seen) => seen.for)).toEqual(["203.0.113.1", "203.0.113.2", "203.0.113.3"]);
  });

  test("behind a load balancer that speaks the PROXY protocol", async () => {
    const proxy = await startHaproxy([server.port!], { proxyProtocolHops: ["127.0.0.0/8"] });
    running.push(proxy);
    const ask = (header: string) =>
      raw(proxy.port, `${header}GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const v1 = "PROXY TCP4 203.0.113.9 127.0.0.1 4711 443\r\n";
    await eventually(async () => (await ask(v1)).includes(" 200 "), {
      what: proxy.output(),
    });
    expect(await ask(v1)).toContain('"for":"203.0.113.9"');
    expect(await ask("PROXY TCP6 2001:db8::1 ::1 4711 443\r\n")).toContain('"for":"2001:db8::1"');
    // Without it nobody is let in: who reaches the port past the load balancer cannot pretend to be it.
    expect(await ask("")).not.toContain(" 200 ");
  });

  describe("with TLS=on", () => {
    const { pem, certificate } = Bun.which("openssl") ? selfSigned() : { pem: "", certificate: "" };
    let proxy: TestHaproxy;
    beforeAll(async () => {
      proxy = await start({ pem });
    });

    test("requests and sockets arrive over TLS, and the server is told so", async () => {
      const tls = { ca: certificate };
      const answer = await fetch(`https://localhost:${proxy.tlsPort}/`, { tls, headers: LIES });
      expect(await answer.json()).toMatchObject({ for: "127.0.0.1", proto: "https" });
      const socket = new WebSocket(`wss://localhost:${proxy.tlsPort}/ws`, { tls } as never);
      const said = await new Promise((resolve, reject) => {
        socket.onmessage = ({ data }) => resolve(data);
        socket.onerror = () => reject(new Error("no socket"));
      });
      expect(said).toBe("hello over https");
      socket.close();
    });

    test("plain HTTP is sent to https, but for health checks", async () => {
      const plain = (path: string) => fetch(`http://127.0.0.1:${proxy.port}${path}`, { redirect: "manual" });
      const answer = await plain("/api/v1/matches?limit=2");
      expect([answer.status, answer.headers.get("location")]).toEqual([
        308,
        `https://127.0.0.1:${proxy.port}/api/v1/matches?limit=2`,
      ]);
      expect((await plain("/readyz")).status).toBe(200);
    });

    test("old protocols are refused", async () => {
      const { stdout, stderr } = Bun.spawnSync(
        [
          "openssl",
          "s_client",
          "-connect",
          `127.0.0.1:${proxy.tlsPort}`,
          "-tls1_1",
          "-cipher",
          "ALL@SECLEVEL=0",
        ],
        { stdin: "ignore" },
      );
      expect(`${stdout}${stderr}`).toContain("alert protocol version");
    });
  });
});

async function isUp({ port }: TestHaproxy): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { redirect: "manual" }).catch(
    () => undefined,
  );
  return answer?.status === 200;
}

/** Sends the text and reads until the other side closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => void socket.write(text));
    socket.on("data", (chunk) => {
      said += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(said));
  });
}

/** Requests one after the other on one connection. */
async function keptAlive(port: number, addresses: readonly string[]): Promise<Seen[]> {
  const requests = addresses.map((address, index) => {
    const last = index === addresses.length - 1 ? "connection: close\r\n" : "";
    return `GET / HTTP/1.1\r\nhost: x\r\nx-forwarded-for: ${address}\r\n${last}\r\n`;
  });
  const said = await raw(port, requests.join(""));
  return [...said.matchAll(/\{.*\}/g)].map(([json]) => JSON.parse(json!) as Seen);
}
