import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore, parseTokens, TokenFileError } from "./tokens.ts";

const folder = mkdtempSync(join(tmpdir(), "vibes-tokens-"));
let files = 0;
/** A file of this mode with a token in it. */
function fileOf(mode: number, text = JSON.stringify({ access_token: "a.b.c" })): string {
  const path = join(folder, `token-${files++}.json`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("a token file", () => {
  test.each([0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666, 0o777])(
    "of mode %o is refused",
    (mode) => {
      const load = () => fileStore(fileOf(mode)).load();
      expect(load).toThrow(TokenFileError);
      expect(load).toThrow(`(mode ${mode.toString(8)}), run chmod 600`);
      expect(load).not.toThrow("a.b.c");
    },
  );

  test.each([0o600, 0o400, 0o700])("of mode %o is read", (mode) => {
    expect(fileStore(fileOf(mode)).load()).toEqual({ access: "a.b.c", refresh: null });
  });

  test("that is missing or empty has no tokens; that has something else is an error; so is a folder", () => {
    expect(fileStore(join(folder, "none.json")).load()).toBeNull();
    expect(fileStore(fileOf(0o600, " \n")).load()).toBeNull();
    expect(() => fileStore(fileOf(0o600, "not a token")).load()).toThrow("there is no token in it");
    const path = join(folder, "a_folder");
    mkdirSync(path, { mode: 0o700 });
    expect(() => fileStore(path).load()).toThrow(TokenFileError);
  });

  test("is written for its owner alone, whatever it was, and leaves nothing beside it", () => {
    const path = fileOf(0o644);
    const before = readdirSync(folder).length;
    fileStore(path).save({ access: "d.e.f", refresh: "g" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(fileStore(path).load()).toEqual({ access: "d.e.f", refresh: "g" });
    expect(readdirSync(folder)).toHaveLength(before);
    fileStore(path).save(null);
    expect(fileStore(path).load()).toBeNull();
  });
});

test.each([
  ["a.b.c", { access: "a.b.c", refresh: null }],
  [" a.b.c\n", { access: "a.b.c", refresh: null }],
  ['{"access_token":"a.b.c","refresh_token":"r"}', { access: "a.b.c", refresh: "r" }],
  ['{"schema":"x","ok":true,"data":{"access_token":"a.b.c"}}', { access: "a.b.c", refresh: null }],
  ['{"access_token":7}', null],
  ["a.b", null],
  ["", null],
])("the tokens in %j are %j", (text, tokens) => {
  expect(parseTokens(text)).toEqual(tokens);
});
