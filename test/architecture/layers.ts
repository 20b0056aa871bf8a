/**
 * The layers of the repository and the imports that are allowed between them. Keep server/README.md in step.
 * @module
 */
import type { Import, Source } from "./source.ts";

/** A broken rule. */
export interface Violation {
  readonly path: string;
  readonly rule: string;
  readonly problem: string;
}

/** The lowest first; a layer may import itself and those before it. The first entry that fits a path is its layer. */
const LAYERS: readonly string[] = [
  "server/protocol/",
  "server/lib/",
  "server/domain/",
  "server/config/",
  "server/log.ts",
  "server/tracing.ts",
  "server/metrics/",
  "server/mail.ts",
  "server/db/",
  "server/backplane/",
  "server/jobs/",
  "server/http/",
  "server/features/",
  "server/realtime/stats/",
  "server/realtime/people/",
  "server/realtime/sockets/",
  "server/realtime/",
  "server/docs/",
  "server/app.ts",
  "server/context/",
  "server/listen.ts",
  "server/documents.ts",
  "server/serve.ts",
  "server/main.ts",
];

/** The files above HTTP that speak it; everything else there is called by sockets and the command line as well. */
const SPEAKS_HTTP = /\/(routes|schema|mod)\.ts$|^server\/realtime\/sockets\/upgrade\.ts$/;

/**
 * Commands that work on the database directly, and what they may take from the server for it. `load` itself knows the
 * protocol alone; `load_users` makes the people of a load test, which over the API would be a load test of signing up.
 */
const DATABASE_COMMAND =
  /^cli\/commands\/(dev|serve|migrate|db|seed|users|audit|doctor|load_users|config|openapi)(\.ts$|_[a-z_]+\.ts$|\/)/;
const FOR_DATABASE_COMMANDS =
  /^server\/(db\/|context\/|config\/|documents\.ts$|listen\.ts$|serve\.ts$|lib\/ports\.ts$)/;

/** Commands and servers take signals by the same rules, know which build they are, and where its files are. */
const FOR_EVERY_COMMAND = /^server\/lib\/(shutdown|version|resources)\.ts$/;

/** Seeded evidence is sealed by the code that seals real evidence. */
const FOR_SEED = /^server\/features\/reports\/mod\.ts$/;

/** The check of the audit log in `vibes doctor` verifies it by the code that writes it. */
const FOR_AUDIT_CHECK = /^server\/features\/admin\/mod\.ts$/;

/** The doctor opens the providers of push with their keys. */
const FOR_PUSH_CHECK = /^server\/features\/push\/mod\.ts$/;

/** The doctor tries the store of pictures; the executable is its own decoder of pictures. */
const FOR_PICTURES = /^server\/features\/media\/mod\.ts$/;

/** The command of webhooks, and the doctor, ask their service. */
const FOR_WEBHOOKS = /^server\/features\/webhooks\/mod\.ts$/;

/** What looks into the durable queue. */
const JOBS_COMMAND = /^cli\/commands\/(jobs|doctor\/push)\.ts$/;
const FOR_JOBS = /^server\/jobs\/mod\.ts$/;

/** @returns Whether the file is a test or belongs to the tests, which may import anything. */
export function isTest(path: string): boolean {
  return path.startsWith("test/") || /_test\.tsx?$/.test(path);
}

/** @returns The layer of a server file, or undefined when the picture has no place for it. */
export function layerOf(path: string): number | undefined {
  const entry = LAYERS.find((place) => (place.endsWith("/") ? path.startsWith(place) : path === place));
  return entry === undefined ? undefined : LAYERS.indexOf(entry);
}

/** Judges every import of one file. */
export function checkImports(source: Source, files: ReadonlySet<string>): Violation[] {
  const found: Violation[] = [];
  const fail = (rule: string, problem: string) => found.push({ path: source.path, rule, problem });
  for (const item of source.imports) {
    const { specifier, target } = item;
    if (target === undefined) {
      if (/^([@~#]\/|\/|server\/|cli\/|#|file:)/.test(specifier))
        fail("no path alias", `imports "${specifier}"`);
      continue;
    }
    if (!/\.[a-z]+$/.test(specifier)) fail("explicit extensions", `imports "${specifier}"`);
    else if (/\.tsx?$/.test(target) && !files.has(target))
      fail("explicit extensions", `"${specifier}" is no file`);
    if (!isTest(source.path)) found.push(...judge(source.path, { ...item, target }));
  }
  return found;
}

function judge(path: string, item: Import & { readonly target: string }): Violation[] {
  const { target } = item;
  const violation = (rule: string): Violation[] => [{ path, rule, problem: `imports ${target}` }];
  if (isTest(target)) return violation("only tests import tests");
  if (!/\.tsx?$/.test(target)) return [];
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const name = target.slice(target.lastIndexOf("/") + 1);
  if (name.startsWith("_") && !target.startsWith(`${folder}_`))
    return violation("_x.ts is private to its folder");
  if (featureOf(target) !== featureOf(path) && featureOf(target) !== undefined && name !== "mod.ts") {
    return violation("a feature is imported through its mod.ts");
  }
  if (
    /^server\/(features|realtime)\//.test(path) &&
    target.startsWith("server/http/") &&
    !SPEAKS_HTTP.test(path)
  ) {
    return violation("services know no HTTP");
  }
  if (path.startsWith("server/")) return judgeServer(path, target) ? [] : violation("imports point downward");
  if (path.startsWith("cli/")) return judgeCli(path, item) ? [] : violation("what cli may import");
  if (path.startsWith("client/")) return isShared(item) ? [] : violation("what client may import");
  if (path.startsWith("admin-tui/")) return judgeTui(item) ? [] : violation("what admin-tui may import");
  return [];
}

function judgeServer(path: string, target: string): boolean {
  // The entry point is the command line's: `bun server/main.ts` is `vibes serve`.
  if (path === "server/main.ts" && target === "cli/main.ts") return true;
  const [from, to] = [layerOf(path), layerOf(target)];
  return from !== undefined && to !== undefined && to <= from;
}

function judgeCli(path: string, item: Import & { readonly target: string }): boolean {
  const { target } = item;
  if (target.startsWith("cli/") || isShared(item)) return true;
  if (target.startsWith("admin-tui/")) return path === "cli/commands/admin.ts";
  if (FOR_EVERY_COMMAND.test(target)) return true;
  if (path.startsWith("cli/commands/seed/") && FOR_SEED.test(target)) return true;
  if (path === "cli/commands/doctor/audit.ts" && FOR_AUDIT_CHECK.test(target)) return true;
  if (path === "cli/commands/doctor/push.ts" && FOR_PUSH_CHECK.test(target)) return true;
  if (/^cli\/commands\/(serve|doctor\/pictures)\.ts$/.test(path) && FOR_PICTURES.test(target)) return true;
  // The supervisor of the workers writes to the same log as they do.
  if (path === "cli/commands/serve_workers.ts" && target === "server/log.ts") return true;
  if (/^cli\/commands\/(webhooks|doctor\/push)\.ts$/.test(path) && FOR_WEBHOOKS.test(target)) return true;
  if (JOBS_COMMAND.test(path) && FOR_JOBS.test(target)) return true;
  return DATABASE_COMMAND.test(path) && FOR_DATABASE_COMMANDS.test(target);
}

function judgeTui(item: Import & { readonly target: string }): boolean {
  return item.target.startsWith("admin-tui/") || isShared(item);
}

function isShared({ target, typeOnly }: Import & { readonly target: string }): boolean {
  return (
    target.startsWith("server/protocol/") ||
    target.startsWith("client/") ||
    (target === "server/app.ts" && typeOnly)
  );
}

function featureOf(path: string): string | undefined {
  return /^server\/features\/([^/]+)\//.exec(path)?.[1];
}

/** @returns One violation for each group of files that import each other in a circle, types included. */
export function checkCycles(sources: readonly Source[]): Violation[] {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports.flatMap((i) => i.target ?? [])]));
  const done = new Set<string>();
  const found: Violation[] = [];
  const walk = (path: string, trail: string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const circle = [...trail.slice(start), path].join(" → ");
      found.push({ path, rule: "no cycles", problem: circle });
    }
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return found;
}
