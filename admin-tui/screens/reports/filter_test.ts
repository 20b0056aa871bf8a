import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { REPORT_REASONS } from "../../../server/protocol/models.ts";
import { hostileText } from "../../../test/harness/hostile_text.ts";
import { ago, BEN, idOf, reportRow } from "../../../test/tui/fixtures.ts";
import { REASONS } from "../../theme.ts";
import { auditSpec } from "../audit.ts";
import { blocksSpec } from "../blocks/spec.ts";
import { usersSpec } from "../users/spec.ts";
import { parseFilter, type ReportFilter, searchedText } from "./filter.ts";

const word = fc.stringMatching(/^[a-z0-9_]{1,12}$/).filter((text) => text !== "overdue");
const spaces = fc.stringMatching(/^[ \t]{1,3}$/);

interface Part {
  readonly token: string;
  readonly query: object;
  readonly search: readonly string[];
}
const asked = (token: string, query: object): Part => ({ token, query, search: [] });

/** Every kind of token, and what it means; later ones of a kind win, as they do in the query. */
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.tuple(fc.constantFrom(...REPORT_REASONS), fc.integer({ min: 1, max: 30 })).map(([reason, length]) => {
    const begun = reason.slice(0, length);
    const first = REPORT_REASONS.find((each) => each.startsWith(begun))!;
    return asked(`cat:${begun.toUpperCase()}`, { reason: first });
  }),
  fc.constantFrom("me", "none").map((value) => asked(`owner:${value}`, { assignee: value })),
  fc
    .constantFrom("open", "closed", "all", "pending", "reviewed", "resolved", "dismissed")
    .map((status) => asked(`status:${status}`, { status })),
  fc.constantFrom("overdue", "OVERDUE", "is:overdue").map((token) => asked(token, { overdue: "true" })),
  fc
    .tuple(fc.constantFrom("<", ">"), fc.integer({ min: 0, max: 99_999 }), fc.constantFrom("", "m", "h", "d"))
    .map(([sign, amount, unit]) => {
      const minutes = amount * { "": 1, m: 1, h: 60, d: 1_440 }[unit]!;
      const query = sign === ">" ? { older_than_minutes: minutes } : { newer_than_minutes: minutes };
      return asked(`age${sign}${amount}${unit}`, query);
    }),
  fc.integer({ min: 0, max: 9_999 }).map((at) => asked(`user:${idOf(at)}`, { reported_id: idOf(at) })),
  word.map((text) => ({ token: text, query: {}, search: [text] })),
);

describe("a filter of reports", () => {
  test("means what its words mean, in any order, with any blanks", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(part, spaces)), (parts) => {
        const filter = parseFilter(parts.map(([{ token }, blank]) => blank + token).join("")) as ReportFilter;
        expect(filter.query).toEqual(Object.assign({}, ...parts.map(([{ query }]) => query)));
        expect(filter.search).toEqual(parts.flatMap(([{ search }]) => search));
        expect(filter.lets(reportRow(1))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("lets through whom it names, by any part of the name, and nobody else", () => {
    fc.assert(
      fc.property(word, word, fc.boolean(), (name, wanted, isOwner) => {
        const { reported } = reportRow(1);
        const row = isOwner
          ? reportRow(1, { claim: { by: { ...BEN, name }, until: ago(-1) } })
          : reportRow(1, { reported: { ...reported, name } });
        const token = isOwner ? `owner:@${wanted.toUpperCase()}` : `user:${wanted.toUpperCase()}`;
        const isSpecial = isOwner && ["me", "none"].includes(wanted);
        const filter = parseFilter(token) as ReportFilter;
        const isHandle = !isOwner && wanted === "u-000001";
        expect(filter.lets(row)).toBe(isSpecial ? filter.lets(row) : name.includes(wanted) || isHandle);
      }),
    );
  });

  test("understands every category as its column spells it, and as the server does", () => {
    for (const reason of REPORT_REASONS)
      for (const word of [reason, REASONS[reason].short])
        expect((parseFilter(`cat:${word}`) as ReportFilter).query).toEqual({ reason });
  });

  test.each([
    ["cat:", "cat: is one of"],
    ["cat:xyz", "cat: is one of"],
    ["user:", "user: takes a name or an id"],
    ["owner:", "owner: takes me, none or a name"],
    ["owner:@", "owner: takes me, none or a name"],
    ["age>", "age is written"],
    ["age>1w", "age is written"],
    ["age:3d", "age is written"],
    ["age>999999", "age is written"],
    ["status:done", "status: is one of open, closed"],
    ["is:late", "is: knows overdue only"],
    ["colour:red", "there is no colour:"],
  ])("%s is a problem that names its cure", (text, words) => {
    const filter = parseFilter(`mia ${text}`);
    expect("problem" in filter && filter.problem).toStartWith(words);
  });

  test("finds a row by words of its handle, its name, its reason, all of them", () => {
    const row = reportRow(2, { reason: "fake_profile" });
    for (const [text, isFound] of [
      ["r-000002", true],
      ["PERSON_2 fake", true],
      ["person_2 scam", false],
    ] as const) {
      const { search } = parseFilter(text) as ReportFilter;
      expect(search.every((each) => searchedText(row).includes(each))).toBe(isFound);
    }
  });
});

test("no text at all breaks a filter line: it is a filter, or a problem in words", () => {
  const row = reportRow(1);
  const block = { id: row.id, blocker: row.reporter, blocked: row.reported } as never;
  const entry = { action: "report.claimed", actor: BEN, target: { type: "report", id: row.id } } as never;
  const tokens = fc.constantFrom(
    "cat:",
    "age>",
    "user:",
    "owner:@",
    "upheld:",
    "actor:",
    "target:",
    ":",
    "__proto__:x ",
  );
  const text = fc.array(fc.oneof(tokens, hostileText), { maxLength: 4 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (typed) => {
      for (const [parse, what] of [
        [parseFilter, row],
        [blocksSpec.parse, block],
        [auditSpec.parse, entry],
        [usersSpec.parse, row],
      ] as const) {
        const filter = parse(typed, BEN.id);
        if ("problem" in filter) expect(filter.problem).toMatch(/^[a-z]/);
        else expect(typeof filter.lets(what as never)).toBe("boolean");
      }
    }),
    { numRuns: 2_000 },
  );
});
