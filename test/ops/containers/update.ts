/**
 * A rolling update by the lines of ops/README.md, from one image to another, while people talk through the proxy and
 * somebody asks it whether it is ready. `vibes load run --verify` decides whether anything was lost.
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../../cli/load/report_shape.ts";
import { startChild } from "../../harness/child.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Engine } from "./engine.ts";
import { IMAGE } from "./image.ts";

/** What the update works on. */
export interface Rolling {
  readonly engine: Engine;
  compose(...args: string[]): Promise<string>;
  /** Has the proxy's certificate. */
  readonly folder: string;
  /** Of the proxy. */
  readonly url: string;
  readonly readyUrl: string;
}

/** @returns What it came to. @throws Error when a request was refused, or a message lost, doubled or reordered. */
export async function updateUnderLoad({ engine, compose, folder, url, readyUrl }: Rolling): Promise<string> {
  const people = join(folder, "people.json");
  // In production the command makes nobody.
  const make = [
    "exec",
    "-T",
    "-e",
    "NODE_ENV=test",
    "server",
    "vibes",
    "load",
    "people",
    "chat-pairs",
    "--users",
    "12",
    "--json",
  ];
  writeFileSync(people, await compose(...make));
  const load = ["load", "run", "chat-pairs", "--people", people, "--url", url, "--verify", "--json"];
  const shape = ["--devices", "2", "--rate", "40", "--workers", "1", "--until-eof", "--drain", "60s"];
  const patience = ["--retry", "500ms", "--ack-timeout", "5s", "--max-lag", "30s", "--min-rate", "0"];
  await using talk = startChild(["cli/main.ts", ...load, ...shape, ...patience], {
    env: { NODE_EXTRA_CA_CERTS: join(folder, "certificate.pem") },
    openStdin: true,
  });
  await talk.says(/running /);
  const asking = ask(readyUrl);

  // A new version: the same image with another label.
  const next = join(folder, "next");
  mkdirSync(next);
  writeFileSync(join(next, "Dockerfile"), `FROM ${IMAGE}\nLABEL version=next\n`);
  const [, ...storage] = engine.podmanArgs;
  await engine.run([
    "buildah",
    ...storage,
    "--isolation",
    "chroot",
    "bud",
    "--format",
    "docker",
    "--pull-never",
    "-t",
    IMAGE,
    next,
  ]);
  const replicas = async () => (await compose("ps", "--quiet", "server")).split("\n").filter(Boolean);
  const scaleTo = (count: number) =>
    compose(
      "up",
      "--detach",
      "--no-build",
      "--no-deps",
      "--no-recreate",
      "--scale",
      `server=${count}`,
      "server",
    );
  const old = await replicas();
  await scaleTo(2 * old.length);
  const isHealthy = async (id: string) =>
    (await engine.podman("inspect", "--format", "{{.State.Health.Status}}", id)).trim() === "healthy";
  await eventually(async () => (await Promise.all((await replicas()).map(isHealthy))).every(Boolean), {
    withinMs: 120_000,
    what: "the new replicas",
  });
  await engine.podman("stop", "--time", "30", ...old);
  await engine.podman("rm", ...old);
  await scaleTo(old.length);
  const labels = await Promise.all(
    (await replicas()).map((id) => engine.podman("inspect", "--format", "{{.Config.Labels.version}}", id)),
  );
  if (labels.length !== old.length || labels.some((label) => label.trim() !== "next")) {
    throw new Error(`Not the new version: ${labels}`);
  }
  const asked = await asking.stop();
  talk.endInput();
  const { stdout, stderr } = await talk.ended;
  const { data } = JSON.parse(stdout || "{}") as { data?: Report };
  if (!data) throw new Error(stdout + stderr);
  const { acked, lost, duplicated, reordered, errors } = data.counts;
  const told = `${acked} sent, ${lost} lost, ${duplicated} doubled, ${reordered} reordered`;
  if (lost + duplicated + reordered + errors > 0) throw new Error(`${told}, ${errors} errors`);
  const silent = ((data.latencies.silence?.max ?? 0) / 1_000).toFixed(1);
  return `${told}, longest silence ${silent} s; ${asked} requests answered`;
}

/** Asks again and again. */
function ask(url: string) {
  let over = false;
  let asked = 0;
  const refused: number[] = [];
  const asking = (async () => {
    while (!over) {
      const status = await fetch(url, { headers: { connection: "close" } }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status !== 200) refused.push(status);
      asked++;
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
