/**
 * Backends that die under transactions: no talk, but the soak of the database's client and of the driver below it.
 * @module
 */
import { createTestDatabase } from "../../harness/database.ts";
import type { SoakFigures } from "../../harness/soak.ts";
import type { Outcome } from "../outcome.ts";
import type { Row, Scale } from "../row.ts";
import type { World } from "../world.ts";

const SOAK = "test/harness/soak.ts";

/** See the module. */
export const SOAK_ROWS: readonly Row[] = [
  soakRow("backends die under our transactions", "client"),
  soakRow("backends die under the driver's transactions", "driver"),
];

function soakRow(name: string, kind: "client" | "driver"): Row {
  return {
    name,
    on: ["one Redis"],
    holdMs: 20_000,
    // connection_death_test.ts
    longOnly: true,
    run: (world, scale) => run(world, scale, { name, kind }),
  };
}

async function run(
  world: World,
  ...[{ holdMs }, { name, kind }]: [Scale, { name: string; kind: string }]
): Promise<Outcome> {
  const database = await createTestDatabase({ cluster: world.cluster, empty: true });
  try {
    const child = world.spawn([SOAK, database.url, kind, String(holdMs / 1_000)]);
    const { stdout, stderr } = await child.ended;
    if (stdout === "") throw new Error(stderr);
    const figures = JSON.parse(stdout) as SoakFigures;
    const { committed, failed, killed, half, lost, hung, uncaught } = figures;
    const problems = Object.entries({ half, lost, hung, uncaught })
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${what} ${count}`);
    if (killed < 20 || committed < 50) problems.push("there was nothing to break");
    const counts = [`committed ${committed}`, `failed ${failed}`, `connections killed ${killed}`];
    return {
      name,
      problems,
      figures: [...counts, `half ${half}  lost ${lost}  hung ${hung}  thrown ${uncaught}`],
    };
  } finally {
    await database.close();
  }
}
