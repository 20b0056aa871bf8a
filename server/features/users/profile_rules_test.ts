/** Every field's rule at its edges, in code points. @module */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isCountry } from "./countries.ts";
import { checkProfile, normalizeEmail } from "./profile_rules.ts";
import type { ProfileFields } from "./schema.ts";

const NOW = new Date("2026-06-15T12:00:00Z");

/** @returns The stored value of one field, or what is wrong with it. */
function stored<F extends keyof ProfileFields>(field: F, value: ProfileFields[F]): unknown {
  const { fields, problems } = checkProfile({ [field]: value }, NOW);
  return problems.length > 0 ? problems : fields[field];
}

function isRefused<F extends keyof ProfileFields>(field: F, value: ProfileFields[F]): boolean {
  return checkProfile({ [field]: value }, NOW).problems.length > 0;
}

test("a whole profile is cleaned and kept", () => {
  const { fields, problems } = checkProfile(
    {
      name: "  Ana\tMari\u0301a \n",
      date_of_birth: "1995-05-15",
      gender: "female",
      country: " de ",
      state: "Bavaria",
      city: null,
      bio: "one\r\ntwo  ",
      profile_photos: ["https://a.example/1.jpg", " https://a.example/1.jpg"],
      interests: ["tea", "tea", " film  noir "],
      preferred_genders: ["male", "male"],
      show_activity_status: false,
    },
    NOW,
  );
  expect(problems).toEqual([]);
  expect(fields).toEqual({
    name: "Ana María",
    date_of_birth: "1995-05-15",
    gender: "female",
    country: "DE",
    state: "Bavaria",
    city: null,
    bio: "one\ntwo",
    profile_photos: ["https://a.example/1.jpg"],
    interests: ["tea", "film noir"],
    preferred_genders: ["male"],
    show_activity_status: false,
  });
});

test("every problem is reported at once, and nothing that was given is repeated", () => {
  const secret = "S3cret";
  const given = { name: "x", country: secret, date_of_birth: secret, profile_photos: [secret] };
  const { problems } = checkProfile(given, NOW);
  expect(problems.map(({ field }) => field)).toEqual([
    "name",
    "date_of_birth",
    "country",
    "profile_photos.0",
  ]);
  expect(JSON.stringify(problems)).not.toContain(secret);
});

test("only known fields come out", () => {
  const given = { name: "Ana", role: "admin", is_premium: true, id: "1", email: "x@y.z" };
  expect(checkProfile(given, NOW).fields).toEqual({ name: "Ana" } as typeof given);
});

describe("a name", () => {
  test.each([
    ["Jo", "Jo"],
    ["👩‍👩‍👧", "👩‍👩‍👧"],
    ["é".repeat(50), "é".repeat(50)],
    ["🙂".repeat(50), "🙂".repeat(50)],
    ["e\u0301".repeat(50), "é".repeat(50)],
  ])("may be %j", (given, kept) => expect(stored("name", given)).toEqual(kept));

  test.each([
    "",
    "J",
    " J ",
    "x".repeat(51),
    "🙂".repeat(51),
    "\u200b\u200b\u200b",
    "\u3164\u3164",
    "\t\n ",
    "A\0na",
    "An\ud800a",
    "x\u200b",
  ])("may not be %j", (given) => expect(isRefused("name", given)).toBe(true));
});

test.each([
  ["2008-06-15", true],
  ["2008-06-16", false],
  ["2030-01-01", false],
  ["1850-01-01", false],
  ["1995-02-29", false],
  ["1996-02-29", true],
  ["1995-5-15", false],
  ["15.05.1995", false],
  ["", false],
])("born on %s: adult and real %p", (date, fine) => expect(isRefused("date_of_birth", date)).toBe(!fine));

test("a bio may have 500 code points, of any plane, and lines", () => {
  expect(stored("bio", "🙂".repeat(500))).toBe("🙂".repeat(500));
  expect(isRefused("bio", "🙂".repeat(501))).toBe(true);
  expect(stored("bio", "a\nb")).toBe("a\nb");
  expect(stored("bio", " \n ")).toBe(null);
  expect(stored("bio", null)).toBe(null);
});

describe("a photo", () => {
  test.each([
    "https://storage.vibesmatch.com/photos/jane_1.jpg",
    "https://cdn.example:8443/a?b=c#d",
    "https://a.example",
    `https://a.example/${"x".repeat(2048 - 18)}`,
  ])("may be %p", (url) => expect(stored("profile_photos", [url])).toEqual([url]));

  test.each([
    "http://a.example/1.jpg",
    "//a.example/1.jpg",
    "javascript:alert(1)",
    "https://user:pass@a.example/1.jpg",
    "https://a.example\\@evil.example/1.jpg",
    "https://a.example/1 2.jpg",
    "https://ä.example/1.jpg",
    "https://localhost/1.jpg",
    "https://a.example:99999/1.jpg",
    "https:///1.jpg",
    "https://a..example/",
    `https://a.example/${"x".repeat(2048)}`,
    "",
  ])("may not be %p", (url) => expect(isRefused("profile_photos", [url])).toBe(true));

  test("nine of them, not ten", () => {
    const urls = Array.from({ length: 10 }, (_, i) => `https://a.example/${i}.jpg`);
    expect(isRefused("profile_photos", urls.slice(1))).toBe(false);
    expect(isRefused("profile_photos", urls)).toBe(true);
  });
});

test("30 interests of 50 code points, not more", () => {
  const fits = Array.from({ length: 30 }, (_, i) => `${String(i).padStart(2, "0")}${"🙂".repeat(48)}`);
  expect(stored("interests", fits)).toEqual(fits);
  expect(isRefused("interests", [...fits, "one more"])).toBe(true);
  expect(isRefused("interests", ["🙂".repeat(51)])).toBe(true);
  expect(isRefused("interests", ["tea", " "])).toBe(true);
});

test("genders are of the catalogue, also when no schema stands before", () => {
  expect(isRefused("gender", "other" as never)).toBe(true);
  expect(isRefused("preferred_genders", ["male", "x" as never])).toBe(true);
  expect(stored("preferred_genders", [])).toEqual([]);
});

test("countries are the 249 of ISO 3166-1", () => {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((a) => letters.map((b) => a + b)).filter(isCountry);
  expect(codes.length).toBe(249);
  for (const code of ["UK", "EU", "XX", "ZZ", "de", "DEU", ""]) expect(isCountry(code)).toBe(false);
});

describe("an address", () => {
  test.each([
    ["Jane@Example.COM", "jane@example.com"],
    ["  a.b+c@sub.example.co ", "a.b+c@sub.example.co"],
    ["o'neil@example.ie", "o'neil@example.ie"],
  ])("%p is stored as %p", (given, kept) => expect(normalizeEmail(given)).toBe(kept));

  test.each([
    "",
    "jane",
    "jane@",
    "@example.com",
    "jane@example",
    "jane@@example.com",
    "ja ne@example.com",
    "jane@exa mple.com",
    "jane@-example.com",
    "jane@example..com",
    ".jane@example.com",
    "ja..ne@example.com",
    "jane@example.com\nbcc: x@y.z",
    "jane@example.com, x@y.z",
    "<jane@example.com>",
    "jané@example.com",
    "jane@exämple.com",
    "İ@example.com",
    `${"x".repeat(65)}@example.com`,
    `jane@${"x".repeat(60)}.${"x".repeat(60)}.${"x".repeat(60)}.${"x".repeat(60)}.${"x".repeat(10)}.com`,
  ])("%p is none", (given) => expect(normalizeEmail(given)).toBeUndefined());
});

test("whatever is stored is stored the same the second time", () => {
  const text = fc.string({ unit: "binary", maxLength: 80 });
  fc.assert(
    fc.property(
      fc.record({ name: text, bio: text, city: text, interests: fc.array(text, { maxLength: 5 }) }),
      (given) => {
        const { fields } = checkProfile(given, NOW);
        expect(checkProfile(fields, NOW)).toEqual({ fields, problems: [] });
      },
    ),
  );
});
