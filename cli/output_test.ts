/** Where a command's words go, in which form, and with which exit code. @module */
import { describe, expect, test } from "bun:test";
import { AppError } from "../server/protocol/errors.ts";
import { CliError, createOutput, EXIT, type OutputOptions } from "./output.ts";
import { pairs, printable, table } from "./text.ts";

function voice(options: OutputOptions = {}, { tty = false, env = {} } = {}) {
  const said = { out: "", err: "" };
  const sink = (key: "out" | "err") => ({
    isTTY: tty,
    write(text: string) {
      said[key] += text;
    },
  });
  return { said, output: createOutput({ env, stdout: sink("out"), stderr: sink("err") }, options) };
}

test("a result goes to standard output, everything else to standard error", () => {
  const { said, output } = voice();
  output.note("going on");
  output.warn("careful");
  output.result({ a: 1 }, ({ a }) => `a is ${a}`);
  expect(said).toEqual({ out: "a is 1\n", err: "going on\nwarning: careful\n" });
});

test("--json prints one object, --quiet no notes", () => {
  const { said, output } = voice({ json: true, quiet: true });
  output.note("going on");
  output.result({ a: 1 }, () => "never");
  expect(said).toEqual({ out: '{"schema":1,"ok":true,"data":{"a":1}}\n', err: "" });
});

describe("colours", () => {
  const painted = (options: OutputOptions, env: Record<string, string>, tty = true) => {
    const { said, output } = voice(options, { tty, env });
    output.result(null, (_, style) => style.red("x"));
    return said.out !== "x\n";
  };
  test("only on a terminal that wants them", () => {
    expect(painted({}, {})).toBe(true);
    expect(painted({ color: true }, {})).toBe(true);
    expect(painted({ color: false }, {})).toBe(false);
    expect(painted({}, { NO_COLOR: "1" })).toBe(false);
    expect(painted({}, { TERM: "dumb" })).toBe(false);
    expect(painted({}, {}, false)).toBe(false);
  });
});

describe("a failure", () => {
  const named = (name: string, extra: object = {}) => Object.assign(new Error("broken"), { name }, extra);
  test.each([
    [new CliError("gone", { code: "GONE", exitCode: EXIT.gate, hint: "look" }), 3, "GONE", "look"],
    [new AppError("SERVICE_UNAVAILABLE"), 6, "SERVICE_UNAVAILABLE", null],
    [new AppError("VALIDATION_ERROR"), 2, "VALIDATION_ERROR", null],
    [new AppError("USER_NOT_FOUND"), 1, "USER_NOT_FOUND", null],
    [named("ConfigError"), 2, "CONFIG_ERROR", null],
    [named("LockedError", { exitCode: 5 }), 5, "LOCKED_ERROR", null],
    [named("Error", { exitCode: 99 }), 1, "ERROR", expect.stringContaining("-v")],
    ["a text", 1, "ERROR", null],
  ])("has its exit code and its envelope (%#)", (error, exitCode, code, hint) => {
    const { said, output } = voice({ json: true });
    expect(output.fail(error)).toBe(exitCode as never);
    const answer = JSON.parse(said.out);
    expect(answer).toEqual({ schema: 1, ok: false, error: { code, message: expect.any(String), hint } });
    expect(said.err).toBe("");
  });

  test("is told to people on standard error, with the stack only on request", () => {
    const [plain, verbose] = [voice(), voice({ verbose: true })];
    const error = new CliError("gone", { code: "GONE", exitCode: EXIT.failed, hint: "look" });
    plain.output.fail(error);
    verbose.output.fail(error);
    expect(plain.said).toEqual({ out: "", err: "error: gone\nhint: look\n" });
    expect(verbose.said.err).toContain("output_test.ts");
  });

  test("names every field that is wrong", () => {
    const { said, output } = voice();
    output.fail(new AppError("VALIDATION_ERROR", "Bad", [{ path: "body.name", message: "must be longer" }]));
    expect(said.err).toContain("body.name: must be longer");
  });
});

describe("text", () => {
  test("of strangers stays on its line and moves nothing", () => {
    expect(printable("a\u001b[2J\u202eb\nc\u0000\u009b1m")).toBe("a[2Jb c1m");
    expect(printable("Zoë 👩‍👩‍👧 שלום")).toBe("Zoë 👩‍👩‍👧 שלום");
  });

  test("in columns is aligned by what is seen", () => {
    expect(
      table(
        ["A", "B"],
        [
          ["日本", "x"],
          ["abc", ""],
        ],
      ),
    ).toBe("A     B\n日本  x\nabc");
    expect(table(["A"], [])).toBe("A");
  });

  test("in pairs leaves out what is absent", () => {
    expect(pairs({ a: "1", long: "2", none: null, empty: "" })).toBe("a     1\nlong  2");
    expect(pairs({})).toBe("");
  });
});
