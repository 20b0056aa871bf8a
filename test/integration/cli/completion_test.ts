/**
 * Completion in the shells themselves, on a pseudo-terminal, as people press Tab; those that are installed here.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { runChild } from "../../harness/child.ts";

const MAIN = join(import.meta.dir, "../../../cli/main.ts");
const PATIENCE_MS = 15_000;
const COLUMNS = 100;

/** How each shell is started with nothing of the user's, and what makes it ready. */
const SHELLS = {
  bash: { args: ["--norc", "--noprofile", "-i"], ready: (script: string) => `PS1='> '; source ${script}` },
  zsh: {
    args: ["-f", "-i"],
    ready: (script: string) => `PS1='> '; autoload -U compinit; compinit -u -D; source ${script}`,
  },
  fish: {
    args: ["--no-config", "-i"],
    ready: (script: string) => `function fish_prompt; echo '> '; end; source ${script}`,
  },
} as const;
type Shell = keyof typeof SHELLS;

let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "vibes-completion-"));
  const program = join(home, "vibes");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(program, 0o755);
  writeFileSync(join(home, "chosen.env"), "");
  for (const shell of Object.keys(SHELLS)) {
    const { stdout } = await runChild(["cli/main.ts", "completion", shell]);
    writeFileSync(join(home, `script.${shell}`), stdout);
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function openShell(shell: Shell) {
  const { args, ready } = SHELLS[shell];
  const screen = new Terminal({ cols: COLUMNS, rows: 40, allowProposedApi: true });
  let changed = Promise.withResolvers<void>();
  const child = Bun.spawn([Bun.which(shell)!, ...args], {
    cwd: home,
    env: { PATH: `${home}:${process.env.PATH}`, HOME: home, TERM: "xterm", LANG: "C.UTF-8" },
    terminal: {
      cols: COLUMNS,
      rows: 40,
      data(_, bytes) {
        screen.write(bytes, () => {
          changed.resolve();
          changed = Promise.withResolvers();
        });
      },
    },
  });
  // A terminal answers what it is asked: fish waits for that.
  screen.onData((answer) => void child.terminal?.write(answer));
  const text = () => {
    const { active } = screen.buffer;
    return Array.from(
      { length: active.length },
      (_, y) => active.getLine(y)?.translateToString(true) ?? "",
    ).join("\n");
  };
  async function shows(pattern: RegExp): Promise<void> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const over = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve()));
    while (!pattern.test(text())) {
      if (late.aborted) throw new Error(`${shell} never showed ${pattern}:\n${text()}`);
      await Promise.race([changed.promise, over]);
    }
  }
  const type = (keys: string) => void child.terminal!.write(keys);
  return {
    type,
    shows,
    async start() {
      type(`${ready(join(home, `script.${shell}`))}; echo re''ady\r`);
      await shows(/^ready$/m);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      child.terminal?.close();
      screen.dispose();
    },
  };
}

for (const shell of Object.keys(SHELLS) as Shell[]) {
  describe.skipIf(Bun.which(shell) === null)(shell, () => {
    test.concurrent(
      "completes commands, options and the values they take, and else files",
      async () => {
        await using terminal = openShell(shell);
        await terminal.start();
        const { type, shows } = terminal;
        type("vibes mig\t");
        await shows(/> vibes migrate $|> vibes migrate\s*$/m);
        type("st\t");
        await shows(/> vibes migrate status/);
        type("--js\t");
        await shows(/> vibes migrate status --json/);
        type("\u0015vibes users grant ana --role m\t");
        await shows(/> vibes users grant ana --role moderator/);
        type("\u0015vibes seed \t\t");
        await shows(/clear[\s\S]*plan[\s\S]*run/);
        type("\u0015vibes --config cho\t");
        await shows(/> vibes --config chosen\.env/);
      },
      { timeout: 60_000 },
    );
  });
}

test("what they ask is answered without a word on the other stream", async () => {
  const { code, stdout, stderr } = await runChild(["cli/main.ts", "__complete", "--", "seed", "pl"]);
  expect([code, stdout, stderr]).toEqual([
    0,
    "plan\tprint how much a run would generate; changes nothing\n",
    "",
  ]);
});
