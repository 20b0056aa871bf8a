/**
 * `bun run build`: writes `dist/vibes`, one executable with the server, the command line, the dashboard, the migrations
 * and the documents. It runs without Bun, node_modules or this repository; PostgreSQL and Redis are not in it.
 * @module
 */
import { cpSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DEMO_SCRIPTS, RESOURCES, resource } from "../server/lib/resources.ts";
import { VERSION, versionText } from "../server/lib/version.ts";

const ROOT = join(import.meta.dir, "..");

/**
 * Builds the executable.
 *
 * @param outfile Absolute path.
 * @throws AggregateError with what does not compile.
 */
export async function buildExecutable(
  outfile: string,
  { commit = VERSION.commit }: { commit?: string } = {},
): Promise<void> {
  const resources = await gather(join(ROOT, "dist/resources"));
  await Bun.build({
    // The second is a thread of the load tests.
    entrypoints: [join(ROOT, "cli/main.ts"), join(ROOT, "cli/load/worker.ts")],
    root: ROOT,
    minify: { syntax: true, whitespace: true, identifiers: true, keepNames: true },
    bytecode: true,
    format: "esm",
    sourcemap: "none",
    define: { BUILD_COMMIT: JSON.stringify(commit) },
    compile: {
      outfile,
      assets: [resources],
      // The working folder of a service is no place for settings that nobody gave.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    plugins: [WITHOUT_DEVTOOLS],
  });
}

/** Ink imports a development tool that is not installed, behind a condition that only holds in development. */
const WITHOUT_DEVTOOLS: Bun.BunPlugin = {
  name: "without devtools",
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: "devtools", namespace: "empty" }));
    build.onLoad({ filter: /.*/, namespace: "empty" }, () => ({
      contents: "export default {}",
      loader: "js",
    }));
  },
};

/** @returns A folder of this name with every resource in a folder of its own, as the executable mounts it. */
async function gather(folder: string): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  for (const name of Object.keys(RESOURCES) as (keyof typeof RESOURCES)[]) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const file of new Bun.Glob(RESOURCES[name].files).scanSync(resource(name))) {
      cpSync(resource(name, file), join(folder, name, file));
    }
  }
  await Bun.build({
    entrypoints: DEMO_SCRIPTS.map((name) => resource("demo", `${name}.ts`)),
    outdir: join(folder, "demo"),
    target: "browser",
    format: "esm",
    minify: true,
  });
  return folder;
}

if (import.meta.main) {
  // Where there is no .git: `bun ops/build.ts <commit>`.
  const commit = process.argv[2] ?? VERSION.commit;
  const outfile = join(ROOT, "dist/vibes");
  rmSync(outfile, { force: true });
  await buildExecutable(outfile, { commit });
  console.log(
    `dist/vibes: ${versionText({ ...VERSION, commit })}, ${(statSync(outfile).size / 1e6).toFixed(0)} MB`,
  );
}
