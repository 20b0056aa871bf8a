/**
 * haproxy with the configuration that we ship, before servers on this machine: the ports differ, and the servers are
 * named instead of looked up.
 * @module
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../server/lib/ports.ts";

const SHIPPED = join(import.meta.dir, "../../ops/haproxy");

export const hasHaproxy = Bun.which("haproxy") !== null;

/** What an operator would put into the files beside the configuration. */
export interface HaproxyOptions {
  /** Certificate and key in one text; absent: plain HTTP only. */
  readonly pem?: string;
  readonly forwardedHops?: readonly string[];
  readonly proxyProtocolHops?: readonly string[];
}

/** A running proxy. */
export interface TestHaproxy {
  readonly port: number;
  readonly tlsPort: number;
  /** What it printed. */
  output(): string;
  stop(): Promise<void>;
}

/** @param ports Of the servers, which may come and go. */
export async function startHaproxy(
  ports: readonly number[],
  options: HaproxyOptions = {},
): Promise<TestHaproxy> {
  const { pem, forwardedHops = [], proxyProtocolHops = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), "vibes-haproxy-"));
  cpSync(SHIPPED, folder, { recursive: true, filter: (path) => !path.endsWith(".pem") });
  const [port, tlsPort] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
  const file = join(folder, "haproxy.cfg");
  const servers = ports.map((at, index) => `  server s${index + 1} 127.0.0.1:${at}`).join("\n");
  const config = readFileSync(file, "utf8")
    .replace(/^resolvers[\s\S]*?\n\n/m, "")
    .replace(/maxconn \d+/, "maxconn 2000")
    .replace("bind :8080", `bind 127.0.0.1:${port}`)
    .replace("bind :8443", `bind 127.0.0.1:${tlsPort}`)
    .replace(/^ {2}server-template .*$/m, servers);
  writeFileSync(file, config);
  if (pem !== undefined) writeFileSync(join(folder, "tls/test.pem"), pem);
  writeFileSync(join(folder, "forwarded_hops.lst"), forwardedHops.map((hop) => `${hop}\n`).join(""));
  writeFileSync(join(folder, "proxy_protocol_hops.lst"), proxyProtocolHops.map((hop) => `${hop}\n`).join(""));
  const child = Bun.spawn(["haproxy", "-db", "-f", file], {
    env: { PATH: process.env.PATH ?? "", TLS: pem === undefined ? "off" : "on" },
    stdout: "pipe",
    stderr: "pipe",
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    void (async () => {
      for await (const chunk of stream) said += new TextDecoder().decode(chunk);
    })();
  }
  return {
    port,
    tlsPort,
    output: () => said,
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns A certificate for localhost and its key, which nobody has signed. */
export function selfSigned(): { readonly pem: string; readonly certificate: string } {
  const folder = mkdtempSync(join(tmpdir(), "vibes-tls-"));
  try {
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const { exitCode, stderr } = Bun.spawnSync([
      "openssl",
      ...request,
      ...names,
      ...["-days", "2", "-keyout", key, "-out", certificate],
    ]);
    if (exitCode !== 0) throw new Error(`openssl: ${stderr}`);
    const text = readFileSync(certificate, "utf8");
    return { pem: text + readFileSync(key, "utf8"), certificate: text };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
