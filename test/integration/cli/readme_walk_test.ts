/**
 * The README's walk, run as it stands there, against a server on a fresh database: in every POSIX shell that is
 * installed, with Bun on the path, and with the README's function where only Node and npm are.
 * @module
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { startServer } from "../../../server/listen.ts";
import { createTestApp, TEST_SECRET } from "../../harness/app.ts";
import { pathWithout } from "../../harness/path_without.ts";

const ROOT = `${import.meta.dir}/../../..`;
const readme = await Bun.file(`${ROOT}/README.md`).text();
const walk = /<!-- walk -->\n```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
/** What the README tells people to define who have no Bun. */
const throughNpx = /`(bun\(\) \{[^`]*\})`/.exec(readme)?.[1] ?? "";

const withoutBun = pathWithout(["bun", "bunx"]);
const withBun = pathWithout(["bun", "bunx"]);
symlinkSync(process.execPath, join(withBun, "bun"));
afterAll(() => {
  for (const folder of [withBun, withoutBun]) rmSync(folder, { recursive: true });
});

// npx looks at the registry for each command.
setDefaultTimeout(120_000);

describe.each(["bash", "dash", "zsh"])("in %s", (shell) => {
  describe.skipIf(Bun.which(shell) === null)(
    "the walk signs people up, they meet, chat, and one blocks",
    () => {
      test("with Bun on the path", () => takeWalk(shell, walk, withBun));
      // The function is the same in every shell; the one with the fewest extensions is the hardest.
      if (shell !== "dash") return;
      test.skipIf(Bun.which("npx") === null)("with Node and npm only", () =>
        takeWalk(shell, `${throughNpx}\n${walk}`, withoutBun),
      );
    },
  );
});

async function takeWalk(shell: string, script: string, path: string): Promise<void> {
  const app = await createTestApp();
  const server = await startServer(app.context, { host: "127.0.0.1", port: 0 });
  const child = Bun.spawn([Bun.which(shell)!, "-eu"], {
    cwd: ROOT,
    stdin: new Blob([script]),
    stderr: "pipe",
    env: {
      ...process.env,
      PATH: path,
      API: `${server.url}/api/v1`,
      DATABASE_URL: app.databaseUrl,
      JWT_SECRET: TEST_SECRET,
    },
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const code = await child.exited;
  await server.stop();
  await app.close();
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const [pending, accepted, read, list, sync, reported, blocked, refused, ...rest] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rest).toEqual([]);
  expect(pending.data.requests[0]).toMatchObject({ status: "pending", sender: { name: "Leo" } });
  expect(accepted.data).toMatchObject({ message: "Request accepted successfully", match_created: true });
  expect(read.data.message).toBe("Message marked as read");
  expect(list.data.conversations[0].last_message.content).toBe("The old quarry one! Do you hike?");
  expect(sync.data.events.at(-1).event).toBe("message_read");
  expect(reported.data.message).toBe("Report submitted successfully");
  expect(blocked.data.message).toBe("User blocked successfully");
  expect(refused.error.code).toBe("USER_BLOCKED");
}
