/** The first steps with `vibes dev`: what it prints can be pasted, and what it has made can be worked with. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createDatabase } from "../../../server/db/client.ts";
import { readHistories } from "../../../server/db/history.ts";
import { verifyEvidence } from "../../../server/features/reports/mod.ts";
import { type Child, startChild } from "../../harness/child.ts";
import { type DevReady, newDevFolder, postgresOf, removeDevFolders, startDev } from "../../harness/dev.ts";

const ROOT = join(import.meta.dir, "../../..");

// Processes start slowly while other tests run.
setDefaultTimeout(120_000);
afterAll(removeDevFolders);

/** As in a shell of whoever runs the tests: npx needs their home and what leads to the registry. */
function sh(lines: string) {
  return spawnSync("sh", ["-eu", "-c", lines], { cwd: ROOT, encoding: "utf8" });
}

/** The lines between the words and the end of what it prints for people. */
function walkOf(child: Child): string {
  return /in this folder\n\n([\s\S]*?)\n\nCtrl-C/.exec(child.stdout())?.[1] ?? "";
}

describe("the first steps", () => {
  const dataDir = newDevFolder();
  const env = { DATA_DIR: dataDir, LIMITS: "off" };
  const migrated: string[] = [];

  async function paste(): Promise<string[]> {
    await using dev = startChild(["cli/main.ts", "dev", "--port", "0"], { env });
    await dev.says(/Ctrl-C stops everything/);
    const { stdout, stderr, status } = sh(walkOf(dev));
    expect([status, stderr]).toEqual([0, ""]);
    await dev.end("SIGINT");
    migrated.push(...(dev.stderr().match(/^Migrated: .*$/m) ?? []));
    return stdout.replaceAll('}{"', '}\n{"').split("\n");
  }

  test("work when they are pasted, and again the next day", async () => {
    const answers = (await paste()).map((line) => JSON.parse(line));
    expect(answers.map(({ success }) => success)).toEqual([true, true, true, true]);
    const [accepted, sent, , { data }] = answers;
    expect(accepted.data.match_created).toBe(true);
    expect(data.conversations[0]).toMatchObject({
      id: sent.data.conversation_id,
      user: { name: "Ben Brook" },
      last_message: { content: "Gladly!" },
    });
    const again = (await paste()).map((line) => JSON.parse(line));
    expect(again.map(({ success }) => success)).toEqual([true, true, true]);
    expect(migrated).toHaveLength(1);
    expect((await Bun.file(join(ROOT, "README.md")).text()).split("\n")).toContain(migrated[0]!);
  });

  test("find reports in the queue, with evidence that holds, and a history that was declared", async () => {
    await using dev = (await startDev(dataDir)).child;
    const { url } = postgresOf(dataDir);
    const database = createDatabase({ url });
    const { now, declared } = await readHistories(database.sql);
    expect(declared).toBe(now);
    const rows = await database.sql<{ id: string }[]>`select id from user_reports`;
    expect(rows.length).toBeGreaterThanOrEqual(5);
    for (const { id } of rows) {
      expect(await verifyEvidence(database.sql, id)).toMatchObject({ ok: true });
    }
    await database.close();
    await dev.end("SIGINT");
  });

  test("name commands that print a token for each", async () => {
    await using dev = (await startDev(dataDir)).child;
    const { people, url } = JSON.parse(dev.stdout()).data as DevReady;
    for (const { token_command, name } of people) {
      const token = sh(token_command).stdout.trim();
      const answer = await fetch(`${url}/api/v1/users/profile`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect([answer.status, (await answer.json()).data.name]).toEqual([200, name]);
    }
    await dev.end("SIGINT");
  });
});
