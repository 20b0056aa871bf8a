import { expect, test } from "bun:test";
import { namesAny, requireWords } from "./words.ts";

const jane = { id: "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11", name: "Jane van Rose", email: "jane@example.com" };
const zoe = { id: "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b12", name: "Zoë", email: "z@example.com" };

test("finds whoever reported, however they are named", () => {
  for (const text of [
    "You insulted Jane.",
    "Jane van Rose says that you lied",
    "(Rose)",
    "See JANE@example.com",
    "Account 0198C0DE-5F1E-7A60-8D3B-0A6F8F3C2B11",
    "An Zoë",
  ]) {
    expect([text, namesAny(text, [zoe, jane])]).toEqual([text, true]);
  }
});

test("leaves words alone that only look like a name", () => {
  for (const text of ["You rose to insults", "Janet", "Roses", "a van", "Zoëlle", "Repeated insults", ""]) {
    expect([text, namesAny(text, [jane, zoe])]).toEqual([text, false]);
  }
  expect(namesAny("Jane", [])).toBe(false);
});

test("words are cleaned, not empty, not too long", () => {
  const rules = { field: "reason", max: 5 };
  expect(requireWords("  a\u0007b  ", rules)).toBe("ab");
  expect(requireWords("😀😀😀😀😀", rules)).toBe("😀😀😀😀😀");
  for (const text of ["", "   ", "\u0007", "123456", "😀😀😀😀😀😀"]) {
    expect(() => requireWords(text, rules)).toThrow("not valid");
  }
});
