/**
 * A PATH like this process's without some programs, as for a person who has not installed them.
 * @module
 */
import { mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastingFolders } from "../../cli/invocation.ts";

/**
 * @param names Of the programs to leave out.
 * @returns A folder of links to every other program of the path; the caller removes it.
 */
export function pathWithout(names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "vibes-path-"));
  const seen = new Set(names);
  for (const from of lastingFolders(process.env.PATH ?? "")) {
    for (const name of namesIn(from)) {
      if (seen.has(name)) continue;
      seen.add(name);
      symlinkSync(join(from, name), join(folder, name));
    }
  }
  return folder;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
