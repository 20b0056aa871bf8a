/**
 * The architecture rules for single files, and the function that applies all rules to a tree.
 * @module
 */
import { checkCycles, checkImports, isTest, layerOf, type Violation } from "./layers.ts";
import { readSource, type Source } from "./source.ts";

/** Long by nature: one entry after the other, or generated. */
const CATALOGUE = /^(server\/(protocol\/.*|config\/keys)|client\/(wire|types))\.ts$/;
const TOO_LONG = 250;

/** Tests that need thousands of rows. */
const BULK = /^test\/integration\/plans\//;

/** The files that start something when they are run. */
const ENTRY =
  /^(client\/build\.ts|ops\/[a-z_]+\.ts|client\/examples\/web\/(app|demo|push_worker)\.ts|server\/main\.ts|server\/features\/media\/decode\/main\.ts|cli\/main\.ts|cli\/load\/([a-z_]+_)?worker\.ts)$/;
const READS_ENVIRONMENT = /^(server\/config\/mod\.ts|cli\/main\.ts|admin-tui\/launch\.ts|ops\/tracing\.ts)$/;

type Rule = readonly [name: string, check: (source: Source) => string | undefined];

const RULES: readonly Rule[] = [
  [
    "every file has its place",
    ({ path }) =>
      when(
        path.startsWith("server/") && !isTest(path) && layerOf(path) === undefined,
        "is in no layer: place it in test/architecture/layers.ts",
      ),
  ],
  [
    "at most 250 lines",
    (source) =>
      when(
        lines(source) > TOO_LONG && !CATALOGUE.test(source.path) && !isTest(source.path),
        `has ${lines(source)} lines: cut it where it changes subject`,
      ),
  ],
  [
    "one thing per file",
    ({ path }) =>
      when(
        /(^|\/)_?(utils?|helpers?|common|misc)\.tsx?$/.test(path),
        "is a drawer for anything: name what it does",
      ),
  ],
  [
    "a module says what it owns",
    ({ path, text }) =>
      when(!isTest(path) && !opensWithModule(text), "does not open with a /** … @module */ sentence"),
  ],
  [
    "SQL by tagged templates",
    ({ path, code }) =>
      when(
        !isTest(path) && !path.startsWith("server/db/") && /\.\s*unsafe\s*(\(|<)/.test(code),
        "calls .unsafe() outside server/db",
      ),
  ],
  [
    "one place that normalises text",
    ({ path, code }) =>
      when(
        !isTest(path) && path !== "server/protocol/text.ts" && /\.\s*normalize\s*\(/.test(code),
        "calls .normalize(), which is quadratic in runs of combining marks: use toNfc",
      ),
  ],
  [
    "a VALIDATION_ERROR names its fields",
    ({ path, text }) =>
      when(
        !isTest(path) &&
          path !== "server/protocol/errors.ts" &&
          /\bAppError\(\s*"VALIDATION_ERROR"/.test(text.replaceAll(/^\s*(\*|\/\/).*$/gm, "")),
        "makes a VALIDATION_ERROR without invalid()",
      ),
  ],
  [
    "one reader of the environment",
    ({ path, code }) =>
      when(!isTest(path) && !READS_ENVIRONMENT.test(path) && readsEnvironment(code), "reads the environment"),
  ],
  [
    "long-lived mutable state is a class",
    ({ path, code }) =>
      when(
        path.startsWith("server/") && !isTest(path) && stateOutsideClass(code) !== undefined,
        `keeps state outside a class: ${stateOutsideClass(code)}`,
      ),
  ],
  [
    "plain parameters",
    ({ code }) =>
      when(
        /\.\.\.(\[[^\]]*\]\s*:|\{)/.test(code),
        "spreads a tuple or a literal: name the parameters, beyond three take an options object",
      ),
  ],
  [
    "people of tests act through the API",
    ({ path, text }) =>
      when(
        /_test\.tsx?$/.test(path) && !BULK.test(path) && /\binsert into (user_blocks|matches)\b/.test(text),
        "blocks or matches people by SQL: harness/world.ts does it as their clients would",
      ),
  ],
  [
    "importing does nothing",
    ({ path, code }) =>
      when(
        !isTest(path) && !ENTRY.test(path) && actsAt(code) !== undefined,
        `acts on import: ${actsAt(code)}`,
      ),
  ],
];

function when(broken: boolean, problem: string): string | undefined {
  return broken ? problem : undefined;
}

function lines({ text }: Source): number {
  return text.trimEnd().split("\n").length;
}

function opensWithModule(text: string): boolean {
  return /^(#![^\n]*\n)?\s*\/\*\*(?:(?!\*\/)[\s\S])*@module\b/.test(text);
}

function readsEnvironment(code: string): boolean {
  return /\b(process|Bun|import\.meta)\??\.\s*env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*(process|Bun)\b|process\[/.test(
    code,
  );
}

/** Registering a kind or format with TypeBox only declares it: once more changes nothing. */
const DECLARATION =
  /^(import|export|const|let|var|function|async function|class|abstract|interface|type|enum|declare|namespace|(Type|Format)Registry\.Set\b|@|[})\]|&?:.`<>]|$)/;
const STARTS =
  /^(export )?(const|let|var) [^=]*=\s*(await\b|Bun\.(serve|spawn|connect|listen)\b|new (Worker|WebSocket|Redis)\b|set(Timeout|Interval)\b)/;

/** @returns The first top-level statement that does more than declare. The formatter puts those in column 0. */
function actsAt(code: string): string | undefined {
  return code.split("\n").find((line) => /^\S/.test(line) && (!DECLARATION.test(line) || STARTS.test(line)));
}

/** The body of a top-level function that builds a service, routes or a server. The formatter puts its end in column 0. */
const FACTORY = /^(?:export )?(?:async )?function (?:(?:create|start)[A-Z]\w*|\w+Routes)\b[\s\S]*?^\}$/gm;
const STATE = /^ {2}(?:let \w+|const \w+(?:: [^=\n]+)? = (?:new (?:Map|Set|WeakMap)(?:<.*>)?\(\)|\[\]);).*$/m;

/** @returns A variable of a module or a factory that outlives a call; a class shows such state as its fields. */
function stateOutsideClass(code: string): string | undefined {
  const module = /^(?:export )?let \w+.*$/m.exec(code);
  if (module) return module[0];
  for (const [body] of code.matchAll(FACTORY)) {
    const state = STATE.exec(body);
    if (state) return state[0].trim();
  }
  return undefined;
}

/**
 * Applies every rule.
 *
 * @param files Text by path from the root; `.ts` and `.tsx` only.
 */
export function judgeTree(files: Readonly<Record<string, string>>): Violation[] {
  const sources = Object.entries(files).map(([path, text]) => readSource(path, text));
  const paths = new Set(Object.keys(files));
  const violations = sources.flatMap((source) => [
    ...checkImports(source, paths),
    ...RULES.flatMap(([rule, check]) => {
      const problem = check(source);
      return problem === undefined ? [] : [{ path: source.path, rule, problem }];
    }),
  ]);
  return [...violations, ...checkCycles(sources)];
}
