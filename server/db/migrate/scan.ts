/**
 * Splits an SQL file into statements, the way psql does, and finds the markers (`-- up`) between them. It knows
 * PostgreSQL's lexical rules and no grammar.
 * @module
 */

/** One statement, without its semicolon. */
export interface Statement {
  readonly text: string;
  /** Where it begins in its file, from 1. */
  readonly line: number;
}

/** What a file consists of, in order. */
export type Piece = ({ kind: "statement" } & Statement) | { kind: "marker"; name: string; line: number };

interface Token {
  readonly kind: "comment" | "quoted" | "word" | "punctuation";
  readonly text: string;
  readonly start: number;
}

/** What can hide or end a statement; operators, numbers and white space lie between. */
const TOKEN = new RegExp(
  [
    /(?<comment>--[^\n]*)/,
    /(?<block>\/\*)/,
    /(?<quoted>\b[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*")/,
    /(?<dollar>(?<![\w$])\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)/,
    /(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/,
    /(?<punctuation>[();])/,
    /(?<stray>['"])/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);
const MARKER = /^--\s*(up|down|no-transaction)\s*$/;

/** @throws SyntaxError naming the line where a quote or comment begins that is never closed. */
export function scan(text: string): Piece[] {
  const pieces: Piece[] = [];
  /** Offset where the statement that is being read begins. */
  let open: number | undefined;
  /** Semicolons inside parentheses (`create rule`) and in `begin atomic … end` (SQL functions) end nothing. */
  let depth = 0;
  let atomic = 0;
  let previous = "";

  function finish(end: number): void {
    if (open !== undefined) {
      pieces.push({ kind: "statement", text: text.slice(open, end).trimEnd(), line: lineAt(text, open) });
    }
    open = undefined;
    depth = atomic = 0;
    previous = "";
  }

  for (const { kind, text: token, start } of tokens(text)) {
    const isBetween = depth === 0 && atomic === 0;
    if (kind === "comment") {
      const [, name] = (isBetween && MARKER.exec(token.trimEnd())) || [];
      if (name === undefined) continue;
      finish(start);
      pieces.push({ kind: "marker", name, line: lineAt(text, start) });
      continue;
    }
    if (token === ";" && isBetween) {
      finish(start);
      continue;
    }
    open ??= start;
    if (token === "(") depth++;
    if (token === ")") depth--;
    if (kind !== "word") continue;
    const word = token.toLowerCase();
    if (atomic === 0) atomic = word === "atomic" && previous === "begin" ? 1 : 0;
    else if (word === "begin" || word === "case") atomic++;
    else if (word === "end") atomic--;
    previous = word;
  }
  finish(text.length);
  return pieces;
}

/** @returns The statement without comments and with one spelling of white space: equal for the same SQL. */
export function normalize(sql: string): string {
  const parts: string[] = [];
  let end = 0;
  const between = (to: number) => parts.push(...(sql.slice(end, to).match(/[\d.]+|\S/g) ?? []));
  for (const { kind, text, start } of tokens(sql)) {
    between(start);
    if (kind !== "comment") parts.push(text);
    end = start + text.length;
  }
  between(sql.length);
  return parts.join(" ");
}

/** @returns The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function* tokens(text: string): Generator<Token> {
  const finder = new RegExp(TOKEN);
  for (let match = finder.exec(text); match !== null; match = finder.exec(text)) {
    const { index: start, groups = {} } = match;
    const { comment, block, quoted, dollar, word, stray } = groups as Record<string, string | undefined>;
    if (stray !== undefined) throw unclosed("quote", lineAt(text, start));
    if (block !== undefined) finder.lastIndex = endOfComment(text, start);
    if (dollar !== undefined) finder.lastIndex = endOfDollarQuote(text, start, dollar);
    const isComment = comment !== undefined || block !== undefined;
    const isQuoted = quoted !== undefined || dollar !== undefined;
    const kind = isComment ? "comment" : isQuoted ? "quoted" : word !== undefined ? "word" : "punctuation";
    yield { kind, text: text.slice(start, finder.lastIndex), start };
  }
}

/** Block comments nest. */
function endOfComment(text: string, start: number): number {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = start;
  let depth = 0;
  for (let edge = edges.exec(text); edge !== null; edge = edges.exec(text)) {
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth === 0) return edges.lastIndex;
  }
  throw unclosed("comment", lineAt(text, start));
}

function endOfDollarQuote(text: string, start: number, tag: string): number {
  const end = text.indexOf(tag, start + tag.length);
  if (end === -1) throw unclosed(tag, lineAt(text, start));
  return end + tag.length;
}

function unclosed(what: string, line: number): SyntaxError {
  return new SyntaxError(`line ${line}: the ${what} is never closed`);
}
