import { describe, expect, test } from "bun:test";
import { normalize, scan } from "./scan.ts";

function statements(text: string): string[] {
  return scan(text).flatMap((piece) => (piece.kind === "statement" ? [piece.text] : []));
}

describe("scan", () => {
  test("ends statements at semicolons and keeps their lines", () => {
    expect(scan("\nselect 1;\n\n  select\n 2")).toEqual([
      { kind: "statement", text: "select 1", line: 2 },
      { kind: "statement", text: "select\n 2", line: 4 },
    ]);
  });

  for (const whole of [
    "select 'a;b''c;'",
    "select E'a\\';b'",
    `select "a;""b"`,
    "select $$ a; 'b $$",
    "do $body$ begin; $$ ; $x$; end $body$",
    "select 1 /* a; /* b; */ ' */ + 2",
    "select 1 -- it's; here\n + 2",
    "create rule r as on insert to t do (select 1; select 2)",
    "create function f() returns int begin atomic select case when true then 1; end; select 2; end",
    "select a$b$, c$b$",
    "prepare p as select $1, $2",
    "select type'x;y'",
  ]) {
    test(`does not cut ${JSON.stringify(whole)}`, () => {
      expect(statements(`${whole};\nselect 'next'`)).toEqual([whole, "select 'next'"]);
    });
  }

  test("finds markers between statements, not inside them", () => {
    const text =
      "-- what\n-- no-transaction\n-- up\nselect $$\n-- down\n$$;\ncreate table t (\n-- up\na int);\n--down \n";
    expect(
      scan(text).map((piece) => (piece.kind === "marker" ? `${piece.name}:${piece.line}` : piece.line)),
    ).toEqual(["no-transaction:2", "up:3", 4, 7, "down:10"]);
  });

  test("a statement without its semicolon ends at the marker", () => {
    expect(statements("-- up\nselect 1\n-- down\nselect 2")).toEqual(["select 1", "select 2"]);
  });

  test("a file of comments holds no statement", () => {
    expect(statements("-- nothing\n/* at all; */ ;;\n")).toEqual([]);
  });

  for (const [text, message] of [
    ["select\n 'a", "line 2: the quote is never closed"],
    ["select $x$ a", "line 1: the $x$ is never closed"],
    ["\n\n/* /* */", "line 3: the comment is never closed"],
  ] as const) {
    test(`names the line: ${message}`, () => {
      expect(() => scan(text)).toThrow(message);
    });
  }
});

describe("normalize", () => {
  test("comments and white space do not count", () => {
    const plain = "create table t(id int,note text default'a  b'check(id>=1.5))";
    const spread =
      "create  table t (\n  id int, -- which\n  note text /* what /* and why */ */ default 'a  b'\n check ( id >= 1.5 ) )";
    expect(normalize(spread)).toBe(normalize(plain));
  });

  for (const [one, other] of [
    ["select 'a b'", "select 'a  b'"],
    ["select 'a -- b'", "select 'a '"],
    ["select $$ a $$", "select $$ a$$"],
    ["select ab", "select a b"],
    ["select 1 2", "select 12"],
    ['select "a b"', "select a b"],
  ] as const) {
    test(`${one} is not ${other}`, () => expect(normalize(one)).not.toBe(normalize(other)));
  }
});
