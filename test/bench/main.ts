/**
 * `bun run bench [section…] [--write] [options of the sections]`: runs sections one after the other, each in a process
 * of its own, and prints one table. `--write` keeps their figures in `results.json` and puts the table of everything
 * that is kept into the README.
 * @module
 */
import { join } from "node:path";
import { generate } from "../generate.ts";
import { describeMachine } from "./machine.ts";
import { type Section, say } from "./report.ts";
import { benchMarkdown, type Kept, keepResults, SECTIONS } from "./results.ts";

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

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith("--"));
const named = firstOption < 0 ? args : args.slice(0, firstOption);
const options = firstOption < 0 ? [] : args.slice(firstOption);
const unknown = named.filter((name) => !(name in SECTIONS));
if (unknown.length > 0) {
  const known = Object.keys(SECTIONS).join(", ");
  say(`Cannot measure ${unknown.join(", ")}: there is no such section. Sections: ${known}`);
  process.exit(2);
}
const isKept = options.includes("--write");
const measured: Record<string, Kept> = {};
for (const name of named.length > 0 ? named : Object.keys(SECTIONS)) {
  say(`== ${name}`);
  measured[name] = await run(
    name,
    options.filter((option) => option !== "--write"),
  );
  // Each at once: a later section may fail.
  if (isKept) {
    await keepResults(measured);
    await generate(true);
  }
}
console.log(benchMarkdown(measured));
process.exit();
