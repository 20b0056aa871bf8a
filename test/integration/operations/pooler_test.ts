/** The server behind a pooler in transaction mode, which lends each of its statements another session. @module */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { setRoleDefaults } from "../../../server/db/server_role.ts";
import { createTestApp, type TestApp } from "../../harness/app.ts";
import { runVibes } from "../../harness/cli.ts";
import { findViolations } from "../../harness/invariants.ts";
import { hasPgbouncer, startPgbouncer, type TestPgbouncer } from "../../harness/pgbouncer.ts";
import { createWorld } from "../../harness/world.ts";

const SENDS = 25;

describe.skipIf(!hasPgbouncer)("behind pgbouncer in transaction mode", () => {
  let pooler: TestPgbouncer;
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({
      env: { DATABASE_POOLER: "transaction" },
      async through(url) {
        // Fewer sessions than the server has connections.
        pooler = await startPgbouncer(url, { mode: "transaction", sessions: 3 });
        await setRoleDefaults(url);
        return pooler.url;
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await pooler.stop();
  });

  test("people match, write at once, read, block and leave; nothing is lost", async () => {
    const world = createWorld(app);
    const people = await Promise.all([1, 2, 3].map(() => app.createUser({ premium: true })));
    const [ana, ben, cleo] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
    const conversationId = await world.befriend(ana, ben);
    await world.match(ana, cleo);
    const sent = await Promise.all(
      Array.from({ length: SENDS }, (_, n) =>
        n % 2 === 0 ? world.say(ana, ben, { content: `${n}` }) : world.say(cleo, ana, { content: `${n}` }),
      ),
    );
    const last = sent.filter(({ conversation_id }) => conversation_id === conversationId).at(-1)!;
    const read = await world.call(ben, `PUT /messages/${last.message_id}/read`);
    expect(read.status).toBe(200);
    const { body } = await world.call(ben, `GET /conversations/${conversationId}/messages?limit=50`);
    expect(body.data.messages).toHaveLength(1 + Math.ceil(SENDS / 2));
    await world.block(cleo, ana);
    await world.leave(ben);
    expect(await findViolations(app.owner.sql)).toEqual([]);
    expect((await app.request("GET", "/readyz")).status).toBe(200);
  });

  test("its sessions have the timeouts of the role, and keep none of the server's settings", async () => {
    const { sql } = app.context.database;
    const settings = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const [row] = await sql<[{ timeout: string; generic: string }]>`
          select current_setting('statement_timeout') as timeout, current_setting('plan_cache_mode') as generic
        `;
        return row;
      }),
    );
    expect(new Set(settings.map(({ timeout }) => timeout))).toEqual(new Set(["2700ms"]));
    expect(new Set(settings.map(({ generic }) => generic))).toEqual(new Set(["auto"]));
  });

  test("migrations are refused there, their state is told, and the direct way works", async () => {
    const env = { NODE_ENV: "test", DATABASE_POOLER: "transaction", DATABASE_URL: pooler.url };
    const refused = await runVibes("migrate up", { env });
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("DATABASE_DIRECT_URL")]);
    expect((await runVibes("migrate status --check", { env })).code).toBe(0);
    const direct = { ...env, DATABASE_DIRECT_URL: app.ownerUrl };
    expect((await runVibes("migrate up", { env: direct })).code).toBe(0);
  });
});
