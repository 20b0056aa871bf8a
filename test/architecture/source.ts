/**
 * A source file as the architecture rules see it: its imports, and its code without comments and strings. It matches
 * patterns instead of parsing, which the formatter makes reliable.
 * @module
 */
import { posix } from "node:path";

/** One import, export-from or dynamic import. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the root when the specifier is relative. */
  readonly target?: string;
  /** Whether only types come over. */
  readonly typeOnly: boolean;
}

/** A file of the repository. */
export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Comments gone, texts empty, line numbers kept. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** Comments, texts, templates and the regular expressions that could be taken for either. */
const TOKENS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[=(,:!&|?[{};>]\s{0,20}|return )\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

const STATIC = /^(?:import|export)\s+(type\s)?[^;"']*?from\s*["']([^"']+)["']|^import\s*["']([^"']+)["']/gm;
const DYNAMIC = /\b(typeof\s+)?import\(\s*["']([^"']+)["']\s*\)/g;

/** @returns The file, read for the rules. */
export function readSource(path: string, text: string): Source {
  const readable = text.replace(TOKENS, (token) => (quotesImport(token) ? blank(token) : token));
  const code = readable.replace(TOKENS, (token) => (token[0] === "`" ? blankTemplate(token) : blank(token)));
  return { path, text, code, imports: findImports(path, readable) };
}

/** Comments, and texts that speak of imports, as the tests of these rules do. */
function quotesImport(token: string): boolean {
  return (
    /^\/[*/]/.test(token) ||
    (/^["'`]/.test(token) && !token.includes("${") && /\b(import|export)\b/.test(token))
  );
}

/** Keeps the line breaks and, of a text, its quotes. */
function blank(token: string): string {
  const breaks = token.replace(/[^\n]/g, "");
  return token[0] === "/" ? breaks : `${token[0]}${breaks}${token[0]}`;
}

/** Keeps what a template computes, on its first line: `${process.env.X}` is code. */
function blankTemplate(token: string): string {
  const inner = [...token.matchAll(/\$\{([^}]*)\}/g)].map(([, code = ""]) => code.replaceAll("\n", " "));
  return `\`\${${inner.join(",")}}\`${token.replace(/[^\n]/g, " ").replaceAll("\n", "\n  ")}`;
}

function findImports(path: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    const relative = /^\.{1,2}\//.test(specifier);
    const target = relative ? posix.join(posix.dirname(path), specifier) : undefined;
    found.push({ specifier, typeOnly, ...(target === undefined ? {} : { target }) });
  };
  for (const [, type, from, bare] of text.matchAll(STATIC)) add((from ?? bare)!, type !== undefined);
  for (const match of text.matchAll(DYNAMIC)) {
    // `let x: import("./y.ts").Y` is a type; `await import("./y.ts")` is not.
    const before = text.slice(Math.max(0, match.index - 12), match.index);
    const asType = match[1] !== undefined || !/(?:await|=>|\(|=|,|return)\s*$/.test(before);
    add(match[2]!, asType);
  }
  return found;
}
