/** The check itself: it counts what ran, and never calls a broken run good. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillSections, generate } from "./generate.ts";
import { notable, readCounts, runTests } from "./ok.ts";
import { fence, readSnapshots } from "./readme_screens.ts";

const folder = mkdtempSync(join(tmpdir(), "ok-"));
afterAll(() => rmSync(folder, { recursive: true }));

const HEAD = `import { expect, test } from "bun:test";\n`;

async function countsOf(files: Record<string, string>) {
  const cwd = mkdtempSync(join(folder, "run-"));
  for (const [name, text] of Object.entries(files)) await Bun.write(join(cwd, name), HEAD + text);
  const { ok, counts, output, repeated } = await runTests([], cwd);
  return { ok, ...counts, output, repeated };
}

describe("a run of tests", () => {
  const good = `test("a", () => {}); test("b", () => {}); test.skip("c", () => {});`;

  test("that passes is good, and skipped tests have not passed", async () => {
    const result = await countsOf({ "a_test.ts": good, "b_test.ts": `test("d", () => {});` });
    expect(result).toMatchObject({ ok: true, passed: 3, failed: 0 });
  });

  test.each([
    ["fails", `test("x", () => expect(1).toBe(2));`],
    ["cannot be loaded", `throw new Error("no");`],
    ["ends its process", `test("x", () => process.exit(0));`],
    [
      "throws between tests",
      `setTimeout(() => { throw new Error("late"); }, 1); test("x", () => Bun.sleep(50));`,
    ],
  ])("with a file that %s is bad", async (_, text) => {
    const result = await countsOf({ "a_test.ts": good, "b_test.ts": text });
    expect(result).toMatchObject({ ok: false, passed: 2 });
    expect(result.failed).toBeGreaterThanOrEqual(1);
    expect(result.output).not.toContain("(pass) a");
  });

  test("whose failure does not come again is good, and says what failed and why", async () => {
    const once = `import { existsSync, writeFileSync } from "node:fs";
test("d & e", () => { const first = !existsSync("ran"); writeFileSync("ran", ""); if (first) throw new Error("busy <1>"); });`;
    const result = await countsOf({ "a_test.ts": good, "b_test.ts": once });
    expect(result).toMatchObject({ ok: true, passed: 3, failed: 0 });
    expect(result.repeated).toContain("1 failed beside other tests, 0 ");
    expect(result.repeated).toContain("b_test.ts: d & e: busy <1>");
  });

  test("of nothing is bad", async () => {
    expect(await countsOf({})).toMatchObject({ ok: false, passed: 0, failed: 1 });
  });
});

test("of what is printed only failures and words are shown, under the names of their files", () => {
  const output = `bun test v1

a/quiet_test.ts:
(pass) one

a/bad_test.ts:
(pass) two
error: three
(fail) four

b/last_test.ts:

 2 pass
`;
  const kept = "bun test v1\n\na/bad_test.ts:\nerror: three\n(fail) four\n 2 pass";
  expect(notable(output)).toBe(kept);
});

test("counts come from the summary, not from what tests print", () => {
  const output = " 99 pass\n\u001b[0m\u001b[32m 12 pass\u001b[0m\n 3 fail\n 1 error\nRan 15 tests\n";
  expect(readCounts(output, false)).toEqual({ passed: 12, failed: 3 });
  expect(readCounts("", false)).toEqual({ passed: 0, failed: 1 });
});

describe("generated sections", () => {
  const text = "a\n<!-- generated:x -->\nold\n<!-- /generated:x -->\nb\n";

  test("are rewritten between their markers, and nothing else is", async () => {
    const filled = await fillSections(text, { x: () => "new" });
    expect(filled).toBe(text.replace("old", "new"));
    expect(await fillSections(filled, { x: () => "new" })).toBe(filled);
  });

  test("without markers, and markers without a section, are errors", async () => {
    expect(fillSections(text, { x: () => "", y: () => "" })).rejects.toThrow("markers are missing");
    expect(fillSections(`${text}<!-- generated:z -->`, { x: () => "" })).rejects.toThrow("nothing makes it");
  });

  test("show a screen as its snapshot has it, and none that no test has drawn", () => {
    const drawn = readSnapshots('exports[`the queue 1`] = `\n"┌ \\`a\\` ┐  \n│   │  "\n`;\n');
    expect(fence(drawn, "the queue")).toBe("```text\n┌ `a` ┐\n│   │\n```");
    expect(() => fence(drawn, "the case")).toThrow("no snapshot has this name");
  });

  test("of this repository are up to date", async () => {
    expect(await generate(false)).toEqual([]);
  });
});
