import { expect, test } from "bun:test";
import { actionOf, footerOf, helpGroups, keysMarkdown, shortHelp } from "./key_help.ts";
import { CONTEXTS, type Context, KEYS } from "./keys.ts";

const SCREENS: Context[][] = [
  ["reports", "list", "anywhere"],
  ["blocks", "list", "anywhere"],
  ["live", "anywhere"],
  ["users", "list", "anywhere"],
  ["audit", "list", "anywhere"],
  ["appeals", "list", "anywhere"],
];

test("no screen has two meanings for one key", () => {
  for (const contexts of SCREENS) {
    const keys = KEYS.filter((entry) => contexts.includes(entry.in)).flatMap((entry) => [...entry.keys]);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  }
});

test("a key means what its table says, nearest context first", () => {
  expect(actionOf("x", ["reports", "list", "anywhere"])).toEqual({ action: "dismiss", in: "reports" });
  expect(actionOf("x", ["audit", "list", "anywhere"])).toBeUndefined();
  expect(actionOf("l", ["users", "list", "anywhere"])).toEqual({ action: "lift", in: "users" });
});

test("help, README and footer come from the table", () => {
  expect(helpGroups().flatMap(({ rows }) => rows)).toHaveLength(KEYS.length);
  expect(helpGroups().map(({ title }) => title)).not.toContain(CONTEXTS.audit);
  expect(keysMarkdown().split("\n")).toHaveLength(KEYS.length + 2);
  expect(footerOf(["live", "anywhere"])).toEqual(["p freeze", ": command", "? keys", "q quit"]);
});

test("the help of a screen names every one of its keys", () => {
  for (const contexts of SCREENS) {
    const shown = shortHelp(contexts)
      .flatMap(({ rows }) => rows.map(([keys]) => keys))
      .join(" ");
    for (const { keys } of KEYS.filter((entry) => contexts.includes(entry.in))) {
      const [first] = keys;
      if (/^[a-zA-Z/:?]$/.test(first)) expect(shown.split(" ")).toContain(first);
    }
  }
});
