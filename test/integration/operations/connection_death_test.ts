import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import type { SoakFigures } from "../../harness/soak.ts";

const SECONDS = 2.5;
const SOAK = join(import.meta.dir, "../../harness/soak.ts");

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ empty: true });
});
afterAll(() => db.close());

async function soak(kind: "client" | "driver"): Promise<SoakFigures> {
  const child = Bun.spawn([process.execPath, SOAK, db.url, kind, String(SECONDS)], { stderr: "inherit" });
  return JSON.parse(await new Response(child.stdout).text()) as SoakFigures;
}

describe("connections that die in the middle of transactions", () => {
  for (const kind of ["client", "driver"] as const) {
    test(`leave nothing half done and nobody waiting: the ${kind}`, async () => {
      const figures = await soak(kind);
      expect(figures).toMatchObject({ half: 0, lost: 0, hung: 0, uncaught: 0 });
      // It was a soak: there was something to break.
      expect(figures.killed).toBeGreaterThan(10);
      expect(figures.committed).toBeGreaterThan(10);
      expect(figures.failed).toBeGreaterThan(10);
    });
  }

  test("the driver that runs is the patched source", async () => {
    const path = Bun.resolveSync("postgres", import.meta.dir);
    expect(path).toEndWith("postgres/src/index.js");
    expect(await Bun.file(path).text()).toContain("dead = e");
    expect(await Bun.file(join(path, "../connection.js")).text()).toContain("if (!socket) {");
  });
});
