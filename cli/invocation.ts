/**
 * Determines how this program was called, so that the commands it prints can be pasted. Pure except for looking
 * programs up on PATH.
 * @module
 */
import { accessSync, constants } from "node:fs";
import { basename, delimiter, join, relative } from "node:path";
import { shellWord } from "./output.ts";

/** What is known of a process. */
export interface Called {
  /** Absolute path of the script. */
  readonly script: string;
  /** Undefined: the command must work from every folder. */
  readonly cwd?: string;
  /** The search path of the environment. */
  readonly path: string;
}

/** Folders that npx and `bun run` put on the path for their children only. */
const PASSING = /[\\/](node_modules[\\/]\.bin|_npx|bun-node-[^\\/]*)([\\/]|$)/;

/**
 * @returns `vibes` when that is on the path, else `bun cli/main.ts` from here, through npx where there is no Bun.
 */
export function invocationOf({ script, cwd, path }: Called): string {
  if (basename(script) !== "main.ts") return "vibes";
  const folders = lastingFolders(path);
  const bun = folders.some((folder) => isProgram(join(folder, "bun")))
    ? "bun"
    : `npx --yes bun@${Bun.version}`;
  const file = cwd === undefined ? "" : relative(cwd, script);
  return `${bun} ${file === "" || file.startsWith("..") ? shellWord(script) : shellWord(file)}`;
}

/** @returns The folders of a search path that a new shell has, too: without those that npx and `bun run` add. */
export function lastingFolders(path: string): string[] {
  return path.split(delimiter).filter((folder) => folder !== "" && !PASSING.test(folder));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
