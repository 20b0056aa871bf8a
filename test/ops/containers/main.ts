/**
 * `bun run containers`: builds the image from the Dockerfile and runs it, then the whole docker-compose.yml, and ends
 * with the README's walk through the proxy, over HTTP and over TLS. As root, with Debian's podman and docker-compose;
 * it needs no registry of containers.
 * @module
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PutFile, uploadPicture } from "../../../client/media/mod.ts";
import type { Rest } from "../../../client/mod.ts";
import { eventually } from "../../harness/eventually.ts";
import { selfSigned } from "../../harness/haproxy.ts";
import { png } from "../../harness/media/pictures.ts";
import { type Engine, makeStandIns, namesIn, startEngine, whatIsMissing } from "./engine.ts";
import { buildImage, expectText, startParts, tryCommands, tryDashboard } from "./image.ts";
import { updateUnderLoad } from "./update.ts";

const ROOT = join(import.meta.dir, "../../..");
const FOLDER = process.env.CONTAINERS_FOLDER ?? join(tmpdir(), "vibesmatch-containers");
const PORTS = { http: 18_080, https: 18_443 };

async function main(): Promise<void> {
  const missing = whatIsMissing();
  if (missing !== undefined) throw new Error(`Cannot run containers: ${missing}`);
  const engine = await startEngine(FOLDER);
  try {
    await step("stand-ins for the base images", () => makeStandIns(engine, FOLDER, namesIn(ROOT)));
    await step("build the image", () => buildImage(engine, ROOT, namesIn(ROOT)));
    await step("the image's command line", () => tryCommands(engine));
    await step("the dashboard in the image", () => tryDashboard(engine));
    await tryServer(engine);
    await tryCompose(engine);
  } finally {
    await engine.stop();
  }
}

/** Says what is done and how long it took; with what was found out, if anything. */
async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  const found = await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`ok   ${what.padEnd(52)} ${seconds.padStart(6)} s${found ? `  ${found}` : ""}`);
}

async function tryServer(engine: Engine): Promise<void> {
  const parts = await startParts(engine, ROOT, namesIn(ROOT));
  try {
    await step("a server in the image, again and again", parts.measureStart);
    await step("workers, a push, a load test", parts.tryServing);
  } finally {
    await parts.stop();
  }
}

async function tryCompose(engine: Engine): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "vibes-compose-"));
  const project = writeProject(engine, folder);
  const { compose } = project;
  try {
    await step("compose: migrate, two servers, proxy, all healthy", async () => {
      await compose("up", "--detach", "--no-build", "--wait");
      await eventually(async () => (await statusOf(`http://127.0.0.1:${PORTS.http}/readyz`)) === 200, {
        withinMs: 120_000,
        what: "the proxy",
      });
    });
    await step("the server's role owns nothing, the audit log is closed", () => tryRoles(project));
    await step("the README's walk through the proxy, over TLS", () => takeWalk(project, folder));
    await step("a picture: uploaded to one replica, opened from both", () => tryPicture(project, folder));
    await step("plain HTTP is sent to https", tryRedirect);
    await step("a renewed certificate", () => tryRenewal(project, folder));
    await step("one replica stops: nobody notices", () => stopOne(engine));
    await compose("up", "--detach", "--no-build", "--wait");
    await step("a rolling update under load", () => updateUnderLoad({ ...project, folder, ports: PORTS }));
  } catch (error) {
    console.log(await compose("ps").catch(() => ""));
    console.log(await compose("logs", "--no-color", "--tail", "8").catch(() => ""));
    throw error;
  } finally {
    await compose("down", "--volumes", "--timeout", "30").catch((error) => console.log(String(error)));
    rmSync(folder, { recursive: true });
  }
}

/** The project of docker-compose, under whatever files and secrets. */
interface Project {
  readonly engine: Engine;
  /** Before the command: the files, the name. */
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  compose(...args: string[]): Promise<string>;
}

/** The compose file as it is, with lower limits. */
function writeProject(engine: Engine, folder: string): Project {
  const text = readFileSync(join(ROOT, "docker-compose.yml"), "utf8");
  const { services } = Bun.YAML.parse(text) as { services: Record<string, { profiles?: string[] }> };
  const ulimits = { nofile: { soft: 8_192, hard: 20_000 }, nproc: { soft: 1_024, hard: 4_096 } };
  const limited: Record<string, object> = Object.fromEntries(
    Object.keys(services).map((name) => [name, { ulimits }]),
  );
  // Fewer connections than the shipped 50,000, for which this machine may have no descriptors.
  const proxy = join(folder, "haproxy");
  cpSync(join(ROOT, "ops/haproxy"), proxy, { recursive: true });
  const config = readFileSync(join(proxy, "haproxy.cfg"), "utf8");
  writeFileSync(join(proxy, "haproxy.cfg"), config.replace(/maxconn \d+/, "maxconn 2000"));
  const { pem, certificate } = selfSigned();
  writeFileSync(join(proxy, "tls/test.pem"), pem);
  writeFileSync(join(folder, "certificate.pem"), certificate);
  // Load tests refuse to measure limits.
  limited.server = { ulimits, environment: { LIMITS: "off", LIMITS_OFF_IN_PRODUCTION: "yes" } };
  limited.proxy = { ulimits, volumes: [`${proxy}:/usr/local/etc/haproxy:ro`] };
  const limits = join(folder, "limits.yml");
  writeFileSync(limits, JSON.stringify({ services: limited }));
  const secrets = ["POSTGRES_PASSWORD", "MIGRATE_PASSWORD", "SERVER_PASSWORD", "JWT_SECRET"];
  const env: Record<string, string> = {
    ...Object.fromEntries(secrets.map((name) => [name, crypto.randomUUID().repeat(2)])),
    TLS: "on",
    HTTP_LISTEN: `127.0.0.1:${PORTS.http}`,
    HTTPS_LISTEN: `127.0.0.1:${PORTS.https}`,
  };
  const files = ["-f", join(ROOT, "docker-compose.yml"), "-f", limits];
  const args = ["--project-directory", ROOT, "--project-name", "vibestest", ...files];
  return {
    engine,
    args,
    env,
    compose: (...rest) => engine.run(["docker-compose", ...args, ...rest], { env }),
  };
}

async function tryRoles({ compose, env }: Project): Promise<void> {
  const psql = (user: string, password: string, sql: string) =>
    compose(
      ...["exec", "-T", "-e", `PGPASSWORD=${password}`, "postgres", "sh", "-c"],
      `psql --host=127.0.0.1 --username=${user} --dbname=vibesmatch --tuples-only --command="${sql}" 2>&1 || true`,
    );
  const { SERVER_PASSWORD, MIGRATE_PASSWORD } = env;
  const owners = "select distinct tableowner from pg_tables where schemaname = 'public'";
  expectText(await psql("vibes_migrate", MIGRATE_PASSWORD!, owners), /^\s*vibes_migrate\s*$/);
  for (const sql of ["delete from audit_log", "update audit_log set reason = ''", "drop table users"]) {
    expectText(await psql("vibes_server", SERVER_PASSWORD!, sql), /permission denied|must be owner/);
  }
}

/** The lines of the README as they stand; only `bun cli/main.ts` is `vibes` in the container of a server. */
async function takeWalk({ engine, args, env }: Project, folder: string): Promise<void> {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, walk = ""] = /<!-- walk -->\n```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  const project = args.map((arg) => `'${arg}'`).join(" ");
  const script = join(folder, "walk.sh");
  writeFileSync(
    script,
    // What a command says when it fails would end in one of the walk's variables.
    `vibes() { docker-compose ${project} exec -T server vibes "$@" < /dev/null; }
bun() { shift; said=$(vibes "$@") || { code=$?; echo "$said" >&2; return $code; }; echo "$said"; }
${walk}`,
  );
  const API = `https://localhost:${PORTS.https}/api/v1`;
  const CURL_CA_BUNDLE = join(folder, "certificate.pem");
  const out = await engine.run(["sh", "-eu", script], { env: { ...env, API, CURL_CA_BUNDLE } });
  const answers = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  if (answers.length !== 8 || answers[7].error?.code !== "USER_BLOCKED") throw new Error(out);
}

/** Through the proxy, which gives each call to whichever replica it likes; then from each replica by itself. */
async function tryPicture({ engine, compose }: Project, folder: string): Promise<string> {
  const words = "vibes users create --birthdate 1995-05-15 --country DE --json --name Pia --gender female";
  const who = ["--email", `${crypto.randomUUID()}@example.com`];
  const { data: pia } = JSON.parse(await compose("exec", "-T", "server", ...words.split(" "), ...who));
  const origin = `https://localhost:${PORTS.https}`;
  const tls = { ca: readFileSync(join(folder, "certificate.pem"), "utf8") };
  const headers = { authorization: `Bearer ${pia.access_token}`, "content-type": "application/json" };
  const rest: Rest = async (path, call = {}) => {
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    const answer = await fetch(origin + path, { method: call.method ?? "GET", headers, body, tls });
    if (!answer.ok) throw new Error(`${answer.status} ${path}: ${await answer.text()}`);
    const { data } = (await answer.json()) as { data: never };
    return { data, cursor: null, status: answer.status, headers: answer.headers };
  };
  const put: PutFile = async (target, file) => {
    const answer = await fetch(target.url, { method: "PUT", headers: target.headers, body: file, tls });
    if (!answer.ok) throw new Error(`${answer.status} PUT: ${await answer.text()}`);
  };
  const file = new Blob([png(1_200, 800) as Uint8Array<ArrayBuffer>], { type: "image/png" });
  const media = await uploadPicture(rest, file, { url: origin, put });
  const names = (await engine.podman("ps", "--format", "{{.Names}}")).split("\n");
  const servers = names.filter((name) => name.includes("server"));
  for (const name of servers) {
    const url = `http://127.0.0.1:3000${media.thumb_url}`;
    const bytes = await engine.podman("exec", name, "wget", "--quiet", "--output-document=-", url);
    expectText(bytes.slice(0, 12), /^RIFF.*WEBP$/s);
  }
  return `${media.width} × ${media.height}, from ${servers.length} replicas`;
}

/** As ops/README.md says: another file, and the proxy started again. */
async function tryRenewal({ compose }: Project, folder: string): Promise<void> {
  const { pem, certificate } = selfSigned();
  writeFileSync(join(folder, "haproxy/tls/test.pem"), pem);
  writeFileSync(join(folder, "certificate.pem"), certificate);
  await compose("restart", "proxy");
  const answers = () =>
    fetch(`https://localhost:${PORTS.https}/readyz`, { tls: { ca: certificate } }).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually(answers, { withinMs: 60_000, what: "the proxy with the new certificate" });
}

async function stopOne(engine: Engine): Promise<string> {
  const names = (await engine.podman("ps", "--format", "{{.Names}}")).split("\n");
  const one = names.find((name) => name.includes("server"))!;
  const stopping = engine.podman("stop", "--time", "30", one);
  let over = false;
  let asked = 0;
  void stopping.finally(() => {
    over = true;
  });
  do {
    const status = await statusOf(`http://127.0.0.1:${PORTS.http}/livez`);
    if (status !== 200) throw new Error(`${status} while ${one} stopped`);
    asked++;
  } while (!over);
  await stopping;
  const [{ State }] = JSON.parse(await engine.podman("inspect", one));
  if (State.ExitCode !== 0) throw new Error(`${one} ended with ${State.ExitCode}`);
  return `${asked} requests while it stopped, its exit code 0`;
}

async function tryRedirect(): Promise<void> {
  const plain = await fetch(`http://127.0.0.1:${PORTS.http}/docs`, { redirect: "manual" });
  expectText(`${plain.status} ${plain.headers.get("location")}`, /^308 https:/);
}

async function statusOf(url: string): Promise<number> {
  return await fetch(url, { headers: { connection: "close" } }).then(
    (answer) => answer.status,
    () => 0,
  );
}

main().then(
  () => console.log("containers: everything works"),
  (error: Error) => {
    console.error(`FAIL ${error.message}`);
    process.exitCode = 1;
  },
);
