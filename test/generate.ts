/**
 * Files and sections of READMEs that are made from code: `bun run generate` writes them, `bun run ok` checks that
 * nothing has changed since. It owns the markers, not what stands between them.
 * @module
 */
import { join } from "node:path";
import { keysMarkdown } from "../admin-tui/key_help.ts";
import { cliReference } from "../cli/reference.ts";
import { configTable } from "../server/config/describe.ts";
import { dumpSchema } from "../server/db/migrate/mod.ts";
import { benchMarkdown, readResults } from "./bench/results.ts";
import { createTestDatabase } from "./harness/database.ts";
import { readmeScreen } from "./readme_screens.ts";
import { wireTypes } from "./wire_types.ts";

const ROOT = join(import.meta.dir, "..");

/** What makes one section. */
export type Section = () => string | Promise<string>;

/** Sections by their file, then by the name in their markers. */
const SECTIONS: Readonly<Record<string, Readonly<Record<string, Section>>>> = {
  "cli/README.md": { cli: cliReference },
  "server/config/README.md": { config: configTable },
  "test/bench/README.md": { bench: async () => benchMarkdown(await readResults()) },
  "admin-tui/README.md": {
    keys: keysMarkdown,
    "screen-queue": () => readmeScreen("the queue"),
    "screen-person": () => readmeScreen("a person beside the queue"),
    "screen-decision": () => readmeScreen("a decision about a person"),
    "screen-live": () => readmeScreen("the live numbers"),
  },
};

/** A file that is made from code, wholly or in parts. */
interface Generated {
  /** From the root. */
  readonly path: string;
  /** @returns The whole file, given what it is now (empty when it is missing). */
  render(current: string): Promise<string>;
}

const GENERATED: readonly Generated[] = [
  ...Object.entries(SECTIONS).map(([path, sections]) => ({
    path,
    render: (current: string) => fillSections(current, sections),
  })),
  { path: "sql/schema.sql", render: schemaDump },
  { path: "client/wire.ts", render: async () => wireTypes() },
];

/** What all migrations together make, from a database that has just got them. */
async function schemaDump(): Promise<string> {
  const database = await createTestDatabase();
  try {
    return await dumpSchema({ url: database.url });
  } finally {
    await database.close();
  }
}

/**
 * Rewrites what stands between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`.
 *
 * @throws Error when a section has no markers, or markers have no section.
 */
export async function fillSections(
  text: string,
  sections: Readonly<Record<string, Section>>,
): Promise<string> {
  let filled = text;
  for (const [name, section] of Object.entries(sections)) {
    const [start, end] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
    const from = filled.indexOf(start);
    const to = filled.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`Cannot generate ${name}: its markers are missing`);
    filled = `${filled.slice(0, from)}${start}\n${await section()}\n${filled.slice(to)}`;
  }
  for (const [, name = ""] of text.matchAll(/<!-- generated:(\S+) -->/g)) {
    if (!(name in sections)) throw new Error(`Cannot generate ${name}: nothing makes it`);
  }
  return filled;
}

/**
 * Renders every generated file.
 *
 * @param write Whether to store what is stale.
 * @returns The paths that are, or were, stale.
 */
export async function generate(write: boolean): Promise<string[]> {
  const stale: string[] = [];
  for (const { path, render } of GENERATED) {
    const file = Bun.file(join(ROOT, path));
    const current = (await file.exists()) ? await file.text() : "";
    const rendered = await render(current);
    if (rendered === current) continue;
    stale.push(path);
    if (write) await file.write(rendered);
  }
  return stale;
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  const stale = await generate(!check);
  for (const path of stale) console.log(check ? `${path} is stale: run bun run generate` : `${path} written`);
  if (check && stale.length > 0) process.exitCode = 1;
}
