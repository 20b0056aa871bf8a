/** The systemd unit by systemd itself, the Kubernetes manifests by Kubernetes' own schemas, and the rules of both. @module */
import { describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deployment } from "kubernetes-models/apps/v1";
import { Job } from "kubernetes-models/batch/v1";
import { Ingress } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, Service } from "kubernetes-models/v1";
import { CONFIG_KEYS } from "../../server/config/keys.ts";
import { memorySettings } from "../harness/image.ts";

const ROOT = join(import.meta.dir, "../..");
const read = (path: string) => Bun.file(join(ROOT, path)).text();
const MEMORY = memorySettings();
const KNOWN = CONFIG_KEYS.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name]));

describe("the systemd unit", async () => {
  const unit = await read("ops/systemd/vibesmatch.service");

  test.skipIf(Bun.which("systemd-analyze") === null)("is one, by systemd-analyze verify", () => {
    const root = mkdtempSync(join(tmpdir(), "vibes-unit-"));
    try {
      // What the unit names must be there.
      for (const folder of ["usr/local/bin", "etc/systemd/system"])
        mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, "usr/local/bin/vibes"), "#!/bin/sh\n", { mode: 0o755 });
      const path = join(root, "etc/systemd/system/vibesmatch.service");
      copyFileSync(join(ROOT, "ops/systemd/vibesmatch.service"), path);
      for (const target of ["sysinit", "basic", "shutdown", "multi-user", "network-online", "tmp"]) {
        writeFileSync(join(root, `etc/systemd/system/${target}.target`), `[Unit]\nDescription=${target}\n`);
      }
      const verify = (line: string) => {
        writeFileSync(path, unit.replace("[Install]", `${line}\n[Install]`));
        const child = Bun.spawnSync([
          "systemd-analyze",
          "verify",
          "--man=no",
          `--root=${root}`,
          "vibesmatch.service",
        ]);
        return child.stderr
          .toString()
          .split("\n")
          .filter((text) => text.includes("vibesmatch.service"));
      };
      expect(verify("")).toEqual([]);
      expect(verify("ProtectHom=yes")).toEqual([expect.stringContaining("ProtectHom")]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  test("sets keys that exist, and gives a drain its time", () => {
    const keys = [...unit.matchAll(/^Environment=(\w+)=/gm)].map(([, name]) => name!);
    expect(keys.filter((name) => !KNOWN.includes(name) && !Object.hasOwn(MEMORY, name))).toEqual([]);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(25);
    const [, folder] = /^StateDirectory=(.+)$/m.exec(unit)!;
    expect(unit).toContain(`Environment=MEDIA_STORE=file:/var/lib/${folder}/`);
  });

  test("has Bun handle memory as the image does, and this Bun knows the settings", () => {
    for (const [name, value] of Object.entries(MEMORY))
      expect(unit).toContain(`Environment=${name}=${value}\n`);
    const exitCode = (env: Readonly<Record<string, string>>) =>
      Bun.spawnSync([process.execPath, "--eval", "1"], { env, stderr: "ignore" }).exitCode;
    expect(exitCode(MEMORY)).toBe(0);
    expect(exitCode({ BUN_JSC_noSuchSetting: "0" })).toBe(1);
  });
});

interface Pod {
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: { readonly runAsNonRoot?: boolean };
  readonly volumes: { readonly secret?: { readonly items?: { path: string }[] } }[];
  readonly containers: {
    readonly image: string;
    readonly args: string[];
    readonly env?: { name: string; value: string }[];
    readonly ports?: { name: string; containerPort: number }[];
    readonly volumeMounts: { readonly mountPath: string }[];
    readonly livenessProbe?: { httpGet: { path: string } };
    readonly readinessProbe?: { httpGet: { path: string } };
    readonly lifecycle?: { preStop: { sleep: { seconds: number } } };
    readonly securityContext: { readOnlyRootFilesystem?: boolean };
  }[];
}

describe("the Kubernetes manifests", async () => {
  const KINDS = { ConfigMap, Deployment, PodDisruptionBudget, Service, Ingress, Job } as const;
  type Manifest = { kind: keyof typeof KINDS; spec: never; data: Record<string, string> };
  const documents = (
    await Promise.all(["server", "migrate"].map((name) => read(`ops/kubernetes/${name}.yaml`)))
  ).flatMap((text) => [Bun.YAML.parse(text)].flat() as Manifest[]);
  const of = (kind: keyof typeof KINDS) => documents.find((document) => document.kind === kind)!;
  const pods = (["Deployment", "Job"] as const).map(
    (kind) => (of(kind).spec as { template: { spec: Pod } }).template.spec,
  );
  const [server] = pods as [Pod, Pod];

  test.each(documents.map((document) => [document.kind, document] as const))(
    "%s is one, by its schema",
    (kind, document) => {
      const Kind = KINDS[kind] as new (data: object) => { validate(): void };
      new Kind(document).validate();
      expect(() => new Kind({ ...document, spec: "none", data: 1 }).validate()).toThrow();
    },
  );

  test("set keys that exist, run the image of compose as nobody in particular, and write nowhere in it", async () => {
    const compose = Bun.YAML.parse(await read("docker-compose.yml")) as {
      services: { server: { image: string } };
    };
    const given = [
      ...Object.keys(of("ConfigMap").data),
      ...pods[1]!.containers[0]!.env!.map(({ name }) => name),
    ];
    expect(given.filter((name) => !KNOWN.includes(name))).toEqual([]);
    for (const { securityContext, containers } of pods) {
      expect(securityContext.runAsNonRoot).toBe(true);
      expect(containers.map(({ image }) => image)).toEqual([compose.services.server.image]);
      expect(containers.every((container) => container.securityContext.readOnlyRootFilesystem)).toBe(true);
    }
  });

  test("mount every file that a key names, and give a bucket both of its keys", () => {
    const { data } = of("ConfigMap");
    const named = Object.entries(data).flatMap(([name, path]) => (name.endsWith("_FILE") ? [path] : []));
    const [{ mountPath }] = server.containers[0]!.volumeMounts as [{ mountPath: string }];
    const mounted = server.volumes[0]!.secret!.items!.map(({ path }) => `${mountPath}/${path}`);
    expect(named.toSorted()).toEqual(mounted.toSorted());
    expect(data.MEDIA_STORE).toStartWith("s3://");
    expect(data).toContainKeys(["S3_ACCESS_KEY_ID_FILE", "S3_SECRET_ACCESS_KEY_FILE"]);
  });

  test("probe what the server answers, and give a drain its time after the pause", () => {
    const [container] = server.containers;
    expect(container!.livenessProbe?.httpGet.path).toBe("/livez");
    expect(container!.readinessProbe?.httpGet.path).toBe("/readyz");
    const pause = container!.lifecycle!.preStop.sleep.seconds;
    expect(server.terminationGracePeriodSeconds).toBeGreaterThan(25 + pause);
    expect(container!.ports!.map(({ containerPort }) => String(containerPort))).toEqual([
      of("ConfigMap").data.PORT!,
      of("ConfigMap").data.METRICS_PORT!,
    ]);
  });

  test("one replica always answers, and the metrics are not published", () => {
    const { minAvailable } = of("PodDisruptionBudget").spec as { minAvailable: number };
    const { replicas, strategy } = of("Deployment").spec as {
      replicas: number;
      strategy: { rollingUpdate: { maxUnavailable: number } };
    };
    expect([replicas > minAvailable, minAvailable > 0, strategy.rollingUpdate.maxUnavailable]).toEqual([
      true,
      true,
      0,
    ]);
    const { ports } = of("Service").spec as { ports: { targetPort: string }[] };
    expect(ports.map(({ targetPort }) => targetPort)).toEqual(["http"]);
  });
});
