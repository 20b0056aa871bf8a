/**
 * Files that the program reads while it runs: beside the sources in a checkout, embedded in the executable of
 * `bun run build` (ops/build.ts).
 * @module
 */
import { join } from "node:path";

/** Where Bun mounts what an executable embeds. */
const EMBEDDED = "/$bunfs/root";
const ROOT = join(import.meta.dir, "../..");

/** Whether this is the executable: it has no node_modules, and no sources to bundle. */
export const isExecutable: boolean = import.meta.dir.startsWith(EMBEDDED);

/** Folder of each resource, from the root of the repository, and which of its files the executable has. */
export const RESOURCES = {
  migrations: { folder: "sql/migrations", files: "*.sql" },
  guide: { folder: "server/docs/guide", files: "*.{sh,html,js}" },
  swagger: {
    folder: "node_modules/swagger-ui-dist",
    files: "{swagger-ui.css,swagger-ui-bundle.js,favicon-32x32.png}",
  },
  /** In the executable with its scripts bundled; a checkout bundles them at their first request. */
  demo: { folder: "client/examples/web", files: "*.{html,css,svg}" },
} as const;

/** The demo's scripts, each of which is bundled from the source of that name. */
export const DEMO_SCRIPTS = ["app", "demo", "push_worker"] as const;

/** @returns The absolute path of a resource's folder, or of a file in it. */
export function resource(name: keyof typeof RESOURCES, file = ""): string {
  return isExecutable ? join(EMBEDDED, "resources", name, file) : join(ROOT, RESOURCES[name].folder, file);
}
