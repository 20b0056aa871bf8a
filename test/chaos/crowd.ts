/**
 * One server process with thousands of sockets, and the figures about it. The rows judge them.
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { makePeople } from "../../cli/commands/load_users.ts";
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import type { PersonKey } from "../../cli/load/people.ts";
import { descriptorLimit } from "../../cli/load/preflight.ts";
import type { Io } from "../../cli/output.ts";
import { TEST_SECRET } from "../harness/app.ts";
import { type Child, startChild } from "../harness/child.ts";
import { createTestDatabase, type TestDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";
import type { Memory } from "../harness/memory_preload.ts";

/** Descriptors that a process needs for other things than sockets. */
const SPARE = 500;
/** Sockets that are opened at the same time. */
const AT_ONCE = 100;

/** A server that was started for a crowd. */
export interface CrowdServer {
  readonly child: Child;
  readonly url: string;
  /** @returns The sum of a metric's series, of those with the label when one is given. */
  metric(name: string, options?: { label?: string }): Promise<number>;
  /** Open descriptors of the process; without those to the database, whose pool fills up when it is needed. */
  descriptors(): number;
  /** Collects the garbage and weighs what is left. */
  memory(): Promise<Memory>;
}

/** How large a row is run. */
export interface CrowdSize {
  readonly sockets: number;
  /** Of rows that do the same many times; few of them weigh nothing and wait for nothing. */
  readonly cycles?: number;
}

/** See the module. */
export interface Crowd extends AsyncDisposable {
  readonly database: TestDatabase;
  /** In pairs that may write to each other: 0 with 1, 2 with 3; the last two are there for a part of their own. */
  readonly people: readonly PersonKey[];
  start(): Promise<CrowdServer>;
}

/** @returns As many of the sockets as this process may have descriptors for. */
export function affordable(sockets: number): number {
  return Math.min(sockets, (descriptorLimit() ?? 4_096) - SPARE);
}

/** @param sockets So many people, and two more. */
export async function gatherCrowd(sockets: number): Promise<Crowd> {
  const database = await createTestDatabase();
  const env = { NODE_ENV: "test", LIMITS: "off", JWT_SECRET: TEST_SECRET, DATABASE_URL: database.url };
  const io: Io = { env: {}, stdout: { write: () => {} }, stderr: { write: () => {} } };
  const { signal } = new AbortController();
  const layout = SCENARIOS["chat-pairs"].layout(sockets + 2);
  const { people } = await makePeople({ ...io, env }, { runId: "crowd", layout, signal });
  const children: Child[] = [];
  return {
    database,
    people,
    async start() {
      const preload = { BUN_OPTIONS: "--preload ./test/harness/memory_preload.ts" };
      const listen = { HOST: "127.0.0.1", PORT: "0", METRICS_PORT: "0", LOG_LEVEL: "info" };
      const child = startChild(["server/main.ts"], { env: { ...env, ...preload, ...listen } });
      children.push(child);
      const [, url = ""] = await child.says(/"url":"([^"]+)"/);
      const [, metricsUrl = ""] = await child.says(/"metrics_url":"([^"]+)"/);
      return controlsOf(child, { url, metricsUrl, databasePort: Number(new URL(database.url).port) });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((child) => child.end("SIGKILL")));
      await database.close();
    },
  };
}

interface Place {
  readonly url: string;
  readonly metricsUrl: string;
  readonly databasePort: number;
}

function controlsOf(child: Child, { url, metricsUrl, databasePort }: Place): CrowdServer {
  let asked = 0;
  return {
    child,
    url,
    async metric(name, { label = "" } = {}) {
      const text = await (await fetch(metricsUrl)).text();
      const series = [...text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`, "gm"))];
      if (series.length === 0) throw new Error(`There is no metric ${name}`);
      const wanted = series.filter(([, labels = ""]) => labels.includes(label));
      return wanted.reduce((sum, [, , value]) => sum + Number(value), 0);
    },
    descriptors: () => countDescriptors(child.pid, databasePort),
    async memory() {
      process.kill(child.pid, "SIGUSR2");
      const [, json = ""] = await child.says(new RegExp(`^memory ${++asked} (.*)$`, "m"));
      return JSON.parse(json) as Memory;
    },
  };
}

/** By the kernel's tables. */
function countDescriptors(pid: number, exceptToPort: number): number {
  const port = exceptToPort.toString(16).toUpperCase().padStart(4, "0");
  const rows = ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/)),
  );
  const ignored = new Set(
    rows.filter(([, , remote]) => remote?.endsWith(`:${port}`)).map((row) => `socket:[${row[9]}]`),
  );
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => !ignored.has(linkOf(`/proc/${pid}/fd/${fd}`))).length;
}

/** A descriptor may be gone between the listing and the look. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** Opens one socket for each place, many at a time. */
export async function openAll(
  count: number,
  open: (place: number) => Promise<WebSocket>,
): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const places = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    sockets.push(...(await Promise.all(places.map(open))));
  }
  return sockets;
}

/** Closes them, one in four without a close frame, and waits until the server has noticed. */
export async function closeAll(sockets: readonly WebSocket[], server: CrowdServer): Promise<void> {
  for (const [place, socket] of sockets.entries()) {
    // Standard sockets cannot; Bun's can.
    if (place % 4 === 0) (socket as unknown as { terminate(): void }).terminate();
    else socket.close(1000);
  }
  await eventually(async () => (await server.metric("vibes_socket_connections")) === 0, {
    withinMs: 30_000,
    what: "the end of every socket",
  });
}
