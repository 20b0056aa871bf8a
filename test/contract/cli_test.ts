/**
 * What every command promises, whatever it does: help that can be pasted, one envelope, quiet pipes, named exit
 * codes. A new command without a row here fails.
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";
import net from "node:net";
import { join } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { visibleCommands } from "../../cli/complete.ts";
import { readSpan } from "../../cli/durations.ts";
import { examplesOf, listCommands } from "../../cli/reference.ts";
import { buildProgram } from "../../cli/run.ts";
import { TEST_SECRET } from "../harness/app.ts";
import { startChild } from "../harness/child.ts";
import { type CliResult, dataOf, runVibes } from "../harness/cli.ts";
import { createTestDatabase } from "../harness/database.ts";

/** How one command is tried. */
interface Row {
  /** A line that works on a migrated database; absent where that is a test file of its own. */
  readonly works?: string;
  /** Whether it asks the database; then it must say so when that is away, and end on Ctrl-C. */
  readonly database?: true;
}

const PERSON = "--name Ana --birthdate 1995-05-15 --gender female --country DE";
const ROWS: Readonly<Record<string, Row>> = {
  // dev_test.ts, dev_state_test.ts and serve_test.ts run these two; they end with 0 on Ctrl-C.
  dev: {},
  serve: {},
  "migrate up": { works: "migrate up", database: true },
  "migrate down": { works: "migrate down --dry-run", database: true },
  "migrate redo": { works: "migrate redo --dry-run", database: true },
  "migrate status": { works: "migrate status", database: true },
  "migrate verify": { works: "migrate verify", database: true },
  "migrate dump": { works: "migrate dump", database: true },
  "migrate new": {},
  "migrate lint": { works: "migrate lint" },
  "db create": { works: "db create", database: true },
  "db drop": { database: true },
  "db reset": { database: true },
  "db restored": { works: "db restored", database: true },
  // citus_test.ts runs it, where there is a Citus.
  "db distribute": { database: true },
  "db partition": { works: "db partition user_events --ignore-servers", database: true },
  "db roles": { works: "db roles", database: true },
  "seed run": { works: "seed run --scale 0.01", database: true },
  "seed plan": { works: "seed plan" },
  "seed clear": { works: "seed clear", database: true },
  "users create": { works: `users create --email ana%@example.com ${PERSON}`, database: true },
  "users token": { works: "users token somebody@example.com", database: true },
  "users show": { works: "users show somebody@example.com", database: true },
  "users list": { works: "users list", database: true },
  "users grant": { works: "users grant somebody@example.com --premium", database: true },
  "users export": { works: "users export somebody@example.com", database: true },
  // users_test.ts deletes; the person of the other rows has to stay.
  "users delete": { database: true },
  // cli/load has tests of its own for runs and comparisons.
  "load list": { works: "load list" },
  "load run": {},
  "load people": { works: "load people chat-pairs --users 2", database: true },
  "load merge": {},
  "load compare": {},
  "load clean": { works: "load clean", database: true },
  "jobs list": { works: "jobs list", database: true },
  // jobs_test.ts retries and deletes failed jobs; here there are none.
  "jobs retry": { database: true },
  "jobs delete": { database: true },
  "push test": { works: "push test somebody@example.com", database: true },
  // webhooks_test.ts runs these, with an endpoint.
  "webhooks test": {},
  "webhooks failed": {},
  "webhooks replay": {},
  "audit verify": { works: "audit verify", database: true },
  doctor: { works: "doctor --config /dev/null" },
  "config show": { works: "config show --origin" },
  openapi: { works: "openapi" },
  asyncapi: { works: "asyncapi" },
  completion: { works: "completion bash" },
};
/** What a line needs in place of its real target, to see the database missing. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  "db drop": "--confirm=x",
  "db reset": "--confirm=x",
  "db partition": "user_events",
  "load people": "chat-pairs",
  "users create": `--email a@example.com ${PERSON}`,
  "users token": "a@example.com",
  "users show": "a@example.com",
  "users grant": "a@example.com --premium",
  "users export": "a@example.com",
  "users delete": "a@example.com",
  "jobs retry": "notice_mail",
  "jobs delete": "01a202ad-ca92-7677-9cb6-9690db67aaab",
  "push test": "a@example.com",
  "admin reports resolve": "x --decision dismissed --reason x",
};

const database = await createTestDatabase();
const ENV = { NODE_ENV: "test", DATABASE_URL: database.url, JWT_SECRET: TEST_SECRET, PORT: "0" };
const AWAY = { ...ENV, DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/x" };
const silent = net.createServer(() => {}).listen(0, "127.0.0.1");
afterAll(async () => {
  silent.close();
  await database.close();
});
await runVibes(["users", "create", "--email", "somebody@example.com", ...PERSON.split(" ")], { env: ENV });

const names = listCommands().map(({ name }) => name);
const working = names.flatMap((name) => (ROWS[name]?.works ? [[name, ROWS[name].works] as const] : []));
const needing = names.filter((name) => ROWS[name]?.database);
let tried = 0;

function attempt(line: string, options: Parameters<typeof runVibes>[1] = {}): Promise<CliResult> {
  return runVibes(line.replace("%", String(++tried)), { env: ENV, ...options });
}

/** Seeds are made once; whoever tries again begins anew. */
async function anew(name: string): Promise<void> {
  if (name === "seed run") await runVibes("seed clear", { env: ENV });
}

test("every command has a row", () => {
  expect(Object.keys(ROWS).filter((name) => name !== "admin" && !names.includes(name))).toEqual([]);
  expect(names.filter((name) => !(name in ROWS) && !name.startsWith("admin"))).toEqual([]);
});

describe("help", () => {
  const program = () => {
    const quiet = { write: () => {} };
    return buildProgram({ env: {}, stdout: quiet, stderr: quiet }) as unknown as CommandUnknownOpts;
  };

  test.each(["", ...names])("vibes %s --help begins with examples", async (name) => {
    const { code, out, err } = await runVibes(`${name} --help`);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toStartWith("Examples:\n  vibes ");
    expect(out).toContain("Global Options:".slice(name === "" ? 7 : 0));
  });

  test("a default that is shown can be given", () => {
    for (const command of groups(program())) {
      for (const { long, defaultValue, defaultValueDescription, parseArg } of command.options) {
        if (!parseArg || defaultValue === undefined || Array.isArray(defaultValue)) continue;
        const shown = defaultValueDescription ?? String(defaultValue);
        expect([command.name(), long, parseArg(shown, undefined as never)]).toEqual([
          command.name(),
          long,
          defaultValue,
        ]);
      }
    }
  });

  test("a duration is given with its unit, wherever one is taken", () => {
    const flags = groups(program()).flatMap(({ options }) => options.map((option) => option.flags));
    expect(
      flags.filter((flag) => /<(ms|s|secs?|seconds|minutes|hours|days|duration|span)>/.test(flag)),
    ).toEqual([]);
    const spans = groups(program()).flatMap(({ options }) =>
      options.filter((option) => option.parseArg === (readSpan as unknown)),
    );
    expect(spans.length).toBeGreaterThan(8);
    for (const span of spans) expect(span.flags).toEndWith(" <time>");
  });

  test("every example can be pasted: the program takes it", async () => {
    const all = [program(), ...groups(program())].flatMap(examplesOf);
    expect(all.length).toBeGreaterThan(40);
    for (const line of all) {
      const fresh = program();
      for (const command of groups(fresh)) command.action(() => {});
      const words = shellWords(line);
      await fresh.parseAsync(words, { from: "user" }).catch((error: Error) => {
        throw new Error(`${line}: ${error.message}`);
      });
    }
  });
});

describe.each(working)("%s", (name, line) => {
  test("for people in a pipe: words, no colours", async () => {
    await anew(name);
    const { code, out, err } = await attempt(line);
    expect([code, err.includes("error:")]).toEqual([0, false]);
    expect(out).not.toBe("");
    expect(out + err).toBe(Bun.stripANSI(out + err));
  });

  test("--json: one object in the envelope; --quiet: only the result", async () => {
    await anew(name);
    const json = await attempt(`${line} --json`);
    expect([json.code, json.out.trim().split("\n").length]).toEqual([0, 1]);
    expect(dataOf(json)).toBeObject();
    await anew(name);
    const quiet = await attempt(`${line} --quiet`);
    expect([quiet.code, quiet.err]).toEqual([0, ""]);
  });

  test("NO_COLOR and --no-color on a terminal: nothing is painted", async () => {
    // The option sets the same switch as the variable: it is tried on the commands that cost little.
    const costs = name === "seed run" || name === "migrate lint" || name === "migrate verify";
    for (const [more, env] of [
      ["", { ...ENV, NO_COLOR: "1" }],
      ...(costs ? [] : [[" --no-color", ENV] as const]),
    ] as const) {
      await anew(name);
      const { code, out } = await attempt(`${line}${more}`, { env, tty: true });
      expect([code, out]).toEqual([0, Bun.stripANSI(out)]);
    }
  });
});

describe.each(names)("%s", (name) => {
  test("an unknown option: 2, and what may have been meant", async () => {
    const line = `${name} ${ARGUMENTS[name] ?? ""} --jsno`;
    const { code, out, err } = await runVibes(line);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/unknown option '--jsno'[\s\S]*Did you mean --json\?/);
    const json = await runVibes(`${line} --json`);
    expect([json.code, json.err]).toEqual([2, ""]);
    expect(dataOf(json)).toMatchObject({ code: "USAGE", message: expect.stringContaining("--jsno") });
  });
});

test("an unknown command: 2, and what may have been meant", async () => {
  expect(await runVibes("migarte")).toMatchObject({
    code: 2,
    err: expect.stringContaining("Did you mean migrate?"),
  });
  expect(await runVibes("migrate stats")).toMatchObject({ code: 2, err: expect.stringContaining("status?") });
});

describe.each(needing)("%s without its database", (name) => {
  const line = `${name} ${ARGUMENTS[name] ?? ""}`;

  test("6, what to do, no password; the same in the envelope", async () => {
    const { code, out, err } = await runVibes(line, { env: AWAY });
    expect([code, out]).toEqual([6, ""]);
    expect(err).toContain("127.0.0.1:1/x");
    expect(err).toContain("hint: is it running?");
    const json = await runVibes(`${line} --json`, { env: AWAY });
    expect([json.code, dataOf(json).code]).toEqual([6, "DATABASE_UNREACHABLE"]);
    expect(err + json.out + json.err).not.toContain("hunter2");
  });

  test("Ctrl-C while it takes our connection and says nothing: 130", async () => {
    const { port } = silent.address() as net.AddressInfo;
    const connected = new Promise((resolve) => silent.once("connection", resolve));
    await using child = startChild(["cli/main.ts", ...line.trim().split(" ")], {
      env: { ...ENV, DATABASE_URL: `postgres://u@127.0.0.1:${port}/x` },
    });
    await connected;
    const { code, stdout } = await child.end("SIGINT");
    expect([code, stdout]).toEqual([130, ""]);
  });
});

test("a reader that has gone is no failure: | head", async () => {
  const long = ["openapi", "migrate dump", "config show", "completion bash", "migrate --help"];
  for (const line of long) {
    const child = Bun.spawn(
      ["sh", "-c", `"$0" cli/main.ts ${line} | head -c 1 > /dev/null`, process.execPath],
      {
        cwd: `${import.meta.dir}/../..`,
        env: { PATH: process.env.PATH ?? "", ...ENV },
        stderr: "pipe",
      },
    );
    const [said, code] = [await new Response(child.stderr).text(), await child.exited];
    expect([line, code, said]).toEqual([line, 0, ""]);
  }
});

test("a long result comes whole through a slow pipe", async () => {
  await using child = startChild(["cli/main.ts", "openapi"]);
  const { code, stdout } = await child.ended;
  expect([code, stdout.length > 65_536]).toEqual([0, true]);
  expect(JSON.parse(stdout).openapi).toBe("3.1.0");
});

/** Every command below, those that only hold others as well. */
function groups(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return visibleCommands(command).flatMap((child) => [child, ...groups(child)]);
}

/** Splits as a shell does, as far as our examples go: quotes, and no redirection. */
function shellWords(line: string): string[] {
  const [command = ""] = line.split(" > ");
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => {
    return single ?? double ?? plain ?? "";
  });
}

test("help loads neither the server nor the dashboard, so that no command pays for what it does not use", async () => {
  const script = `await import(${JSON.stringify(join(import.meta.dir, "../../cli/run.ts"))});
    console.log(JSON.stringify(Object.keys(require.cache)))`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  const loaded: string[] = JSON.parse(await new Response(child.stdout).text());
  expect(loaded.filter((path) => path.endsWith("cli/run.ts"))).toHaveLength(1);
  const heavy =
    /admin-tui|server\/(app|context|features|http|realtime)|node_modules\/(ink|react|elysia|ioredis|@faker-js)\//;
  expect(loaded.filter((path) => heavy.test(path))).toEqual([]);
});
