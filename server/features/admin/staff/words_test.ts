import { expect, test } from "bun:test";
import { namesAny, requireWords } from "./words.ts";

const jane = { id: "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11", name: "Jane van Rose", email: "jane@example.com" };
const zoe = { id: "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b12", name: "Zoë", email: "z@example.com" };
const ilse = { id: "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b13", name: "Ilse Wagner", email: "i@example.com" };

test("finds whoever reported, however they are written", () => {
  for (const text of [
    "You insulted Jane.",
    "Jane van Rose says that you lied",
    "(Rose)",
    "See JANE@example.com",
    "Account 0198C0DE-5F1E-7A60-8D3B-0A6F8F3C2B11",
    "An Zoë",
    // Case.
    "you insulted jane",
    "JANE VAN ROSE",
    "to ilse and others",
    "zoë",
    // Invisible characters.
    "Ja\u200bne complained",
    "J\u200da\u2060ne",
    "jane\u00ad@example.com",
    // Look-alike letters: Cyrillic, full width, mathematical, digits.
    "Jаnе complained",
    "Ｊａｎｅ",
    "𝐉𝐚𝐧𝐞",
    "llse said so",
    "1lse said so",
    "Zоё",
    // Accents.
    "Zoe",
    "Jáne",
    "Wágner",
  ]) {
    expect([text, namesAny(text, [zoe, jane, ilse])]).toEqual([text, true]);
  }
});

test("leaves words alone that only look like a name", () => {
  const people = [jane, zoe, ilse, { ...zoe, name: "Will" }, { ...zoe, name: "Li" }, { ...zoe, name: "An" }];
  for (const text of [
    ...["You rose to insults", "Janet", "Roses", "a van", "Zoëlle", "Repeated insults", ""],
    ...["This will end", "an insult", "a list of lies", "else"],
  ]) {
    expect([text, namesAny(text, people)]).toEqual([text, false]);
  }
  expect(namesAny("Jane", [])).toBe(false);
});

test("words are cleaned, not empty, not too long", () => {
  expect(requireWords("  a\u0007b  ", "reason", 5)).toBe("ab");
  expect(requireWords("😀😀😀😀😀", "reason", 5)).toBe("😀😀😀😀😀");
  for (const text of ["", "   ", "\u0007", "123456", "😀😀😀😀😀😀"]) {
    expect(() => requireWords(text, "reason", 5)).toThrow("must be a text of 1 to 5 characters");
  }
});
