/**
 * `bun run sbom`: prints what ships, as a CycloneDX 1.6 bill of materials: every package that production installs, from
 * the lockfile, with the licence that the installed package states. `--licences` prints a table of licences instead.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "../server/lib/version.ts";

const ROOT = join(import.meta.dir, "..");

interface Entry {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly optionalPeers?: readonly string[];
}

interface Lockfile {
  readonly workspaces: Record<string, { readonly dependencies: Record<string, string> }>;
  /** By path: `a` at the top, `b/a` for the one that only `b` uses. */
  readonly packages: Record<
    string,
    readonly [id: string, registry: string, entry: Entry, integrity?: string]
  >;
}

/** One package that ships. */
export interface Shipped {
  readonly name: string;
  readonly version: string;
  /** SPDX, as the package states it; "unknown" when it is not installed or states none. */
  readonly licence: string;
  /** SHA-512, base64. */
  readonly integrity: string | undefined;
  readonly patched: boolean;
}

/** @returns Packages that production installs, by name. Binaries of the embedded PostgreSQL are development's. */
export function readShipped(): Shipped[] {
  const lock = Bun.JSON5.parse(readFileSync(join(ROOT, "bun.lock"), "utf8")) as Lockfile;
  const { patchedDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const found = new Map<string, Shipped>();
  const waiting = Object.keys(lock.workspaces[""]!.dependencies).map((name) => ({ name, from: "" }));
  for (const { name, from } of waiting) {
    const path = resolve(lock, { name, from });
    if (path === undefined) continue;
    const [id, , entry, integrity] = lock.packages[path]!;
    if (found.has(path)) continue;
    const version = id.slice(id.lastIndexOf("@") + 1);
    const licence = licenceOf(path);
    found.set(path, {
      name,
      version,
      licence,
      integrity: integrity?.replace("sha512-", ""),
      patched: Object.hasOwn(patchedDependencies, id),
    });
    const { dependencies, peerDependencies, optionalPeers = [] } = entry;
    const peers = Object.keys(peerDependencies ?? {}).filter((peer) => !optionalPeers.includes(peer));
    waiting.push(
      ...[...Object.keys(dependencies ?? {}), ...peers].map((next) => ({ name: next, from: path })),
    );
  }
  const unique = new Map(
    [...found.values()].map((shipped) => [`${shipped.name}@${shipped.version}`, shipped]),
  );
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, shipped]) => shipped);
}

/** The nearest one: beside whoever asks, then further out. */
function resolve(lock: Lockfile, { name, from }: { name: string; from: string }): string | undefined {
  for (let place = from; ; place = place.slice(0, Math.max(place.lastIndexOf("/"), 0))) {
    const path = place === "" ? name : `${place}/${name}`;
    if (Object.hasOwn(lock.packages, path)) return path;
    if (place === "") return undefined;
  }
}

/** `a/b` of the lockfile is `node_modules/a/node_modules/b`; a scope is part of the name. */
function licenceOf(path: string): string {
  const names = path.match(/@[^/]+\/[^/]+|[^/]+/g) ?? [];
  const file = join(ROOT, ...names.flatMap((name) => ["node_modules", name]), "package.json");
  if (!existsSync(file)) return "unknown";
  const { license, licenses } = JSON.parse(readFileSync(file, "utf8"));
  const stated = license ?? licenses?.map(({ type }: { type: string }) => type).join(" OR ");
  return typeof stated === "string" ? stated : (stated?.type ?? "unknown");
}

/** @returns The bill of materials. The same for the same lockfile and commit, but for its time. */
export function billOfMaterials(shipped: readonly Shipped[], timestamp: string) {
  const reference = ({ name, version }: Pick<Shipped, "name" | "version">) =>
    `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
  const server = { name: "vibesmatch-server", version: VERSION.version };
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp,
      component: {
        type: "application",
        "bom-ref": reference(server),
        ...server,
        licenses: [{ license: { id: "MIT" } }],
        properties: [
          { name: "vibes:commit", value: VERSION.commit },
          { name: "vibes:bun", value: VERSION.bun },
        ],
      },
    },
    components: shipped.map((one) => ({
      type: "library",
      "bom-ref": reference(one),
      name: one.name,
      version: one.version,
      purl: reference(one),
      licenses: [{ expression: one.licence }],
      ...(one.integrity && {
        hashes: [{ alg: "SHA-512", content: Buffer.from(one.integrity, "base64").toString("hex") }],
      }),
      ...(one.patched && { pedigree: { patches: [{ type: "unofficial" }], notes: "patches/README.md" } }),
    })),
  };
}

if (import.meta.main) {
  const shipped = readShipped();
  if (process.argv.includes("--licences")) {
    const counts = Object.entries(Object.groupBy(shipped, ({ licence }) => licence));
    for (const [licence, ones = []] of counts.sort(([a], [b]) => (a < b ? -1 : 1))) {
      console.log(`${licence}: ${ones.map(({ name, version }) => `${name} ${version}`).join(", ")}`);
    }
  } else {
    console.log(JSON.stringify(billOfMaterials(shipped, new Date().toISOString()), null, 2));
  }
}
