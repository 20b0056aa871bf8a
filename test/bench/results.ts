/**
 * The latest measurements by section in `results.json`, and the table of them in the README.
 * @module
 */
import { join } from "node:path";
import { type Section, tableOf } from "./report.ts";

/** The sections' programs, in the order of the table. */
export const SECTIONS: Readonly<Record<string, string>> = {
  sends: "ws_bench.ts",
  life: "life_bench.ts",
  push: "push_bench.ts",
  pictures: "pictures_bench.ts",
  idle: "idle_bench.ts",
  storm: "storm_bench.ts",
  reads: "reads_bench.ts",
  start: "start_bench.ts",
  dashboard: "dashboard_bench.ts",
};

const FILE = join(import.meta.dir, "results.json");

/** What a section measured, and where. */
export interface Kept extends Section {
  readonly machine: string;
  readonly day: string;
}

/** By the section's name. */
export type Results = Readonly<Record<string, Kept>>;

/** @returns What is kept; nothing before the first run. */
export async function readResults(): Promise<Results> {
  const file = Bun.file(FILE);
  return (await file.exists()) ? ((await file.json()) as Results) : {};
}

/** Sections that were not measured now keep what they have. */
export async function keepResults(measured: Results): Promise<void> {
  await Bun.write(FILE, `${JSON.stringify({ ...(await readResults()), ...measured }, null, 2)}\n`);
}

/** @returns The table, and below it where, when and how each section was measured, as Markdown. */
export function benchMarkdown(results: Results): string {
  const known = Object.keys(SECTIONS).filter((name) => name in results);
  const conditions = Map.groupBy(known, (name) => `${results[name]!.machine}; ${results[name]!.day}`);
  const machines = [...conditions].map(([machine, names]) =>
    conditions.size === 1 ? `${machine}.` : `${names.join(", ")}: ${machine}.`,
  );
  const notes = known.map((name) => `- \`bun run bench ${name}\`: ${results[name]!.note}.`);
  return [tableOf(known.map((name) => results[name]!)), "", ...machines, "", ...notes].join("\n");
}
