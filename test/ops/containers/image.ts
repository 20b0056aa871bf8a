/**
 * The image alone: what it weighs, its command line and dashboard, how fast a server in it starts, and what compose does
 * not try there: workers, the generators of load tests, a push service.
 * @module
 */
import { freePort } from "../../../server/lib/ports.ts";
import { startChild } from "../../harness/child.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Engine, StandInNames } from "./engine.ts";

export const IMAGE = "vibesmatch-server:0.1.0";
/** As compose runs it. */
const CONFINED = [
  "--rm",
  "--read-only",
  "--tmpfs=/tmp",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
];
const STARTS = 7;
const SECRET = "of the containers' test, long enough for HS256";

/** Builds what the Dockerfile says. @returns Its size. */
export async function buildImage(engine: Engine, root: string, names: StandInNames): Promise<string> {
  const [, ...storage] = engine.podmanArgs;
  const limits = ["--ulimit", "nofile=1024:20000"];
  // An image of the OCI's format has no health check.
  const how = [
    "--isolation",
    "chroot",
    "bud",
    "--format",
    "docker",
    "--pull-never",
    "--network",
    "host",
    ...limits,
  ];
  const build = ["--build-arg", "COMMIT=0123456789abcdef", "-f", "Dockerfile", "-t", IMAGE, "."];
  await engine.run(["buildah", ...storage, ...how, ...build], { cwd: root });
  const sizeOf = async (image: string) => JSON.parse(await engine.podman("image", "inspect", image))[0].Size;
  const megabytes = Math.round(((await sizeOf(IMAGE)) - (await sizeOf(names.alpine))) / 1e6);
  return `${megabytes} MB on top of its base`;
}

/** Without a network. */
export async function tryCommands(engine: Engine): Promise<string> {
  const vibes = (...args: string[]) => engine.podman("run", ...CONFINED, "--network=none", IMAGE, ...args);
  const startedAt = performance.now();
  expectText(await vibes("--help"), /Commands:[\s\S]*serve/);
  const ms = Math.round(performance.now() - startedAt);
  const version = (await vibes("--version")).trim();
  expectText(version, /commit 0123456789ab/);
  expectText(await vibes("openapi"), /"openapi":/);
  expectText(await vibes("config", "show"), /NODE_ENV/);
  expectText(await vibes("migrate", "--help"), /migrate up/);
  return `--help in ${ms} ms, container and all; ${version}`;
}

/** With and without NODE_ENV=production: the two compile JSX differently. */
export async function tryDashboard(engine: Engine): Promise<void> {
  for (const mode of ["production", "development"]) {
    const environment = ["--env", `NODE_ENV=${mode}`, "--env", "TERM=xterm-256color"];
    const args = ["run", ...CONFINED, "-it", "--network=none", ...environment, IMAGE, "admin"];
    const seen = Promise.withResolvers<void>();
    let screen = "";
    const child = Bun.spawn([...engine.podmanArgs, ...args], {
      env: engine.env,
      terminal: {
        cols: 100,
        rows: 30,
        data(_, bytes) {
          screen += new TextDecoder().decode(bytes);
          if (/vibes admin/.test(Bun.stripANSI(screen))) seen.resolve();
        },
      },
    });
    const ended = child.exited.then(() => {
      throw new Error(`The dashboard ended in ${mode} mode:\n${Bun.stripANSI(screen)}`);
    });
    await Promise.race([
      seen.promise,
      ended,
      Bun.sleep(60_000).then(() => expectText(screen, /vibes admin/)),
    ]);
    ended.catch(() => {});
    child.terminal?.write("\u0003");
    await Promise.race([child.exited, Bun.sleep(10_000).then(() => child.kill("SIGKILL"))]);
  }
}

/** Whatever a route answers. */
type Answer = Awaited<ReturnType<typeof JSON.parse>>;

/** A server in a container on this machine's network, with a database and a Redis of its own. */
export interface ImageServer {
  /** Median of several starts: from `podman run` to the first 200 of /readyz. */
  measureStart(): Promise<string>;
  /** What a server in the image does for people. */
  tryServing(): Promise<string>;
  stop(): Promise<void>;
}

export async function startParts(engine: Engine, root: string, names: StandInNames): Promise<ImageServer> {
  const [database, redis, port, push] = await Promise.all(
    Array.from({ length: 4 }, () => freePort("127.0.0.1")),
  );
  const host = ["run", "--rm", "--network=host"];
  const started: string[] = [];
  const start = async (...args: string[]) => {
    const id = (await engine.podman(...host, "--detach", ...args)).trim();
    started.push(id);
    return id;
  };
  const login = [
    "POSTGRES_USER=postgres",
    "POSTGRES_DB=vibesmatch",
    "POSTGRES_PASSWORD=secret",
    "MIGRATE_PASSWORD=migrate",
    "SERVER_PASSWORD=server",
  ];
  const withEnv = (pairs: readonly string[]) => pairs.flatMap((pair) => ["--env", pair]);
  await start(
    ...withEnv(login),
    `--volume=${root}/ops/postgres/roles.sh:/docker-entrypoint-initdb.d/roles.sh:ro`,
    names.postgres,
    "postgres",
    "-c",
    `port=${database}`,
  );
  await start(names.redis, "redis-server", "--port", String(redis), "--save", "");
  const environment = withEnv([
    `DATABASE_URL=postgres://postgres:secret@127.0.0.1:${database}/vibesmatch`,
    `JWT_SECRET=${SECRET}`,
    `REDIS_URL=redis://127.0.0.1:${redis}`,
    ...[`PORT=${port}`, "HOST=127.0.0.1", "LIMITS=off", "NODE_ENV=test"],
    ...["PUSH_EXPO_TOKEN=of-tests", `PUSH_EXPO_URL=http://127.0.0.1:${push}`],
  ]);
  const url = `http://127.0.0.1:${port}`;
  const vibes = (...args: string[]) =>
    engine.podman(...host, ...CONFINED.slice(1), ...environment, IMAGE, ...args);
  const serve = (...args: string[]) => start(...CONFINED.slice(1), ...environment, IMAGE, "serve", ...args);
  const isReady = async () =>
    await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  const end = async (id: string) => void (await engine.podman("stop", "--time", "30", id));
  await eventually(
    () =>
      vibes("migrate", "up").then(
        () => true,
        () => false,
      ),
    {
      withinMs: 60_000,
      what: "the migrations",
    },
  );

  return {
    async measureStart() {
      const times: number[] = [];
      for (let i = 0; i < STARTS; i++) {
        const startedAt = performance.now();
        const id = await serve();
        while (!(await isReady())) await Bun.sleep(5);
        times.push(Math.round(performance.now() - startedAt));
        await end(id);
      }
      return `ready after ${times.toSorted((a, b) => a - b).join(", ")} ms`;
    },

    async tryServing() {
      const id = await serve("--workers", "2");
      await eventually(isReady, { withinMs: 60_000, what: "the server" });
      const profile = ["--birthdate", "1995-05-15", "--gender", "female", "--country", "DE", "--json"];
      const made = await vibes("users", "create", "--email", "ana@example.com", "--name", "Ana", ...profile);
      const { access_token: token } = JSON.parse(made).data;
      const ask = async (method: string, path: string, body?: object) => {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const answer = await fetch(`${url}${path}`, {
          method,
          headers,
          body: body ? JSON.stringify(body) : null,
        });
        const { data, error } = (await answer.json()) as Answer;
        if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(error)}`);
        return data;
      };
      await using service = startChild(["test/chaos/push_provider.ts", String(push), "0"], { env: {} });
      await service.says(/listening/);
      await ask("PUT", "/api/v1/devices/current", {
        provider: "expo",
        token: "ExponentPushToken[abc]",
        preview: "none",
      });
      const { result } = await ask("POST", "/api/v1/devices/current/test");
      const load = [
        "load",
        "run",
        "chat-pairs",
        "--url",
        url,
        "--users",
        "4",
        "--rate",
        "10",
        "--duration",
        "2s",
      ];
      const judge = ["--warmup", "0s", "--verify", "--json", "--max-lag", "10s", "--min-rate", "0"];
      const { data: report } = JSON.parse(await vibes(...load, ...judge));
      await end(id);
      const { acked, lost, duplicated } = report.counts;
      if (lost + duplicated > 0 || acked === 0) throw new Error(JSON.stringify(report.counts));
      return `push ${result}, load ${acked} sent, ${lost} lost, 2 workers`;
    },

    async stop() {
      for (const id of started) await engine.podman("rm", "--force", "--time", "1", id).catch(() => "");
    },
  };
}

export function expectText(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`Not ${pattern}:\n${text}`);
}
