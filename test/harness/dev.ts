/**
 * `vibes dev` as a process of its own, in data folders that are removed afterwards.
 * @module
 */
import { expect } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clear, prepareSite } from "../../server/db/embedded/site.ts";
import { type ChildOptions, startChild } from "./child.ts";

/** What it says once it answers. */
export interface DevReady {
  readonly url: string;
  readonly people: { id: string; name: string; kind: string; token_command: string }[];
  readonly started_in_ms: number;
}

const folders: string[] = [];

/** Ends the databases that are left in the folders of this test file, and removes the folders. */
export async function removeDevFolders(): Promise<void> {
  for (const folder of folders) {
    if (existsSync(join(folder, "postgres"))) await clear(await prepareSite(join(folder, "postgres")));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns The folder, which {@link removeDevFolders} will remove. */
export function rememberFolder(folder: string): string {
  folders.push(folder);
  return folder;
}

/** @param owner The user who will run it, by number. */
export function newDevFolder(owner?: number): string {
  const folder = mkdtempSync(join(tmpdir(), "vibes-dev-"));
  chmodSync(folder, 0o755);
  if (owner !== undefined) chownSync(folder, owner, owner);
  return rememberFolder(folder);
}

/** Starts it and waits until it says where it is. */
export async function startDev(
  dataDir: string,
  options: ChildOptions & { args?: string[]; script?: string } = {},
) {
  const { args = [], script = "cli/main.ts", env, ...rest } = options;
  const child = startChild([script, "dev", "--port", "0", "--json", ...args], {
    ...rest,
    env: { DATA_DIR: dataDir, LIMITS: "off", ...env },
  });
  try {
    const [, text = ""] = await child.says(/^(\{"schema".*\})$/m);
    const ready = JSON.parse(text).data as DevReady;
    const answered = await fetch(`${ready.url}/readyz`);
    expect(answered.status).toBe(200);
    return { child, ready };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

/** @returns The process and the URL of a folder's PostgreSQL. */
export function postgresOf(dataDir: string): { readonly pid: number; readonly url: string } {
  return JSON.parse(readFileSync(join(dataDir, "postgres.json"), "utf8"));
}
