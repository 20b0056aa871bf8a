/**
 * A one-line text field. Input is sanitised, because a paste can contain anything. Pure.
 * @module
 */
import { characters } from "../cells.ts";
import { sanitise } from "../sanitise.ts";
import type { KeyPress } from "./key_press.ts";

/** The text and where the cursor stands, in characters as people count them. */
export interface TextField {
  readonly text: string;
  readonly at: number;
}

/** @returns The text with the cursor at its end. */
export function fieldOf(text: string): TextField {
  return { text, at: characters(text).length };
}

/** @returns The line after a key, or undefined when the key edits nothing. */
export function editLine(line: TextField, press: KeyPress, limit: number): TextField | undefined {
  if (press.text !== undefined) return insert(line, press.text, limit);
  const all = characters(line.text);
  const { at } = line;
  switch (press.key) {
    case "backspace":
      return remove(all, Math.max(0, at - 1), at);
    case "delete":
      return remove(all, at, at + 1);
    case "ctrl+u":
      return remove(all, 0, at);
    case "ctrl+k":
      return remove(all, at, all.length);
    case "ctrl+w":
      return remove(all, wordStart(all, at), at);
    case "left":
      return { ...line, at: Math.max(0, at - 1) };
    case "right":
      return { ...line, at: Math.min(all.length, at + 1) };
    case "home":
    case "ctrl+a":
      return { ...line, at: 0 };
    case "end":
    case "ctrl+e":
      return { ...line, at: all.length };
    default:
      return undefined;
  }
}

function insert({ text, at }: TextField, added: string, limit: number): TextField {
  const all = characters(text);
  const room = Math.max(0, limit - all.length);
  const fresh = characters(sanitise(added)).slice(0, room);
  const next = [...all.slice(0, at), ...fresh, ...all.slice(at)].join("");
  return { text: next, at: at + fresh.length };
}

function remove(all: readonly string[], from: number, to: number): TextField {
  return { text: [...all.slice(0, from), ...all.slice(to)].join(""), at: from };
}

function wordStart(all: readonly string[], at: number): number {
  let start = at;
  while (start > 0 && all[start - 1] === " ") start--;
  while (start > 0 && all[start - 1] !== " ") start--;
  return start;
}
