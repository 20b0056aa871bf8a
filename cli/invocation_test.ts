/** How printed commands begin, by how the program was called. @module */
import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invocationOf } from "./invocation.ts";
import { asTyped } from "./output.ts";
import { listCommands } from "./reference.ts";

const REPOSITORY = join(import.meta.dir, "..");

const root = mkdtempSync(join(tmpdir(), "vibes-path-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with a program `bun` in it. */
function withBun(path: string): string {
  const folder = join(root, path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "bun"), "");
  chmodSync(join(folder, "bun"), 0o755);
  return folder;
}

const script = "/srv/app/cli/main.ts";

test("with Bun on the path: the script, from here", () => {
  const path = `/nowhere:${withBun("bin")}`;
  expect(invocationOf({ script, cwd: "/srv/app", path })).toBe("bun cli/main.ts");
  expect(invocationOf({ script, cwd: "/srv/app/cli", path })).toBe("bun main.ts");
  expect(invocationOf({ script, cwd: "/home/ana", path })).toBe("bun /srv/app/cli/main.ts");
  expect(invocationOf({ script, path })).toBe("bun /srv/app/cli/main.ts");
  expect(invocationOf({ script: "/my app/cli/main.ts", cwd: "/x", path })).toBe("bun '/my app/cli/main.ts'");
});

test("where only npx has brought Bun along: through npx again", () => {
  const path = [withBun("_npx/1/node_modules/.bin"), withBun("bun-node-a7733435c"), "/nowhere"].join(":");
  expect(invocationOf({ script, cwd: "/srv/app", path })).toBe(`npx --yes bun@${Bun.version} cli/main.ts`);
});

test("as an installed program: its name", () => {
  expect(invocationOf({ script: "/usr/local/bin/vibes", cwd: "/", path: "" })).toBe("vibes");
});

test("messages spell commands so that they are printed as they can be pasted here", async () => {
  const found: string[] = [];
  const noun = listCommands()
    .map(({ name }) => name.split(" ")[0])
    .join("|");
  // In backticks, perhaps after a variable, or at the beginning of a text: what asTyped() in output.ts replaces.
  const loose = new RegExp(`(?<![\`"'])(?<!\\b[A-Z_]+=\\S+ )\\bvibes (${noun})\\b`);
  for (const folder of ["cli", "server"]) {
    for await (const path of new Bun.Glob("**/*.ts").scan(join(REPOSITORY, folder))) {
      if (path.endsWith("_test.ts")) continue;
      const text = await Bun.file(join(REPOSITORY, folder, path)).text();
      const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
      for (const line of code.split("\n"))
        if (loose.test(line)) found.push(`${folder}/${path}: ${line.trim()}`);
    }
  }
  expect(found).toEqual([]);
  const typed = asTyped("run `vibes migrate up`, or `LIMITS=off vibes dev`", {
    invocation: "bun cli/main.ts",
  });
  expect(typed).toBe("run `bun cli/main.ts migrate up`, or `LIMITS=off bun cli/main.ts dev`");
});

test("commands in messages name the configuration that was named", () => {
  const typed = (options: { env?: string; config?: string }) =>
    asTyped("run `vibes migrate up`", {}, options);
  expect(typed({ env: "staging" })).toBe("run `vibes --env staging migrate up`");
  expect(typed({ config: "/etc/my app.env" })).toBe("run `vibes --config '/etc/my app.env' migrate up`");
  expect(typed({})).toBe("run `vibes migrate up`");
});
