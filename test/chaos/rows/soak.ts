/**
 * Rows in which database backends die during transactions: with our client, with the patched driver, and with the
 * published driver, which must fail to show that the patch is needed.
 * @module
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "../../harness/database.ts";
import type { SoakFigures } from "../../harness/soak.ts";
import type { Findings } from "../outcome.ts";
import type { Row } from "../row.ts";
import type { World } from "../world.ts";

const ROOT = join(import.meta.dir, "../../..");

/** See the module. */
export const SOAK_ROWS: readonly Row[] = [
  soakRow("backends die under our transactions", async (world, options) => {
    return judge(await soak(world, { ...options, kind: "client" }));
  }),
  soakRow("backends die under the patched driver's transactions", async (world, options) => {
    return judge(await soak(world, { ...options, kind: "driver" }));
  }),
  soakRow("backends die: the driver's patch is needed", async (world, options) => {
    const folder = mkdtempSync(join(tmpdir(), "vibes-driver-"));
    try {
      const figures = await soak(world, { ...options, kind: unpatched(folder) });
      const { half, lost, hung, uncaught } = figures;
      const problems =
        half + lost + hung + uncaught > 0 ? [] : ["it passes without the patch: take that away"];
      return { problems, figures: [...judge(figures).figures, "(as published)"] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }),
];

function soakRow(name: string, run: (world: World, options: { holdMs: number }) => Promise<Findings>): Row {
  return {
    name,
    on: ["one Redis"],
    holdMs: 20_000,
    // connection_death_test.ts
    longOnly: true,
    run: async (world, scale) => ({ name, ...(await run(world, scale)) }),
  };
}

/** @returns The path of the driver without our patch, copied below the folder. */
function unpatched(folder: string): string {
  cpSync(join(ROOT, "node_modules/postgres"), folder, { recursive: true, dereference: true });
  const patch = join(ROOT, "patches/postgres@3.4.9.patch");
  const { success, stderr } = Bun.spawnSync(["git", "apply", "--reverse", patch], { cwd: folder });
  if (!success) throw new Error(`Cannot take the patch away: ${stderr}`);
  return join(folder, "src/index.js");
}

async function soak(world: World, { kind, holdMs }: { kind: string; holdMs: number }): Promise<SoakFigures> {
  const database = await createTestDatabase({ cluster: world.cluster, empty: true });
  try {
    const child = world.spawn(["test/harness/soak.ts", database.url, kind, String(holdMs / 1_000)]);
    const { stdout, stderr } = await child.ended;
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as SoakFigures;
  } finally {
    await database.close();
  }
}

function judge({ committed, failed, killed, half, lost, hung, uncaught }: SoakFigures): Findings {
  const problems = Object.entries({ half, lost, hung, uncaught })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what} ${count}`);
  if (killed < 20 || committed < 50) problems.push("there was nothing to break");
  const counts = [`committed ${committed}`, `failed ${failed}`, `connections killed ${killed}`];
  return { problems, figures: [...counts, `half ${half}  lost ${lost}  hung ${hung}  thrown ${uncaught}`] };
}
