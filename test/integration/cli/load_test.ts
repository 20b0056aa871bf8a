/** `vibes load` as a process against a real server: exit codes, files, reports. @module */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../../cli/load/report_shape.ts";
import { runCli } from "../../../cli/run.ts";
import { type Child, startChild } from "../../harness/child.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";

interface Served {
  readonly child: Child;
  readonly url: string;
}

const folder = mkdtempSync(join(tmpdir(), "vibes-load-"));
let database: TestDatabase;
let keys: Record<string, string>;
let server: Served;

async function serve(limits: "on" | "off", port = "0"): Promise<Served> {
  const env = { ...keys, LIMITS: limits, LOG_LEVEL: "info", PORT: port };
  const child = startChild(["server/main.ts"], { env });
  const [, url = ""] = await child.says(/"url":"([^"]+)"/);
  return { child, url };
}

beforeAll(async () => {
  database = await createTestDatabase();
  keys = {
    NODE_ENV: "test",
    HOST: "127.0.0.1",
    PORT: "0",
    DATABASE_URL: database.url,
    JWT_SECRET: "a secret of the tests, long enough for HS256",
    MEDIA_STORE: `file:${join(folder, "media")}`,
  };
  server = await serve("off");
});
afterAll(async () => {
  await server.child.end("SIGKILL");
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A generator that shares two cores with all other tests is late; that is not what is tested. */
const PATIENT = ["--max-lag", "10s", "--min-rate", "0"];

/** In this process: quicker, where no signal and no thread is tested. */
async function call(args: readonly string[], url = server.url) {
  const said = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof said) => ({
    write(text: string) {
      said[name] += text;
    },
  });
  const io = { env: keys, stdout: sink("stdout"), stderr: sink("stderr") };
  const code: number = await runCli(["load", ...args, ...targetOf(args, url)], io);
  return { code, ...said };
}

function targetOf(args: readonly string[], url: string): string[] {
  return args.includes("run") && !args.includes("--url") ? ["--url", url] : [];
}

function load(args: readonly string[], url = server.url): Child {
  return startChild(["cli/main.ts", "load", ...args, ...targetOf(args, url)], { env: keys });
}

async function report(args: readonly string[]): Promise<{ report: Report; code: number; stderr: string }> {
  const { stdout, stderr, code } = await call(["run", ...args, ...PATIENT, "--json"]);
  const { data } = JSON.parse(stdout || "{}");
  if (!data) throw new Error(`exit ${code}: ${stdout}${stderr}`);
  return { report: data, code, stderr };
}

async function peopleLeft(): Promise<number> {
  const [row] = await database.sql<{ count: number }[]>`
    select count(*)::int as count from users where tag like 'load:%'
  `;
  return row!.count;
}

test("verifies every message, keeps the report as JSON and as a page, leaves nothing behind", async () => {
  const [out, html] = [join(folder, "a.json"), join(folder, "a.html")];
  const args = ["chat-pairs", "--rate", "40", "--duration", "1500ms", "--users", "8", "--devices", "2"];
  const { report: first, code } = await report([
    ...args,
    "--verify",
    "--slo",
    "delivery.p99<30s",
    "--out",
    out,
    "--html",
    html,
  ]);
  expect(code).toBe(0);
  expect(first.verdict).toBe("passed");
  expect(first.counts).toMatchObject({ due: 60, sent: 60, acked: 60, delivered: 60, lost: 0, connects: 16 });
  expect(first.verified).toMatchObject({ messages: 60, conversations: 4, read_back: 60, issues: [] });
  expect(first.slo.map(({ gate }) => gate)).toEqual([
    "delivery.p99 < 30s",
    "lost == 0",
    "duplicated == 0",
    "reordered == 0",
    "leaked == 0",
  ]);
  expect(await Bun.file(out).json()).toEqual(first);
  expect(await Bun.file(html).text()).toContain("<svg");
  expect(await peopleLeft()).toBe(0);
  const same = await call(["compare", out, out, "--tolerance", "1"]);
  expect([same.code, same.stderr]).toEqual([0, ""]);
  expect(same.stdout).toContain("delivery.p99");
});

test.each(["half-away", "hot-inbox", "reconnect-flap", "report-block", "mixed-day"])(
  "%s: nothing is lost, doubled or out of order",
  async (name) => {
    const args = [name, "--rate", "40", "--duration", "1500ms", "--verify", "--users", "60"];
    const { report: found, code } = await report(args);
    expect(found.verified?.issues).toEqual([]);
    expect(found.errors).toEqual({});
    expect([code, found.counts.unsent]).toEqual([0, 0]);
    expect(found.latencies[found.main]?.count).toBeGreaterThan(0);
  },
);

test("pictures: every one is uploaded, sent, and its thumbnail loaded", async () => {
  const args = ["pictures", "--rate", "3", "--duration", "1s", "--verify", "--users", "4"];
  const { report: found, code } = await report(args);
  expect(found.counts).toMatchObject({ due: 3, done: 3, acked: 3, delivered: 3, errors: 0, unsent: 0 });
  expect([code, found.verified?.issues, found.errors]).toEqual([0, [], {}]);
  const counted = ["upload", "delivery", "thumbnail"] as const;
  expect(counted.map((name) => found.latencies[name]?.count)).toEqual([3, 3, 3]);
});

test("connect-storm: every arrival is one socket", async () => {
  const { report: found, code } = await report(["connect-storm", "--rate", "60", "--duration", "1s"]);
  expect(found.counts).toMatchObject({ due: 60, done: 60, connects: 60, unsent: 0, errors: 0 });
  expect([code, found.latencies.connect?.count]).toEqual([0, 60]);
});

test("a server that is stopped for five seconds in the middle shows as latency, and loses nothing", async () => {
  const running = load([
    ...["run", "chat-pairs", "--rate", "20", "--duration", "8s", "--users", "10", "--verify", "--json"],
    ...[...PATIENT, "--slo", "delivery.p95<2s"],
  ]);
  await running.says(/running chat-pairs/);
  await Bun.sleep(1_500);
  process.kill(server.child.pid, "SIGSTOP");
  await Bun.sleep(5_000);
  process.kill(server.child.pid, "SIGCONT");
  const { stdout, code } = await running.ended;
  const { data } = JSON.parse(stdout) as { data: Report };
  const { delivery } = data.latencies;
  expect(delivery!.max).toBeWithin(4_000, 9_000);
  // Five of eight seconds were waited for: the many in the middle are not left out.
  expect(delivery!.p50).toBeGreaterThan(500);
  expect(data.counts).toMatchObject({ due: 160, started: 160, delivered: 160, lost: 0, duplicated: 0 });
  expect(data.slo[0]).toMatchObject({ gate: "delivery.p95 < 2s", passed: false });
  expect([data.verdict, code]).toEqual(["failed", 3]);
  const worst = Math.max(...data.series.map(({ max }) => max ?? 0));
  expect(worst).toBeGreaterThan(4_000);
});

test("a server that is killed and comes back: everything that was confirmed is there, once, in order", async () => {
  const first = await serve("off");
  const port = new URL(first.url).port;
  const args = ["run", "chat-pairs", "--rate", "40", "--duration", "4s", "--users", "10", "--devices", "2"];
  const running = load([...args, "--verify", ...PATIENT, "--drain", "30s", "--json"], first.url);
  await running.says(/running chat-pairs/);
  await Bun.sleep(1_000);
  await first.child.end("SIGKILL");
  const second = await serve("off", port);
  try {
    const { stdout, stderr } = await running.ended;
    if (stdout === "") throw new Error(stderr);
    const { data } = JSON.parse(stdout) as { data: Report };
    expect(data.verified?.issues).toEqual([]);
    expect(data.counts).toMatchObject({ due: 160, lost: 0, duplicated: 0, reordered: 0, unsent: 0 });
    expect(data.counts.delivered).toBe(data.counts.acked);
    // Retries over the new connections carry every single one through.
    expect([data.counts.acked, data.counts.reconnects >= 20]).toEqual([160, true]);
  } finally {
    await second.child.end("SIGKILL");
  }
});

test("Ctrl-C: work stops, the report is of what ran, the people are gone, 130", async () => {
  const out = join(folder, "stopped.json");
  const running = load([
    "run",
    "chat-pairs",
    "--rate",
    "30",
    "--duration",
    "10m",
    "--users",
    "6",
    ...PATIENT,
    "--out",
    out,
  ]);
  await running.says(/running chat-pairs/);
  await Bun.sleep(700);
  const { code, stdout, stderr } = await running.end("SIGINT");
  expect(code).toBe(130);
  expect(stdout).toContain("interrupted");
  expect(stderr).toContain("the report is of what ran until then");
  const kept = (await Bun.file(out).json()) as Report;
  expect([kept.interrupted, kept.counts.lost, kept.seconds < 60]).toEqual([true, 0, true]);
  expect(kept.counts.delivered).toBe(kept.counts.sent);
  expect(await peopleLeft()).toBe(0);
});

test("--until-eof: as long as standard input is open, then judged as if the time were over", async () => {
  const args = ["run", "chat-pairs", "--rate", "40", "--users", "4", "--verify", "--until-eof", "--json"];
  const line = ["cli/main.ts", "load", ...args, ...PATIENT, "--url", server.url];
  const running = startChild(line, { env: keys, openStdin: true });
  await running.says(/running chat-pairs/);
  await Bun.sleep(500);
  running.endInput();
  const { code, stdout } = await running.ended;
  const { data } = JSON.parse(stdout) as { data: Report };
  expect([code, data.verdict, data.interrupted]).toEqual([0, "passed", false]);
  expect(data.counts.acked).toBeWithin(10, 200);
  expect(data.counts).toMatchObject({ unsent: 0, due: data.counts.acked, delivered: data.counts.acked });
  // The time may be over first.
  const timed = startChild([...line, "--duration", "300ms"], { env: keys, openStdin: true });
  expect((await timed.ended).code).toBe(0);
});

test("a gate that fails says so, with exit 3 and one JSON envelope; so does a generator that is too late", async () => {
  const args = ["chat-pairs", "--rate", "20", "--duration", "500ms", "--users", "4", "--json"];
  const failed = await load(["run", ...args, ...PATIENT, "--slo", "ack.max<1us", "--slo", "errors==0"]).ended;
  expect(failed.code).toBe(3);
  expect(JSON.parse(failed.stdout).data).toMatchObject({
    verdict: "failed",
    slo: [{ passed: false }, { passed: true }],
  });
  const late = await call(["run", ...args, "--max-lag", "0ms"]);
  expect([late.code, JSON.parse(late.stdout).data.verdict]).toEqual([3, "invalid"]);
});

test("given people need no database and no secret; parts of two machines merge into one report", async () => {
  const people = join(folder, "people.json");
  const made = await call(["people", "chat-pairs", "--users", "8"]);
  expect(made.code).toBe(0);
  await Bun.write(people, made.stdout);
  const outs = [1, 2].map((part) => join(folder, `part${part}.json`)) as [string, string];
  for (const [index, out] of outs.entries()) {
    const line = ["run", "chat-pairs", "--url", server.url, "--people", people, "--part", `${index + 1}/2`];
    const shape = ["--rate", "20", "--duration", "1s", "--verify", ...PATIENT, "--out", out];
    const run = startChild(["cli/main.ts", "load", ...line, ...shape], { env: { NODE_ENV: "production" } });
    expect((await run.ended).code).toBe(0);
  }
  const [csv, metrics] = [join(folder, "both.csv"), join(folder, "both.prom")];
  const merged = await call(["merge", ...outs, "--json", "--csv", csv, "--prometheus", metrics]);
  const { data } = JSON.parse(merged.stdout) as { data: Report };
  expect([merged.code, data.verdict, data.population.users]).toEqual([0, "passed", 8]);
  expect(data.counts).toMatchObject({ due: 40, acked: 40, delivered: 40, lost: 0 });
  expect(await Bun.file(csv).text()).toStartWith("second,target");
  expect(await Bun.file(metrics).text()).toContain("vibes_load_valid");
  expect((await call(["merge", outs[0], outs[0]])).stderr).toContain("given twice");
  await call(["clean"]);
});

test("the limits of a server are never lifted silently", async () => {
  const limited = await serve("on");
  try {
    const args = ["run", "chat-pairs", "--rate", "40", "--duration", "1s", "--users", "2", ...PATIENT];
    const refused = await call(args, limited.url);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("rate limits are on");
    expect(refused.stderr).toContain("LIMITS=off");
    expect(await peopleLeft()).toBe(0);
    const measured = await call([...args, "--with-limits", "--drain", "100ms", "--json"], limited.url);
    const { data } = JSON.parse(measured.stdout) as { data: Report };
    expect(data.counts.done).toBeLessThan(data.counts.due);
  } finally {
    await limited.child.end("SIGKILL");
  }
});

test.each([
  [["run", "chat-pears"], 2, /Allowed choices are chat-pairs/],
  [["run", "chat-pairs", "--slo", "speed<1"], 2, /there is no speed/],
  [["run", "chat-pairs", "--rate", "many"], 2, /Give a number from/],
  [["run", "chat-pairs", "--vus", "5", "--rate", "5"], 2, /--vus is the closed model/],
  [["run", "mixed-day", "--until-eof"], 2, /--until-eof needs one rate/],
  [["run", "chat-pairs", "--think", "1"], 2, /Give a span of time such as/],
  [["run", "chat-pairs", "--part", "1/2"], 2, /load people/],
  [["run", "chat-pairs", "--people", "absent.json"], 2, /there is no such file/],
  [["run", "connect-storm", "--warmup", "1s"], 2, /has no warm-up/],
  [["run", "chat-pairs", "--duration", "2h"], 2, /at most|45m/],
  [["run", "chat-pairs", "--url", "http://192.0.2.1:3000"], 2, /another machine[\s\S]*--allow-remote/],
  [["run", "chat-pairs", "--url", "http://127.0.0.1:1"], 6, /Cannot reach a server[\s\S]*vibes/],
  [["run", "connect-storm", "--users", "20000", "--devices", "8"], 2, /descriptors/],
  [["compare", "absent.json", "absent.json"], 2, /there is no such file/],
])("%j is refused with %i", async (args, code, words) => {
  const ended = await call(args);
  expect(ended).toMatchObject({ code, stdout: "" });
  expect(ended.stderr).toMatch(words);
});

test("what a killed run left is taken away by load clean", async () => {
  const running = load(["run", "chat-pairs", "--rate", "5", "--duration", "1m", "--users", "4", ...PATIENT]);
  await running.says(/running/);
  await running.end("SIGKILL");
  expect(await peopleLeft()).toBe(4);
  const cleaned = await call(["clean", "--json"]);
  expect(JSON.parse(cleaned.stdout)).toEqual({ schema: 1, ok: true, data: { removed: 4 } });
  await eventually(async () => (await peopleLeft()) === 0);
});

test("the list names every scenario", async () => {
  const { stdout, code } = await call(["list", "--json"]);
  expect(code).toBe(0);
  const names = JSON.parse(stdout).data.scenarios.map(({ name }: { name: string }) => name);
  expect(names).toEqual([
    "chat-pairs",
    "half-away",
    "pictures",
    "connect-storm",
    "hot-inbox",
    "reconnect-flap",
    "report-block",
    "mixed-day",
  ]);
});
