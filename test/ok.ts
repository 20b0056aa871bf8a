/**
 * Every check of this repository in one command, `bun run ok [--tests-only] [test path patterns]`: one line for each
 * step, its output when it fails, the tests' counts at the end.
 * @module
 */
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const TESTS_ONLY = "--tests-only";
/** A test takes a minute at most; one that needs longer says so. */
const TESTS = ["test", "--timeout=60000"];
/** More failures than these are no matter of a busy machine. */
const MOST_REPEATED = 10;
/** Longer than any run takes: a hanging test must not hang the build. */
const TIMEOUT_MS = 25 * 60_000;

/** How many tests did what. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

interface Run {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a script with this very Bun: there may be no other, and no Node. */
async function run(args: readonly string[], cwd: string): Promise<Run> {
  const child = Bun.spawn([process.execPath, ...args], {
    cwd,
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: TIMEOUT_MS,
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const end = child.signalCode ? `ended by ${child.signalCode}\n` : "";
  return { ok: code === 0, output: out + err + end };
}

/**
 * Reads the summary of `bun test`. It counts what the report file leaves out: files that could not be loaded.
 *
 * @param output Everything that the run printed.
 * @param ok Whether the run ended well: a failed run has at least one failure, whatever it printed.
 */
export function readCounts(output: string, ok: boolean): Counts {
  const plain = Bun.stripANSI(output);
  const last = (word: string) =>
    Number([...plain.matchAll(new RegExp(`^ *(\\d+) ${word}s?$`, "gm"))].at(-1)?.[1] ?? 0);
  const failed = Math.max(last("fail"), last("error"));
  return { passed: last("pass"), failed: ok ? failed : Math.max(failed, 1) };
}

/** What one run of tests came to. */
interface Tested extends Run {
  readonly counts: Counts;
  /** A line for each test that failed at first; empty when none did. */
  readonly repeated: string;
}

/**
 * Runs the tests in two processes, as many as there are cores in the smallest machine that we serve from. Files with a
 * few failures run once more by themselves, so that a busy machine breaks nothing; whatever failed at first is named with
 * its reason, also when it passes then: it depends on what runs beside it, and is to be mended.
 */
export async function runTests(patterns: readonly string[], cwd = ROOT): Promise<Tested> {
  const report = join(tmpdir(), `tests-${crypto.randomUUID()}.xml`);
  const reporting = ["--reporter=junit", `--reporter-outfile=${report}`];
  // The files of a process share what they import: loading it anew for each took a quarter of the time.
  const first = await run([...TESTS, "--parallel=2", "--no-isolate", ...reporting, ...patterns], cwd);
  const output = notable(first.output);
  const counts = readCounts(first.output, first.ok);
  const failures = readFailures(await readFile(report, "utf8").catch(() => ""));
  await rm(report, { force: true });
  // What the report leaves out are files that could not be loaded.
  const canRepeat =
    failures.length > 0 && failures.length <= MOST_REPEATED && failures.length === counts.failed;
  if (!canRepeat) return { ok: first.ok && counts.failed === 0, output, counts, repeated: "" };
  const files = new Set(failures.map(({ file }) => `./${file}`));
  const second = await run([...TESTS, "--parallel=1", ...files], cwd);
  const again = readCounts(second.output, second.ok);
  // A process that ended by itself has counted nothing.
  const failed = again.passed + again.failed < failures.length ? counts.failed : again.failed;
  const lines = failures.map(({ file, test, reason }) => `  ${file}: ${test}: ${reason}`);
  return {
    ok: second.ok && failed === 0,
    output: `${output}\n${notable(second.output)}`,
    counts: { passed: counts.passed + Math.max(counts.failed - failed, 0), failed },
    repeated: [
      `${counts.failed} failed beside other tests, ${failed} of these files by themselves:`,
      ...lines,
    ].join("\n"),
  };
}

/** A test that failed, and the first line of why. */
interface Failure {
  readonly file: string;
  readonly test: string;
  readonly reason: string;
}

/** @param report Of a run, in the form of JUnit. */
function readFailures(report: string): Failure[] {
  return report.split("<testcase ").flatMap((part) => {
    const failure = /<failure(?: type="[^"]*")?(?: message="([^"]*)")?/.exec(part);
    if (!failure) return [];
    const read = (name: string) => plainText(new RegExp(`\\b${name}="([^"]*)"`).exec(part)?.[1]);
    return [{ file: read("file"), test: read("name"), reason: plainText(failure[1]).split("\n", 1)[0]! }];
  });
}

function plainText(escaped = ""): string {
  return escaped
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

/** Leaves out the tests that passed, and the names of files under which nothing else stands. */
export function notable(output: string): string {
  const kept: string[] = [];
  let file: string | undefined;
  for (const line of output.split("\n")) {
    const plain = Bun.stripANSI(line);
    if (/^\S+_test\.tsx?:$/.test(plain)) file = line;
    else if (plain.trim() !== "" && !plain.startsWith("(pass) ")) {
      if (/^ *\d+ (pass|skip|todo|fail|error)s?$/.test(plain)) file = undefined;
      if (file !== undefined) kept.push("", file);
      kept.push(line);
      file = undefined;
    }
  }
  return kept.join("\n");
}

async function main(args: readonly string[]): Promise<void> {
  const patterns = args.filter((arg) => arg !== TESTS_ONLY);
  let counts: Counts = { passed: 0, failed: 1 };
  let repeated = "";
  const checks: Record<string, () => Promise<Run>> = {
    "format and lint": () => run(["node_modules/@biomejs/biome/bin/biome", "check", "."], ROOT),
    types: () => run(["node_modules/typescript/bin/tsc", "--noEmit"], ROOT),
    architecture: () => run(["test", "test/architecture_test.ts"], ROOT),
    generated: () => run(["test/generate.ts", "--check"], ROOT),
  };
  const steps = {
    ...(args.includes(TESTS_ONLY) ? {} : checks),
    tests: async () => {
      const result = await runTests(patterns);
      ({ counts, repeated } = result);
      return result;
    },
  };
  const broken: string[] = [];
  for (const [name, step] of Object.entries(steps)) {
    const start = performance.now();
    const { ok, output } = await step();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${ok ? "ok  " : "FAIL"} ${name.padEnd(16)} ${seconds.padStart(6)} s`);
    if (ok) continue;
    console.log(output.trimEnd());
    broken.push(name);
  }
  if (repeated !== "") console.log(repeated);
  if (broken.length > 0) {
    console.log(`broken: ${broken.join(", ")}`);
    process.exitCode = 1;
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
}

if (import.meta.main) await main(process.argv.slice(2));
