/** The READMEs and SECURITY.md are short enough to be read, and name nothing that does not exist. */
import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
/** Folders that have something to say about themselves. */
const EXPLAINED = [
  ".",
  "server",
  "server/config",
  "server/features",
  "server/http",
  "server/features/media",
  "server/features/push",
  "server/protocol",
  "server/realtime",
  "client",
  "cli",
  "cli/load",
  "admin-tui",
  "sql",
  "test",
  "test/bench",
  "test/chaos",
  "ops",
  "patches",
];
const NAMED = /`((?:server|client|cli|admin-tui|sql|test|ops|patches)\/[\w./-]+)`/g;
const LINKED = /\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g;

async function documents(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const path of new Bun.Glob("**/{README,SECURITY}.md").scan(ROOT)) {
    if (!path.includes("node_modules/")) found.set(path, await Bun.file(join(ROOT, path)).text());
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return (
    (await Bun.file(join(ROOT, path))
      .stat()
      .catch(() => undefined)) !== undefined
  );
}

test("the first README is at most 150 lines", async () => {
  expect((await documents()).get("README.md")!.split("\n").length).toBeLessThanOrEqual(151);
});

test.each(EXPLAINED)("%s has a README", async (folder) => {
  expect(await exists(join(folder, "README.md"))).toBe(true);
});

describe("nothing is named that is not there:", async () => {
  test.each([...(await documents())])("%s", async (path, text) => {
    const named = [...text.matchAll(NAMED)].map(([, name]) => name!);
    const linked = [...text.matchAll(LINKED)].map(([, link]) => join(dirname(path), link!));
    const missing: string[] = [];
    for (const name of new Set([...named, ...linked])) if (!(await exists(name))) missing.push(name);
    expect(missing).toEqual([]);
  });
});

test("SECURITY.md shows a proof for most of what it says", async () => {
  const text = (await documents()).get("SECURITY.md")!;
  expect([...text.matchAll(NAMED)].length).toBeGreaterThan(20);
});

test("every constraint, table and setting that SECURITY.md names is one of ours", async () => {
  const text = await Bun.file(join(ROOT, "SECURITY.md")).text();
  const schema = await Bun.file(join(ROOT, "sql/schema.sql")).text();
  for (const name of ["audit_log", "report_evidence", "sanctions_two_people"]) {
    expect([name, text.includes(name), schema.includes(name)]).toEqual([name, true, true]);
  }
  const config = await Bun.file(join(ROOT, "server/config/keys.ts")).text();
  for (const name of ["RETENTION_EVIDENCE_DAYS", "TRUSTED_PROXIES"]) {
    expect([name, text.includes(name), config.includes(name)]).toEqual([name, true, true]);
  }
});
