/**
 * A sender that dies between any two steps: the next one finishes, no notification is lost, and a duplicate
 * replaces the first one on the screen.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Sql } from "../../../server/db/client.ts";
import { PushSender } from "../../../server/features/push/sender.ts";
import { createTestApp, type TestApp } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { RecordingProvider } from "../../harness/push/recording_provider.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
beforeAll(async () => {
  app = await createTestApp();
  world = createWorld(app);
});
afterAll(() => app.close());

/** A database that a process reaches only so often: from then on it hears nothing more, as a killed one. */
function mortal(sql: Sql, lives: number): { sql: Sql; isDead: () => boolean } {
  let used = 0;
  const dying = new Proxy(sql, {
    apply(target, self, args) {
      const isTemplate = Array.isArray(args[0]) && "raw" in args[0];
      if (isTemplate && used++ >= lives) return new Promise(() => {});
      return Reflect.apply(target as never, self, args);
    },
  });
  return { sql: dying, isDead: () => used > lives };
}

test("a death between any two steps neither loses nor doubles what is on the screen", async () => {
  const { sql } = app.context.database;
  const [ana, ben] = [await app.createUser(), await app.createUser()];
  await world.befriend(ana, ben);
  await app.request("PUT", "/api/v1/devices/current", {
    token: ben.token,
    body: { provider: "fcm", token: "device-token", preview: "none" },
  });
  const state = async () => {
    const [row] = await sql<{ pushed: number; head: number; isDue: boolean }[]>`
      select d.pushed_seq::float8 as pushed, l.last_seq::float8 as head, d.due_at is not null as is_due
      from devices d join user_logs l on l.user_id = d.user_id where d.user_id = ${ben.id}
    `;
    return row!;
  };
  const isDone = async () => {
    const { pushed, head, isDue } = await state();
    return pushed === head && !isDue;
  };
  const start = (provider: RecordingProvider, database: { sql: Sql }) => {
    const onError = () => {};
    const sender = new PushSender({ database, provider, graceMs: 0, pollMs: 20, onError });
    sender.start();
    return sender;
  };
  let deaths = 0;
  let doubled = 0;
  for (let lives = 0; lives < 60; lives++) {
    await world.write(ana, ben, [`message ${lives}`]);
    const { head } = await state();
    await sql`update devices set due_at = now(), hinted_seq = ${head} where user_id = ${ben.id}`;
    const provider = new RecordingProvider();
    const { sql: dying, isDead } = mortal(sql, lives);
    const first = start(provider, { sql: dying });
    await eventually(async () => isDead() || (await isDone()));
    if (!isDead()) {
      await first.close();
      break;
    }
    deaths++;
    // Its lease ends.
    await sql`update devices set due_at = now() where user_id = ${ben.id} and due_at is not null`;
    const second = start(provider, { sql });
    await eventually(isDone);
    await second.close();
    expect(provider.sent.length).toBeWithin(1, 3);
    expect(new Set(provider.sent.map(({ notice }) => notice.collapseKey)).size).toBe(1);
    expect(provider.sent.at(-1)!.notice.seq).toBe(head);
    if (provider.sent.length === 2) doubled++;
  }
  // Each step was died at, and one of them is the one between sending and writing it down.
  expect(deaths).toBeGreaterThan(5);
  expect(doubled).toBeGreaterThan(0);
}, 120_000);
