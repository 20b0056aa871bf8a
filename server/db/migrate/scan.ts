/**
 * Splits an SQL file into its statements, the way psql does, and finds the markers (`-- up`) between them. It
 * knows the lexical rules of PostgreSQL and no grammar.
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

/** Everything that hides or is structure, in one pass; what lies between needs no look. */
const TOKENS = [
  /(?<comment>--[^\n]*)/,
  /(?<block>\/\*)/,
  /(?<quoted>\b[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*")/,
  /(?<dollar>(?<![\w$])\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)/,
  /(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/,
  /(?<punctuation>[();])/,
  /(?<stray>['"])/,
];
const TOKEN = TOKENS.map((token) => token.source).join("|");
const MARKER = /^--\s*(up|down|no-transaction)\s*$/;

/** @throws SyntaxError naming the line where a quote or comment begins that is never closed. */
export function scan(text: string): Piece[] {
  const pieces: Piece[] = [];
  const tokens = new RegExp(TOKEN, "g");
  /** Where the statement that is being read begins. */
  let open: number | undefined;
  const nesting = { parentheses: 0, atomic: 0, previous: "" };

  function finish(end: number): void {
    if (open !== undefined) {
      pieces.push({ kind: "statement", text: text.slice(open, end).trimEnd(), line: lineAt(text, open) });
    }
    open = undefined;
    Object.assign(nesting, { parentheses: 0, atomic: 0, previous: "" });
  }

  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const { comment, block, dollar, word, stray } = match.groups as Record<string, string | undefined>;
    const marker = comment === undefined ? null : MARKER.exec(comment.trimEnd());
    if (marker !== null && nesting.parentheses === 0 && nesting.atomic === 0) {
      finish(match.index);
      pieces.push({ kind: "marker", name: marker[1] as string, line: lineAt(text, match.index) });
    } else if (block !== undefined) {
      tokens.lastIndex = endOfComment(text, match.index);
    } else if (comment === undefined) {
      if (stray !== undefined) throw unclosed("quote", lineAt(text, match.index));
      if (dollar !== undefined) tokens.lastIndex = endOfDollarQuote(text, match.index, dollar);
      if (match[0] === ";" && nesting.parentheses === 0 && nesting.atomic === 0) {
        finish(match.index);
        continue;
      }
      open ??= match.index;
      nest(nesting, match[0], word?.toLowerCase());
    }
  }
  finish(text.length);
  return pieces;
}

/** @returns The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Semicolons inside parentheses (`create rule`) and inside `begin atomic … end` (functions in SQL) end nothing. */
function nest(
  nesting: { parentheses: number; atomic: number; previous: string },
  token: string,
  word?: string,
) {
  if (token === "(") nesting.parentheses++;
  if (token === ")") nesting.parentheses--;
  if (word === undefined) return;
  if (nesting.atomic === 0) {
    if (word === "atomic" && nesting.previous === "begin") nesting.atomic = 1;
  } else if (word === "begin" || word === "case") nesting.atomic++;
  else if (word === "end") nesting.atomic--;
  nesting.previous = word;
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

function endOfDollarQuote(text: string, ...[start, tag]: [number, string]): number {
  const end = text.indexOf(tag, start + tag.length);
  if (end === -1) throw unclosed(tag, lineAt(text, start));
  return end + tag.length;
}

function unclosed(what: string, line: number): SyntaxError {
  return new SyntaxError(`line ${line}: the ${what} is never closed`);
}
