/** What shells are told can come next. @module */

import { expect, test } from "bun:test";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { complete } from "./complete.ts";
import { buildProgram } from "./run.ts";

const silent = { write: () => {} };
const program = buildProgram({ env: {}, stdout: silent, stderr: silent }) as unknown as CommandUnknownOpts;

function words(line: string): string[] {
  return complete(program, line.split(" ")).map(({ word }) => word);
}

test("commands, by what they begin with; hidden ones never", () => {
  expect(words("")).toContain("migrate");
  expect(words("mig")).toEqual(["migrate"]);
  expect(words("migrate st")).toEqual(["status"]);
  expect(words("migrate status ")).toEqual([]);
  expect(words("_")).toEqual([]);
});

test("options of the command and the global ones, once a dash is there", () => {
  expect(words("migrate up --d")).toEqual(["--dry-run"]);
  expect(words("migrate up --js")).toEqual(["--json"]);
  expect(words("--env prod migrate up --js")).toEqual(["--json"]);
});

test("the values that an option or an argument takes", () => {
  expect(words("users grant ana --role m")).toEqual(["moderator"]);
  expect(words("users grant ana --role=moderator --pre")).toEqual(["--premium"]);
  expect(words("completion ")).toEqual(["bash", "zsh", "fish"]);
  expect(words("users create --email ")).toEqual([]);
});

test("a global option's value is not taken for a command", () => {
  expect(words("--env migrate s")).toEqual(["serve", "seed"]);
});
