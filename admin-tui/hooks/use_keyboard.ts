/**
 * Ink's input as presses, in their order.
 * @module
 */
import { useInput, usePaste } from "ink";
import { type Press, pasteOf, pressesOf } from "../desk/press.ts";

/** @param press Called for each key, and once for a paste. */
export function useKeyboard(press: (press: Press) => void): void {
  useInput((input, key) => {
    for (const each of pressesOf(input, key)) press(each);
  });
  usePaste((text) => press(pasteOf(text)));
}
