/**
 * Which build this is: the version of package.json, the commit, the Bun it runs on. The executable is told
 * its commit when it is built; a checkout reads its own.
 * @module
 */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import manifest from "../../package.json" with { type: "json" };

/** Replaced by ops/build.ts. */
declare const BUILD_COMMIT: string | undefined;

/** What `vibes --version`, doctor, the log, the metrics and `/livez` say. */
export interface Version {
  readonly version: string;
  /** 12 hexadecimal digits, or "unknown". */
  readonly commit: string;
  readonly bun: string;
}

const LENGTH = 12;

export const VERSION: Version = {
  version: manifest.version,
  commit: (buildCommit() ?? commitOf(join(import.meta.dir, "../.."))).slice(0, LENGTH),
  bun: Bun.version,
};

/** @returns `0.1.0 (commit 0123456789ab, Bun 1.4.5)` */
export function versionText({ version, commit, bun }: Version = VERSION): string {
  return `${version} (commit ${commit}, Bun ${bun})`;
}

function buildCommit(): string | undefined {
  return typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : undefined;
}

/**
 * @param root A checkout, or a worktree of one. Git itself is not asked: it may be absent, and starting it takes longer
 * than `--version`.
 */
export function commitOf(root: string): string {
  try {
    const git = gitFolder(root);
    const head = readFileSync(join(git, "HEAD"), "utf8").trim();
    const ref = /^ref: (.+)$/.exec(head)?.[1];
    return ref === undefined ? head : readRef(git, ref);
  } catch {
    return "unknown";
  }
}

function gitFolder(root: string): string {
  const path = join(root, ".git");
  const linked = tryRead(path)?.match(/^gitdir: (.+)$/m)?.[1];
  if (linked === undefined) return path;
  return isAbsolute(linked) ? linked : join(root, linked);
}

/** Branches of a worktree are kept in the checkout that it belongs to. */
function readRef(git: string, ref: string): string {
  const common = tryRead(join(git, "commondir"))?.trim();
  const shared = common === undefined ? git : isAbsolute(common) ? common : join(git, common);
  const loose = tryRead(join(shared, ref));
  if (loose !== undefined) return loose.trim();
  const packed = readFileSync(join(shared, "packed-refs"), "utf8").split("\n");
  return packed.find((line) => line.endsWith(` ${ref}`))?.split(" ")[0] ?? "unknown";
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
