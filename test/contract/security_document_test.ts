/** SECURITY.md promises nothing whose proof is gone. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

test("every file that SECURITY.md names exists", async () => {
  const text = await Bun.file(join(ROOT, "SECURITY.md")).text();
  const named = [...text.matchAll(/`((?:server|test|sql|cli)\/[\w./-]+)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(20);
  const missing: string[] = [];
  for (const path of new Set(named)) {
    const there = path.includes(".") ? await Bun.file(join(ROOT, path)).exists() : true;
    if (!there) missing.push(path);
  }
  expect(missing).toEqual([]);
});

test("every constraint, table and setting that it names is one of ours", async () => {
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
