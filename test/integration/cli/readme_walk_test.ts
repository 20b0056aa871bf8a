/**
 * The README's walk, run as it stands there, against a server on a fresh database.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type RunningServer, startServer } from "../../../server/listen.ts";
import { createTestApp, TEST_SECRET, type TestApp } from "../../harness/app.ts";

const ROOT = `${import.meta.dir}/../../..`;

let app: TestApp;
let server: RunningServer;

beforeAll(async () => {
  app = await createTestApp();
  server = await startServer(app.context, { host: "127.0.0.1", port: 0 });
});

afterAll(async () => {
  await server.stop();
  await app.close();
});

test("the walk signs two people up, lets them meet and chat, and ends with a block", async () => {
  const readme = await Bun.file(`${ROOT}/README.md`).text();
  const [, script] = /<!-- walk -->\n```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  const shell = Bun.spawn(["bash", "-eu"], {
    cwd: ROOT,
    stdin: new Blob([`bun() { "${process.execPath}" "$@"; }\n${script}`]),
    stderr: "pipe",
    env: {
      ...process.env,
      API: `${server.url}/api/v1`,
      DATABASE_URL: app.databaseUrl,
      JWT_SECRET: TEST_SECRET,
    },
  });
  const [out, err] = await Promise.all([
    new Response(shell.stdout).text(),
    new Response(shell.stderr).text(),
  ]);
  expect({ code: await shell.exited, err }).toEqual({ code: 0, err: "" });
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
});
