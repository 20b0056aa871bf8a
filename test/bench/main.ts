/**
 * `bun run bench [section…] [--write] [options of the sections]`: runs sections one after the other, each in a process
 * of its own, and prints one table. `--write` keeps their figures in `results.json` and puts the table of everything
 * that is kept into the README; sections that did not run keep what they measured before, and the day stands beside it.
 * @module
 */
import { join } from "node:path";
import { describeMachine } from "./machine.ts";
import { type Section, say, tableOf } from "./report.ts";

/** In the order of the table. */
const SECTIONS: Readonly<Record<string, string>> = {
  sends: "ws_bench.ts",
  idle: "idle_bench.ts",
  storm: "storm_bench.ts",
  reads: "reads_bench.ts",
  start: "start_bench.ts",
  dashboard: "dashboard_bench.ts",
};
const README = join(import.meta.dir, "../../README.md");
const RESULTS = join(import.meta.dir, "results.json");
const [START, END] = ["<!-- bench -->", "<!-- /bench -->"];

/** What a section measured, and where. */
interface Kept extends Section {
  readonly machine: string;
  readonly day: string;
}

type Results = Record<string, Kept>;

async function run(name: string, options: readonly string[]): Promise<Kept> {
  const file = join(import.meta.dir, SECTIONS[name]!);
  const child = Bun.spawn([process.execPath, file, "--json", ...options], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`Cannot measure ${name}: its program has failed`);
  const section = JSON.parse(text) as Section;
  return { ...section, machine: describeMachine(), day: new Date().toISOString().slice(0, 10) };
}

/** @returns The table with how each section was measured below it. */
function render(results: Results): string {
  const known = Object.keys(SECTIONS).filter((name) => name in results);
  const kept = known.map((name) => results[name]!);
  const conditions = Map.groupBy(known, (name) => `${results[name]!.machine}; ${results[name]!.day}`);
  const machines = [...conditions].map(([machine, names]) =>
    conditions.size === 1 ? `${machine}.` : `${names.join(", ")}: ${machine}.`,
  );
  const notes = known.map((name) => `- \`bun run bench ${name}\`: ${results[name]!.note}.`);
  return [tableOf(kept), "", ...machines, "", ...notes].join("\n");
}

async function write(measured: Results): Promise<void> {
  const file = Bun.file(RESULTS);
  const before = (await file.exists()) ? ((await file.json()) as Results) : {};
  const results = { ...before, ...measured };
  const readme = await Bun.file(README).text();
  const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error("Cannot write the table: the README has no markers for it");
  await Bun.write(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  await Bun.write(README, `${readme.slice(0, from)}${START}\n${render(results)}\n${readme.slice(to)}`);
}

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith("--"));
const named = firstOption < 0 ? args : args.slice(0, firstOption);
const options = firstOption < 0 ? [] : args.slice(firstOption);
const unknown = named.filter((name) => !(name in SECTIONS));
if (unknown.length > 0) {
  say(
    `Cannot measure ${unknown.join(", ")}: there is no such section. Sections: ${Object.keys(SECTIONS).join(", ")}`,
  );
  process.exit(2);
}
const measured: Results = {};
for (const name of named.length > 0 ? named : Object.keys(SECTIONS)) {
  measured[name] = await run(
    name,
    options.filter((option) => option !== "--write"),
  );
}
console.log(render(measured));
if (options.includes("--write")) await write(measured);
process.exit();
