/**
 * Keeps borders in place where terminals disagree about the width of a character (emoji, Indic clusters): after such
 * text the cursor is moved to the column where Ink expects it. A name may look odd, but moves nothing.
 * @module
 */
import { cells } from "./cells.ts";

const ESCAPE = "\u001b";
const PARTS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Ink's own sequences are read here
  /\u001b\[([0-9;?]*)([@-~])|[ -~]+|[^\u001b\n -~]+|\u001b/gu;
/** The dashboard's own signs, of which every terminal knows the width. */
const OURS = /^[─-▟…–›·↑↓×]+$/u;
const BORDER = /^[│|]/u;
/** A whole line of characters that every terminal measures alike: nothing to correct. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Ink's own sequences are let through here
const SURE_LINE = /^[\u001b -~─-▟…–›·↑↓×]*$/u;

/** @returns What turns each text that Ink writes into what the terminal gets. */
export function createAnchor(): (chunk: string) => string {
  let column = 0;
  let isUnsure = false;

  function anchor(): string {
    if (!isUnsure) return "";
    isUnsure = false;
    return `${ESCAPE}[${column + 1}G`;
  }

  function text(part: string): string {
    const isPlain = part <= "~" && part >= " ";
    if (isPlain || OURS.test(part)) {
      const before = part.startsWith("  ") || BORDER.test(part) ? anchor() : "";
      column += part.length;
      return before + part;
    }
    column += cells(part);
    isUnsure = true;
    return part;
  }

  function sequence(part: string, parameters: string, final: string): string {
    if (final === "m") return anchor() + part;
    const [first, second] = parameters.split(";").map((number) => Number(number || 1));
    if (final === "G") column = (first ?? 1) - 1;
    else if (final === "H") column = (second ?? 1) - 1;
    else if (final === "E") column = 0;
    else return part;
    isUnsure = false;
    return part;
  }

  function fix(line: string): string {
    return line.replace(PARTS, (part, parameters: string | undefined, final: string | undefined) => {
      if (final !== undefined) return sequence(part, parameters ?? "", final);
      return part === ESCAPE ? part : text(part);
    });
  }

  return (chunk) => {
    const lines = chunk.split("\n");
    const last = lines.length - 1;
    return lines
      .map((line, index) => {
        // Where the last line ends is where the next text begins: that must be counted.
        const fixed = index < last && !isUnsure && SURE_LINE.test(line) ? line : fix(line);
        if (index < last) {
          column = 0;
          isUnsure = false;
        }
        return fixed;
      })
      .join("\n");
  };
}

/** @returns The stream, whose texts go through the anchor. */
export function anchored(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  const fix = createAnchor();
  return new Proxy(stdout, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (name !== "write") return value.bind(target);
      return (chunk: unknown, ...rest: unknown[]) =>
        value.call(target, typeof chunk === "string" ? fix(chunk) : chunk, ...rest);
    },
  });
}
