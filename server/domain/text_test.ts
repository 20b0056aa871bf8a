/** Text rules of the contract, as examples and as properties. @module */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkContent, cleanText, countCodePoints, isStorable, REQUEST_MAX, requireContent } from "./text.ts";

const HOSTS = ["storage.vibesmatch.com"];
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string());

function codeOf(content: string, type = "text", max?: number): string {
  const result = checkContent(content, { type, max, mediaHosts: HOSTS });
  return result.ok ? "ok" : result.code;
}

describe("cleaning", () => {
  test("is idempotent, and what is accepted stays accepted and the same", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
        const result = checkContent(text, { type: "text" });
        if (result.ok) expect(checkContent(result.value, { type: "text" })).toEqual(result);
      }),
      { numRuns: 1000 },
    );
  });

  test("what is accepted is storable, NFC, trimmed, without control characters, of 1 to 1000 code points", () => {
    const long = fc.string({ unit: "binary", minLength: 0, maxLength: 1100, size: "max" });
    fc.assert(
      fc.property(fc.oneof(anyText, long), (text) => {
        const result = checkContent(text, { type: "text" });
        if (!result.ok) return;
        const { value } = result;
        expect(value.isWellFormed() && !value.includes("\0")).toBe(true);
        expect(value.normalize("NFC")).toBe(value);
        expect(value.trim()).toBe(value);
        expect([...value].filter((c) => /\p{Cc}/u.test(c) && c !== "\n" && c !== "\t")).toEqual([]);
        expect([...value].length).toBeGreaterThanOrEqual(1);
        expect([...value].length).toBeLessThanOrEqual(1000);
      }),
      { numRuns: 500 },
    );
  });

  test("composes, trims, drops control characters, keeps newline and tab, escapes nothing", () => {
    expect(cleanText("\u0007 e\u0301\u001b[31m\r\n\tx\u0085 <b>&amp;'\u007f ")).toBe(
      "é[31m\n\tx\n <b>&amp;'",
    );
    expect(cleanText("e\u0001\u0301")).toBe("é");
    for (const between of ["\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"]) {
      expect(cleanText(`two${between}words`)).toBe("two\nwords");
    }
  });
});

describe("counting", () => {
  test("agrees with the string's own iterator", () => {
    fc.assert(fc.property(anyText, (text) => expect(countCodePoints(text)).toBe([...text].length)));
  });

  test.each([
    ["a", 250, "ok"],
    ["a", 251, "CONTENT_TOO_LONG"],
    ["😀", 250, "ok"],
    ["😀", 251, "CONTENT_TOO_LONG"],
  ])("%s × %d in a request is %s", (letter, times, code) => {
    expect(codeOf(letter.repeat(times), "text", REQUEST_MAX)).toBe(code);
    expect(codeOf(` ${letter.repeat(times)}\n`, "text", REQUEST_MAX)).toBe(code);
  });

  test("1000 code points pass, 1001 do not; composing comes first", () => {
    expect(codeOf("𝒳".repeat(1000))).toBe("ok");
    expect(codeOf("𝒳".repeat(1001))).toBe("CONTENT_TOO_LONG");
    expect(codeOf("e\u0301".repeat(1000))).toBe("ok");
  });
});

describe("refused", () => {
  test.each(["", " ", "\n\t ", "\u200b\u200d", "\u3164", "\u0001", "\u00a0\ufeff"])("%j is empty", (text) => {
    expect(codeOf(text)).toBe("VALIDATION_ERROR");
  });

  test("every character that draws nothing is no text, alone or with others of its kind", () => {
    const blank = /[\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}]|[\p{Cf}--\p{Extended_Pictographic}]/v;
    const drawn = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
    const empty = [
      "\u2800",
      "\u{1d159}",
      "\u{13441}",
      "\u{13442}",
      "\u{16fe4}",
      "\ufff9",
      "\ufffa",
      "\ufffb",
    ];
    const found: string[] = [...empty];
    for (let point = 1; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const letter = String.fromCodePoint(point);
      if (blank.test(letter) && !drawn.test(letter)) found.push(letter);
    }
    expect(found.filter((letter) => codeOf(letter) !== "VALIDATION_ERROR")).toEqual([]);
    expect(
      codeOf(
        found
          .filter((_, at) => at % 50 === 0)
          .slice(0, 200)
          .join(""),
      ),
    ).toBe("VALIDATION_ERROR");
    expect(codeOf(`a${empty.join("")}`)).toBe("ok");
    for (const letter of "\u0600\u06dd\u0301") expect(codeOf(letter)).toBe("ok");
  });

  test.each(["a\0b", "\0", "\ud800", "x\udc00y", "\ude00\ud83d", "😀\ud83d"])(
    "%j cannot be stored",
    (text) => {
      expect(isStorable(text)).toBe(false);
      expect(codeOf(text)).toBe("VALIDATION_ERROR");
      expect(codeOf(text, "emoji")).toBe("VALIDATION_ERROR");
    },
  );

  test.each(["video", "TEXT", "", "__proto__"])("%j is no message type", (type) => {
    expect(codeOf("hello", type)).toBe("INVALID_MESSAGE_TYPE");
  });

  test("requireContent throws what checkContent says", () => {
    expect(requireContent(" hi ", { type: "text" })).toBe("hi");
    const tooLong = {
      code: "CONTENT_TOO_LONG",
      status: 422,
      message: expect.stringContaining("a text of 1 characters"),
    };
    expect(() => requireContent("aa", { type: "text", max: 1 })).toThrow(expect.objectContaining(tooLong));
  });
});

describe("emoji", () => {
  test.each([
    "😀",
    "👨‍👩‍👧‍👦",
    "🇩🇪🇫🇷",
    "1️⃣2⃣#️⃣",
    "👍🏽👍🏿",
    "❤️",
    "❤",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "🏳️‍🌈",
    "🏳‍🌈",
    "🧑🏽‍❤️‍💋‍🧑🏿",
    "👩🏾‍🚀",
    "🤷‍♂️",
    "🤷‍♂",
    "©️",
    "🫩",
    "\u{1fc00}",
    "😀".repeat(12),
    "👨‍👩‍👧‍👦".repeat(12),
    "🇩🇪".repeat(12),
    " 😀\n",
  ])("%s is emoji", (text) => {
    expect(codeOf(text, "emoji")).toBe("ok");
  });

  test.each([
    "a",
    "1",
    "#",
    "12",
    "😀a",
    "a😀",
    "😀 😀",
    "©",
    "™",
    "🇩",
    "🇿🇿",
    "!",
    "é",
    "中",
    "😀\u0301",
    "❤\ufe0e",
    "\u20e3",
    "😀\u200d",
    "\u200d😀",
  ])("%j is not emoji", (text) => {
    expect(codeOf(text, "emoji")).toBe("INVALID_MESSAGE_TYPE");
  });

  test("thirteen are too many, however many code points twelve have", () => {
    expect(codeOf("😀".repeat(13), "emoji")).toBe("CONTENT_TOO_LONG");
    expect(codeOf("👨‍👩‍👧‍👦".repeat(13), "emoji")).toBe("CONTENT_TOO_LONG");
  });

  test("letters and digits are never emoji", () => {
    const letters = fc.string({ minLength: 1, maxLength: 5 }).filter((text) => /[\p{L}\p{N}]/u.test(text));
    fc.assert(fc.property(letters, (text) => expect(codeOf(text, "emoji")).not.toBe("ok")));
  });
});

describe("image", () => {
  test.each([
    "https://storage.vibesmatch.com/photos/jane_1.jpg",
    "https://storage.vibesmatch.com",
    "HTTPS://Storage.VibesMatch.com/a%20b.jpg?w=1&h=2#x",
    " https://storage.vibesmatch.com/a@b:c ",
  ])("%s is an image", (text) => {
    expect(codeOf(text, "image")).toBe("ok");
  });

  test.each([
    "http://storage.vibesmatch.com/a.jpg",
    "https://evil.example/a.jpg",
    "https://storage.vibesmatch.com.evil.example/a.jpg",
    "https://evil.example/https://storage.vibesmatch.com/a.jpg",
    "https://storage.vibesmatch.com@evil.example/a.jpg",
    "https://user:pw@storage.vibesmatch.com/a.jpg",
    "https://@storage.vibesmatch.com/a.jpg",
    "https://storage.vibesmatch.com:443/a.jpg",
    "https://storage.vibesmatch.com:8443/a.jpg",
    "https://storage.vibesmatch.com./a.jpg",
    "https://storage.vibesmatch.com\\@evil.example/a.jpg",
    "https:\\\\storage.vibesmatch.com/a.jpg",
    "https:storage.vibesmatch.com/a.jpg",
    "https:///storage.vibesmatch.com/a.jpg",
    "https://storage%2evibesmatch.com/a.jpg",
    "https://storage。vibesmatch。com/a.jpg",
    "https://storage.vibes\tmatch.com/a.jpg",
    "https://storage.vibesmatch.com/a b.jpg",
    "https://storage.vibesmatch.com/a\nhttps://evil.example/",
    "javascript:alert(1)//storage.vibesmatch.com",
    "data:image/png;base64,AAAA",
    "//storage.vibesmatch.com/a.jpg",
    "storage.vibesmatch.com/a.jpg",
    "hello",
  ])("%j is not an image", (text) => {
    expect(codeOf(text, "image")).toBe("INVALID_MESSAGE_TYPE");
  });

  test("whatever is accepted leads to a media host by https, without credentials or port", () => {
    const parts = fc.constantFrom(
      "https://",
      "http://",
      "storage.vibesmatch.com",
      "evil.example",
      "@",
      ":",
      "/",
      "\\",
      "?",
      "#",
      ".",
      "443",
      "%40",
      "a",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        if (codeOf(text, "image") !== "ok") return;
        const url = new URL(text);
        expect(url).toMatchObject({
          origin: "https://storage.vibesmatch.com",
          username: "",
          password: "",
          port: "",
        });
      }),
      { numRuns: 5000 },
    );
  });

  test("without media hosts there are no images", () => {
    const result = checkContent("https://storage.vibesmatch.com/a.jpg", { type: "image" });
    expect(result).toMatchObject({ ok: false, code: "INVALID_MESSAGE_TYPE" });
  });
});
