/** The log: one line per fact, and nothing personal in it. @module */
import { describe, expect, test } from "bun:test";
import type { Mode } from "./config/mod.ts";
import { createLog, type Log, logError, silentLog } from "./log.ts";

function capture(mode: Mode = "production", pretty = false): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog({ level: "info", mode, pretty, write: (line) => lines.push(line) }), lines };
}

test("a line is one JSON object with level, time, component and facts", () => {
  const { log, lines } = capture();
  log.child({ component: "http" }).info({ status: 200, big: 5n }, "request\nwith a newline");
  log.debug("below the level");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toEndWith("}\n");
  expect(lines[0]!.slice(0, -1)).not.toContain("\n");
  const line = JSON.parse(lines[0]!);
  expect(line).toMatchObject({
    level: "info",
    component: "http",
    status: 200,
    big: "5",
    msg: "request\nwith a newline",
  });
  expect(Date.parse(line.time)).toBeGreaterThan(0);
});

test("an error is logged with its request id, code, cause and stack, without what drivers hang on it", () => {
  const { log, lines } = capture();
  const cause = Object.assign(new Error("duplicate key"), {
    code: "23505",
    constraint_name: "users_email_key",
    detail: "Key (email)=(ana@example.com) already exists.",
    query: "insert into secret-query",
    parameters: ["secret-parameter"],
  });
  logError(log, new Error("Cannot sign up", { cause }), { requestId: "r-1", route: "/x" });
  const line = JSON.parse(lines[0]!);
  expect(line).toMatchObject({
    level: "error",
    request_id: "r-1",
    route: "/x",
    err: { message: "Cannot sign up" },
  });
  expect(line.err.cause).toMatchObject({ code: "23505", constraint: "users_email_key" });
  expect(line.err.stack).toContain("log_test.ts");
  expect(lines[0]).not.toMatch(/secret-|ana@|detail/);
});

test("anything can be thrown and logged", () => {
  const { log, lines } = capture();
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  for (const thrown of ["text", undefined, null, 5, loop, new AggregateError([1], "many")])
    logError(log, thrown);
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(Array(6).fill("error"));
});

describe("personal data", () => {
  const canaries = {
    email: "canary@example.com",
    content: "canary-body",
    preview_text: "canary-body",
    nested: { list: [{ access_token: "canary-token", refreshToken: "canary-token" }] },
    headers: { Authorization: "Bearer canary-token" },
    otp: "canary-code",
    dateOfBirth: "1995-canary",
    config: { jwtSecret: "canary-secret", databaseUrl: "postgres://canary" },
  };

  test.each(["development", "production", "test"] as const)(
    "hidden keys are hidden at any depth in %s",
    (mode) => {
      const { log, lines } = capture(mode);
      log.info(canaries, "fact");
      log.child({ email: "canary@example.com" }).warn("bound");
      expect(lines).toHaveLength(2);
      expect(lines.join("")).not.toContain("canary");
      expect(JSON.parse(lines[0]!)).toMatchObject({ email: "[redacted]", otp: "[redacted]" });
    },
  );

  test("addresses, tokens and URL passwords are masked wherever they stand, and the line stays JSON", () => {
    const { log, lines } = capture();
    const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl";
    log.warn(
      { reason: `550 <canary+x@mail.example.com> \\"canary@example.com\\" refused` },
      `mail to canary@example.com`,
    );
    log.warn({ note: `got ${jwt}`, other: "authorization: Bearer canary.canary~1=" }, "x");
    log.warn({ at: "postgres://app:canary@db.example/app" }, "smtps://u:canary@mail.example:465 refused");
    logError(log, new Error("no mailbox canary@example.com"));
    for (const line of lines) JSON.parse(line);
    expect(lines.join("")).not.toMatch(/canary|eyJzdWI/);
    expect(lines[2]).toContain("postgres://app:[redacted]@db.example/app");
  });
});

describe("pretty lines", () => {
  test("show time, level, component, message, facts, and the stack below", () => {
    const { log, lines } = capture("development", true);
    log.child({ component: "db" }).info({ rows: 3 }, "ready");
    logError(log, new Error("bad"));
    const plain = Bun.stripANSI(lines.join(""));
    expect(plain).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}db ready rows=3\n/);
    expect(plain).toContain("\n  Error: bad\n");
  });

  test("text from elsewhere cannot forge a line or move the cursor", () => {
    const { log, lines } = capture("development", true);
    log.info({ name: "\u001b[2J\nforged" }, "a\u001b[2J\nforged\u009b");
    expect(Bun.stripANSI(lines[0]!).split("\n")).toHaveLength(2);
    expect(lines[0]).not.toContain("\u001b[2J");
    expect(lines[0]).not.toContain("\u009b");
  });
});

test("a silent log writes nothing", () => {
  const log = silentLog();
  log.fatal("x");
  expect(log.isLevelEnabled("fatal")).toBe(false);
});
