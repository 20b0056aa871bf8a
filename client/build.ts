/**
 * Builds the npm package `@vibesmatch/client` into a folder: one file of standard JavaScript for each entry, its types
 * in one file that names no other package, README and licence. `bun client/build.ts [folder]`.
 * @module
 */
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "tsdown";

const ROOT = join(import.meta.dir, "..");
/** Entries by the name of their file in the package. */
const ENTRIES = {
  index: "client/mod.ts",
  chat: "client/chat/mod.ts",
  media: "client/media/mod.ts",
  push: "client/push/mod.ts",
  react: "client/react/mod.ts",
};

const PRIVATE = /#([a-z]\w*)/g;

/**
 * Private fields become plain ones with a short name: engines of 2020 lack them, and what a compiler writes instead, a
 * WeakMap for each, is a sixth of the package. A minifier must not shorten plain ones; here it is known that nobody
 * else uses them.
 */
async function plainFields() {
  const names = new Set<string>();
  for await (const path of new Bun.Glob("client/**/*.ts").scan(ROOT)) {
    for (const [, name = ""] of (await Bun.file(join(ROOT, path)).text()).matchAll(PRIVATE)) names.add(name);
  }
  const short = new Map([...names].sort().map((name, i) => [name, `_${i.toString(36)}`]));
  return {
    name: "plain-fields",
    transform: {
      order: "pre" as const,
      handler(code: string, id: string) {
        return /\.ts$/.test(id) && !/\.d\.ts$/.test(id)
          ? code.replace(PRIVATE, (field, name: string) => short.get(name) ?? field)
          : null;
      },
    },
  };
}

/**
 * Builds the package.
 *
 * @param folder Is emptied first.
 */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    config: false,
    cwd: ROOT,
    entry: ENTRIES,
    format: "esm",
    target: "es2020",
    platform: "neutral",
    tsconfig: "client/tsconfig.json",
    dts: true,
    minify: true,
    sourcemap: false,
    outDir: join(folder, "dist"),
    plugins: [await plainFields()],
    logLevel: "error",
  });
  for (const file of ["client/package.json", "client/README.md", "LICENSE"]) {
    await cp(join(ROOT, file), join(folder, file.slice(file.lastIndexOf("/") + 1)));
  }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(ROOT, "client/package");
  await buildPackage(folder);
  console.log(`${folder}: run npm pack or npm publish there`);
}
