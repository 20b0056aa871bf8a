/**
 * Turns Ink's input into named key presses. Several keys can arrive as one input: they are split here. A paste stays
 * one piece, so that it never acts as keys.
 * @module
 */
import type { Key } from "ink";
import { characters } from "../cells.ts";

/** One key, or a paste. */
export interface KeyPress {
  /** `j`, `G`, `enter`, `pageup`, `ctrl+c`; `paste` for a paste. */
  readonly key: string;
  /** What a text field would take from it. */
  readonly text?: string;
}

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
  ["escape", "escape"],
  ["return", "enter"],
  ["backspace", "backspace"],
  ["delete", "delete"],
];

/** @returns The key presses of one call of Ink's `useInput` handler, in order. */
export function keyPressesOf(input: string, key: Key): KeyPress[] {
  if (key.eventType === "release") return [];
  if (key.tab) return [{ key: key.shift ? "shift+tab" : "tab" }];
  const named = NAMED.find(([flag]) => key[flag] === true);
  if (named) return [{ key: named[1] }];
  if (key.ctrl && input.length === 1) return [{ key: `ctrl+${input}` }];
  // Alt with a letter has no meaning here; without this it would count as the letter.
  if (key.meta) return [];
  return characters(input).flatMap(pressOf);
}

/** @returns The paste as one press. */
export function pasteOf(text: string): KeyPress {
  return { key: "paste", text };
}

function pressOf(character: string): KeyPress[] {
  if (character === "\r" || character === "\n" || character === "\r\n") return [{ key: "enter" }];
  if (character === "\t") return [{ key: "tab" }];
  if (character === "\u007f" || character === "\b") return [{ key: "backspace" }];
  if (character === " ") return [{ key: "space", text: " " }];
  const code = character.codePointAt(0) ?? 0;
  if (code > 0 && code < 27) return [{ key: `ctrl+${String.fromCharCode(code + 96)}` }];
  return code < 32 ? [] : [{ key: character, text: character }];
}
