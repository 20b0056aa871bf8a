/**
 * `bun test/ops/cold_start.ts`: starts the sources and the executable (`bun run build` first) in turn, and prints the
 * medians of how long each takes to be ready, of its processor time, and of `--help`.
 * @module
 */
import { join } from "node:path";
import { freePort } from "../../server/lib/ports.ts";
import { createTestDatabase } from "../harness/database.ts";

const ROOT = join(import.meta.dir, "../..");
const TURNS = 9;
const PROGRAMS = {
  sources: [process.execPath, join(ROOT, "cli/main.ts")],
  executable: [join(ROOT, "dist/vibes")],
} as const;

const database = await createTestDatabase();
const port = await freePort("127.0.0.1");
const env = {
  PATH: process.env.PATH ?? "",
  NODE_ENV: "test",
  DATABASE_URL: database.url,
  JWT_SECRET: "of the cold start, long enough for HS256",
  HOST: "127.0.0.1",
  PORT: String(port),
};

function start(program: readonly string[], command: string) {
  return Bun.spawn([...program, command], { env, stdout: "ignore", stderr: "ignore" });
}

/** @returns Milliseconds until ready, and of processor time until the end of the drain. */
async function serve(program: readonly string[]): Promise<{ ready: number; cpu: number }> {
  const startedAt = performance.now();
  const server = start(program, "serve");
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) await Bun.sleep(3);
  const ready = performance.now() - startedAt;
  server.kill("SIGTERM");
  await server.exited;
  return { ready, cpu: Number(server.resourceUsage()!.cpuTime.total) / 1_000 };
}

async function help(program: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await start(program, "--help").exited;
  return performance.now() - startedAt;
}

const median = (values: readonly number[]) =>
  Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!);

const times = { sources: [], executable: [] } as Record<
  keyof typeof PROGRAMS,
  { ready: number; cpu: number; help: number }[]
>;
for (let turn = 0; turn < TURNS; turn++) {
  for (const [name, program] of Object.entries(PROGRAMS) as [keyof typeof PROGRAMS, readonly string[]][]) {
    times[name].push({ ...(await serve(program)), help: await help(program) });
  }
}
for (const [name, runs] of Object.entries(times)) {
  const of = (key: "ready" | "cpu" | "help") => median(runs.map((run) => run[key]));
  console.log(
    `${name.padEnd(10)}  ready ${of("ready")} ms  processor ${of("cpu")} ms  --help ${of("help")} ms`,
  );
}
await database.close();
process.exit(0);
