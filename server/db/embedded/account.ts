/**
 * Which user PostgreSQL runs as, and what that user can reach: it refuses to run as root.
 * @module
 */

import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** A user of the system, from /etc/passwd: initdb wants its entry. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** A place every user can reach. */
const PUBLIC_FOLDER = "/var/tmp";

/** @returns The user to switch to when we are root, undefined when we can stay who we are. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const wanted of ["postgres", "nobody"]) {
    const [name, , uid, gid] = entries.find((line) => line.startsWith(`${wanted}:`))?.split(":") ?? [];
    if (name !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("Cannot start PostgreSQL as root: there is neither a user postgres nor a user nobody");
}

/** Whether the account may pass through every folder on the way to the path; we ourselves always may. */
export function canReach(account: Account | undefined, path: string): boolean {
  if (account === undefined) return true;
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** @returns A folder that every user can reach, for what belongs to `key`; see {@link ownFolder}. */
export function publicFolder(key: string): string {
  return ownFolder(join(PUBLIC_FOLDER, `vibesmatch-${key}`));
}

/**
 * Makes a folder, or finds it again, in a place where anybody can write.
 * @throws Error when somebody else has put something there: what we run and trust must be ours.
 */
export function ownFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`Cannot use ${folder}: it belongs to somebody else`);
  }
  return folder;
}

/** @returns A short name for a path, the same in every run. */
export function pathKey(path: string): string {
  return createHash("sha256").update(resolve(path)).digest("hex").slice(0, 12);
}
