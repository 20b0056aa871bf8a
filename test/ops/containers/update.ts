/**
 * The rolling update of ops/README.md, its lines as they stand, from one image to another, while people talk through the
 * proxy and one of them asks for their profile all the time. `vibes load run --verify` decides whether anything was lost.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../../cli/load/report_shape.ts";
import { startChild } from "../../harness/child.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Engine } from "./engine.ts";
import { IMAGE } from "./image.ts";

const ROOT = join(import.meta.dir, "../../..");

/** What the update works on. */
export interface Rolling {
  readonly engine: Engine;
  /** Of docker-compose, before the command. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  compose(...args: string[]): Promise<string>;
  /** Has the proxy's certificate. */
  readonly folder: string;
  /** Of the proxy. */
  readonly ports: { readonly https: number };
}

/** @returns What it came to. @throws Error when a request was refused, or a message lost, doubled or reordered. */
export async function updateUnderLoad({
  engine,
  args,
  env,
  compose,
  folder,
  ports,
}: Rolling): Promise<string> {
  const people = join(folder, "people.json");
  // In production the command makes nobody.
  const make = "exec -T -e NODE_ENV=test server vibes load people chat-pairs --users 12 --json";
  const made = await compose(...make.split(" "));
  writeFileSync(people, made);
  const url = `https://localhost:${ports.https}`;
  const load = ["load", "run", "chat-pairs", "--people", people, "--url", url, "--verify", "--json"];
  const shape = "--devices 2 --rate 20 --workers 1 --until-eof --drain 60s";
  const patience = "--retry 500ms --ack-timeout 5s --max-lag 30s --min-rate 0";
  await using talk = startChild(["cli/main.ts", ...load, ...shape.split(" "), ...patience.split(" ")], {
    env: { NODE_EXTRA_CA_CERTS: join(folder, "certificate.pem") },
    openStdin: true,
  });
  await talk.says(/running /);
  const { token } = JSON.parse(made).data.people[0];
  const asking = ask(`${url}/api/v1/users/profile`, {
    tls: { ca: readFileSync(join(folder, "certificate.pem"), "utf8") },
    // Each on a connection of its own: the proxy chooses a replica for it.
    headers: { authorization: `Bearer ${token}`, connection: "close" },
  });
  const replicas = async () => (await compose("ps", "--quiet", "server")).split("\n").filter(Boolean);
  const count = (await replicas()).length;
  await buildNext(engine, folder);
  const script = join(folder, "update.sh");
  writeFileSync(script, `${shortcuts(engine, args)}\n${recipe()}`);
  await engine.run(["sh", "-eux", script], { env });
  const versions = await Promise.all(
    (await replicas()).map((id) => engine.podman("inspect", "--format", "{{.Config.Labels.version}}", id)),
  );
  if (versions.length !== count || versions.some((version) => version.trim() !== "next")) {
    throw new Error(`Not ${count} of the new version: ${versions}`);
  }
  // A line of progress comes every five seconds.
  const lines = talk.stderr().split("\n").length;
  await eventually(() => talk.stderr().split("\n").length > lines + 1, { withinMs: 60_000, what: "talk" });
  const asked = await asking.stop();
  talk.endInput();
  const { stdout, stderr } = await talk.ended;
  const { data } = JSON.parse(stdout || "{}") as { data?: Report };
  if (!data) throw new Error(stdout + stderr);
  const { acked, lost, duplicated, reordered, errors } = data.counts;
  const told = `${acked} sent, ${lost} lost, ${duplicated} doubled, ${reordered} reordered`;
  if (lost + duplicated + reordered + errors > 0) throw new Error(`${told}, ${errors} errors`);
  const silent = ((data.latencies.silence?.max ?? 0) / 1_000).toFixed(1);
  return `${told}, longest silence ${silent} s; ${asked} of ${asked} requests answered`;
}

/** A new version: the same image with another label. */
async function buildNext(engine: Engine, folder: string): Promise<void> {
  const next = join(folder, "next");
  mkdirSync(next);
  writeFileSync(join(next, "Dockerfile"), `FROM ${IMAGE}\nLABEL version=next\n`);
  const [, ...storage] = engine.podmanArgs;
  const how = "--isolation chroot bud --format docker --pull-never -t".split(" ");
  await engine.run(["buildah", ...storage, ...how, IMAGE, next]);
}

/** `docker` as the README writes it: podman, and its docker-compose; the image is built already. */
function shortcuts({ podmanArgs }: Engine, args: readonly string[]): string {
  const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");
  return `docker() {
  [ "$1" = compose ] || { ${quoted(podmanArgs)} "$@"; return; }
  shift
  [ "$1" = build ] || docker-compose ${quoted(args)} "$@"
}`;
}

function recipe(): string {
  const readme = readFileSync(join(ROOT, "ops/README.md"), "utf8");
  const [, lines] = /<!-- rolling update -->\n```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  if (lines === undefined) throw new Error("ops/README.md has no rolling update");
  return lines;
}

/** Asks again and again. */
function ask(url: string, init: BunFetchRequestInit) {
  let over = false;
  let asked = 0;
  const refused: number[] = [];
  const asking = (async () => {
    while (!over) {
      const status = await fetch(url, init).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status !== 200) refused.push(status);
      asked++;
      // Without it the question would be most of the load.
      await Bun.sleep(50);
    }
  })();
  return {
    async stop(): Promise<number> {
      over = true;
      await asking;
      if (refused.length > 0)
        throw new Error(`${refused.length} of ${asked} requests were refused: ${refused}`);
      return asked;
    },
  };
}
