/**
 * The dashboard's screens for the README, out of the snapshots that its tests compare every frame with. It reads the
 * snapshots and draws nothing: what the README shows is what the tests saw.
 * @module
 */
import { join } from "node:path";
import { runInNewContext } from "node:vm";

const SNAPSHOTS = join(import.meta.dir, "tui/__snapshots__/screens_test.ts.snap");

/**
 * A screen as a fenced text.
 *
 * @param name Of the test that drew it.
 * @throws Error when no snapshot has that name.
 */
export async function readmeScreen(name: string): Promise<string> {
  return fence(readSnapshots(await Bun.file(SNAPSHOTS).text()), name);
}

/** @returns The snapshots of a file by name; the file is a module that sets one property for each. */
export function readSnapshots(text: string): Readonly<Record<string, string>> {
  const exports: Record<string, string> = {};
  runInNewContext(text, { exports });
  return exports;
}

/** @returns The one snapshot of a test as Markdown, without the quotes and without what is blank at the lines' ends. */
export function fence(snapshots: Readonly<Record<string, string>>, name: string): string {
  const text = snapshots[`${name} 1`];
  if (text === undefined) throw new Error(`Cannot show the screen "${name}": no snapshot has this name`);
  const screen = text.trim().replace(/^"|"$/g, "").replace(/ +$/gm, "").replace(/\n+$/, "");
  return `\`\`\`text\n${screen}\n\`\`\``;
}
