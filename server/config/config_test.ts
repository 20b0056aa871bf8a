/** Configuration: every bad key at once, origins, secrets that stay secret. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS } from "../domain/limits.ts";
import { configTable, describeConfig } from "./describe.ts";
import { ensureJwtSecret } from "./jwt_secret.ts";
import { ConfigError, type Environment, loadConfig } from "./mod.ts";

const folder = mkdtempSync(join(tmpdir(), "config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PRODUCTION = {
  NODE_ENV: "production",
  DATABASE_URL: "postgres://app:hunter2@db.example.com/app",
  JWT_SECRET: "0123456789abcdef0123456789abcdef",
};

function problemsOf(env: Environment, options?: Parameters<typeof loadConfig>[1]): Record<string, string> {
  try {
    loadConfig(env, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ key, problem, fix }) => [key, `${problem} | ${fix}`]));
  }
  return {};
}

function keep(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("an empty environment is a development server", () => {
  const config = loadConfig({});
  expect(config).toMatchObject({ mode: "development", production: false, host: "127.0.0.1", port: 3000 });
  expect(config).toMatchObject({ databaseUrl: null, redisUrls: [], jwtSecret: null, metricsPort: null });
  expect(config).toMatchObject({
    limitsEnabled: true,
    limits: { MESSAGE_SEND: { points: 100, seconds: 3600 } },
  });
  expect(new Set(Object.values(config.origins))).toEqual(new Set(["default"]));
});

test("production listens on every address and demands its database and its secret", () => {
  expect(loadConfig(PRODUCTION)).toMatchObject({ production: true, host: "0.0.0.0" });
  expect(Object.keys(problemsOf({ NODE_ENV: "production" }))).toEqual(["DATABASE_URL", "JWT_SECRET"]);
  expect(problemsOf({ NODE_ENV: "production" }, { require: [] })).toEqual({});
  expect(Object.keys(problemsOf({}, { require: ["DATABASE_URL"] }))).toEqual(["DATABASE_URL"]);
});

describe("bad keys", () => {
  test("all of them are reported at once, with what to write", () => {
    const bad = {
      NODE_ENV: "staging",
      HOST: "a b",
      PORT: "70000",
      DATABASE_URL: "mysql://x",
      DATABASE_POOL: "1",
      REDIS_URL: "redis://ok,http://not",
      JWT_SECRET: "short",
      SMTP_URL: "mail.example.com",
      MAIL_FROM: "nobody",
      MEDIA_HOSTS: "https://x.example",
      ALLOWED_ORIGINS: "*",
      TRUSTED_PROXIES: "10.0.0.0/99",
      METRICS_PORT: "-1",
      LOG_LEVEL: "loud",
      LIMITS: "none",
      LIMITS_OFF_IN_PRODUCTION: "maybe",
      LIMIT_MESSAGE_SEND: "100",
      LIMIT_WS_CONNECTIONS_PER_USER: "8/1s",
    };
    const problems = problemsOf(bad);
    expect(Object.keys(problems).sort()).toEqual(Object.keys(bad).sort());
    expect(problems.PORT).toBe(`"70000" is not valid | a whole number from 0 to 65535`);
    expect(problems.JWT_SECRET).toStartWith("is 5 bytes, too short | at least 32 bytes");
  });

  test("a message never holds a secret", () => {
    const secrets = {
      DATABASE_URL: "my-secret-a",
      REDIS_URL: "my-secret-b",
      JWT_SECRET: "my-secret-c",
      SMTP_URL: "my-secret-d",
    };
    expect(() => loadConfig(secrets)).toThrow(ConfigError);
    try {
      loadConfig(secrets);
    } catch (error) {
      expect(JSON.stringify([error, (error as Error).message])).not.toContain("my-secret");
    }
  });

  test("an unknown limit is an error that guesses the one meant", () => {
    expect(problemsOf({ LIMIT_MESAGE_SEND: "1/1s" }).LIMIT_MESAGE_SEND).toContain("LIMIT_MESSAGE_SEND");
    expect(problemsOf({ LIMITS_OF_IN_PRODUCTION: "yes" }).LIMITS_OF_IN_PRODUCTION).toContain(
      "LIMITS_OFF_IN_PRODUCTION",
    );
    expect(problemsOf({ LIMIT_XYZZYPLUGHPLOVER: "1/1s" }).LIMIT_XYZZYPLUGHPLOVER).toContain("one of LIMIT");
  });

  test("LIMITS=off in production needs a second yes", () => {
    expect(Object.keys(problemsOf({ ...PRODUCTION, LIMITS: "off" }))).toEqual(["LIMITS"]);
    const meant = { ...PRODUCTION, LIMITS: "off", LIMITS_OFF_IN_PRODUCTION: "yes" };
    expect(loadConfig(meant).limitsEnabled).toBe(false);
    expect(loadConfig({ LIMITS: "off" }).limitsEnabled).toBe(false);
  });

  test("METRICS_PORT is not PORT", () => {
    expect(Object.keys(problemsOf({ PORT: "4000", METRICS_PORT: "4000" }))).toEqual(["METRICS_PORT"]);
    expect(problemsOf({ PORT: "0", METRICS_PORT: "0" })).toEqual({});
  });

  test.each([
    ["MEDIA_HOSTS", "a.example:8080"],
    ["MEDIA_HOSTS", "user@a.example"],
    ["MEDIA_HOSTS", "a.example/x"],
    ["MEDIA_HOSTS", "*.example"],
    ["ALLOWED_ORIGINS", "https://a.example/path"],
    ["ALLOWED_ORIGINS", "null"],
    ["ALLOWED_ORIGINS", "https://u:p@a.example"],
    ["PORT", "3e3"],
    ["PORT", "0x10"],
    ["REDIS_URL", "localhost:6379"],
  ])("%s=%s is refused", (key, text) => {
    expect(Object.keys(problemsOf({ [key]: text }))).toEqual([key]);
  });
});

test("lists are split, trimmed, without duplicates", () => {
  const config = loadConfig({
    REDIS_URL: "redis://a:1, redis://b:2,",
    MEDIA_HOSTS: "CDN.example.com,cdn.example.com",
    ALLOWED_ORIGINS: "https://App.example.com:443,http://localhost:5173/",
    TRUSTED_PROXIES: "10.0.0.0/8,::1",
  });
  expect(config.redisUrls).toEqual(["redis://a:1", "redis://b:2"]);
  expect(config.mediaHosts).toEqual(["cdn.example.com"]);
  expect(config.allowedOrigins).toEqual(["https://app.example.com", "http://localhost:5173"]);
  expect(config.trustedProxies).toEqual(["10.0.0.0/8", "::1"]);
});

test("flag wins over environment, over file, over the entry point's default", () => {
  const layers = {
    flags: { PORT: "1" },
    file: { PORT: "3", HOST: "::1" },
    defaults: { PORT: "4", LOG_LEVEL: "debug" },
  };
  const config = loadConfig({ PORT: "2", HOST: "" }, layers);
  expect(config).toMatchObject({ port: 1, host: "::1", logLevel: "debug" });
  expect(config.origins).toMatchObject({ PORT: "flag", HOST: "file", LOG_LEVEL: "default" });
  expect(loadConfig({ PORT: "2" }, { ...layers, flags: {} }).port).toBe(2);
});

describe("*_FILE", () => {
  test("a secret is read from the file named, without its last newline", () => {
    const JWT_SECRET_FILE = keep("jwt", `${PRODUCTION.JWT_SECRET}\n`);
    const config = loadConfig({ ...PRODUCTION, JWT_SECRET: undefined, JWT_SECRET_FILE });
    expect(config.jwtSecret).toBe(PRODUCTION.JWT_SECRET);
    expect(config.origins.JWT_SECRET).toBe("file");
  });

  test("an unreadable file and both forms at once are errors, reported once", () => {
    const missing = { ...PRODUCTION, JWT_SECRET: "", JWT_SECRET_FILE: join(folder, "absent") };
    expect(Object.keys(problemsOf(missing))).toEqual(["JWT_SECRET_FILE"]);
    const both = { ...PRODUCTION, JWT_SECRET_FILE: keep("other", PRODUCTION.JWT_SECRET) };
    expect(Object.keys(problemsOf(both))).toEqual(["JWT_SECRET"]);
  });

  test("only secrets have it", () => {
    expect(loadConfig({ PORT_FILE: keep("port", "99") }).port).toBe(3000);
  });
});

test("a description shows everything but the secrets, with origins", () => {
  const config = loadConfig({
    ...PRODUCTION,
    REDIS_URL: "redis://:hunter2@cache:6379/0,rediss://u:hun@ter2/@cache2",
    SMTP_URL: "smtps://u:hunter2@mail.example.com?auth=hunter2",
    LIMIT_LIKES: "5/1d",
  });
  const rows = describeConfig(config);
  const shown = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  expect(JSON.stringify(rows)).not.toMatch(/hunter2|ter2|0123456789/);
  expect(shown.DATABASE_URL).toBe("postgres://app:***@db.example.com/app");
  expect(shown.REDIS_URL).toBe("redis://:***@cache:6379/0, rediss://u:***@cache2");
  expect(shown.SMTP_URL).toBe("smtps://u:***@mail.example.com?auth=***");
  expect(shown).toMatchObject({
    LIMITS: "on",
    LIMIT_LIKES: "5/1d",
    LIMIT_MESSAGE_SEND: "100/1h",
    PORT: "3000",
  });
  expect(rows.find(({ key }) => key === "LIMIT_LIKES")?.origin).toBe("env");
});

test("the table names every key and every limit", () => {
  const table = configTable();
  for (const name of Object.keys(LIMITS)) expect(table).toContain(`| \`LIMIT_${name}\` |`);
  expect(table).toContain("| `JWT_SECRET`, `JWT_SECRET_FILE` | none |");
  expect(table).toContain("| `HOST` | `127.0.0.1`, in production `0.0.0.0` |");
});

describe("the generated signing secret", () => {
  test("is made once, private, and kept", () => {
    const config = loadConfig({ DATA_DIR: join(folder, "data", "deep") });
    const first = ensureJwtSecret(config);
    expect(first.jwtSecret.length).toBeGreaterThanOrEqual(43);
    expect(ensureJwtSecret(config).jwtSecret).toBe(first.jwtSecret);
    expect(first.origins.JWT_SECRET).toBe("file");
    const path = join(config.dataDir, "jwt_secret");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toBe(first.jwtSecret);
  });

  test("a given secret is left alone, a damaged file is refused", () => {
    expect(ensureJwtSecret(loadConfig(PRODUCTION)).jwtSecret).toBe(PRODUCTION.JWT_SECRET);
    keep("jwt_secret", "cut");
    expect(() => ensureJwtSecret(loadConfig({ DATA_DIR: folder }))).toThrow("is damaged");
  });
});
