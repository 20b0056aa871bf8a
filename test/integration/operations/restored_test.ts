/**
 * A database that went back in time: positions that clients have seen are given to other events. `vibes db restored`
 * makes every client load its lists anew, once, and after it nobody misses anything; `vibes doctor` notices before.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Check } from "../../../cli/commands/doctor/checks.ts";
import { dataOf, runVibes } from "../../harness/cli.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { openSocket } from "../../harness/socket.ts";

let nodes: TestNodes;
let node: TestNode;
beforeAll(async () => {
  nodes = await startNodes(1);
  node = nodes.nodes[0]!;
});
afterAll(() => nodes.close());

const KEPT = ["messages", "user_events", "user_logs", "conversations"];
const env = () => ({
  NODE_ENV: "test",
  DATABASE_URL: node.databaseUrl,
  DATABASE_DIRECT_URL: node.ownerUrl,
  PORT: "0",
});
const open = (token: string, since?: number) => openSocket(node.url, { token, since });

/** @returns What puts these tables back to what they hold now, as a restored backup does. */
async function backup(): Promise<() => Promise<void>> {
  const database = node.owner;
  for (const table of KEPT) {
    await database.sql`create table ${database.sql(`kept_${table}`)} as table ${database.sql(table)}`;
  }
  return () =>
    database.begin(async (sql) => {
      for (const table of KEPT) {
        await sql`delete from ${sql(table)}`;
        const columns = await sql<{ name: string }[]>`
          select attname as name from pg_attribute
          where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''
        `;
        const names = sql(columns.map(({ name }) => name));
        await sql`insert into ${sql(table)} (${names}) select ${names} from ${sql(`kept_${table}`)}`;
        await sql`drop table ${sql(`kept_${table}`)}`;
      }
    });
}

async function historyCheck(): Promise<Check> {
  const { checks } = dataOf(await runVibes("doctor --json", { env: env() })) as { checks: Check[] };
  return checks.find(({ name }) => name === "history")!;
}

test("after `db restored` each client is told to load its lists once, and misses nothing that comes then", async () => {
  const { ana, ben } = await nodes.createPair();
  const [sender, connected, away] = [await open(ana.token), await open(ben.token), await open(ben.token)];
  const send = (content: string) => sender.call("send_message", { receiver_id: ben.id, content });
  await send("kept");
  const restore = await backup();
  for (const content of ["lost 1", "lost 2", "lost 3"]) await send(content);
  await eventually(() => away.all("new_message").length === 4, { what: "all four messages" });
  const position = away.logged().at(-1)!.seq!;
  await away.close();
  await restore();
  // Its position in the log is one that this client has seen: without the lift it would be taken for a repetition.
  expect((await send("after the restore")).event).toBe("ack");

  const restored = await runVibes("db restored", { env: env() });
  expect([restored.code, restored.out]).toEqual([0, expect.stringMatching(/^Lifted the logs of \d+ people/)]);

  const back = await open(ben.token, position);
  await back.event("caught_up");
  const head = back.all("caught_up")[0]!.data.seq;
  expect(back.frames.map(({ event }) => event).filter((event) => event !== "presence_snapshot")).toEqual([
    "authenticated",
    "resync_required",
    "caught_up",
  ]);
  expect(head).toBeGreaterThan(position);
  const live = await send("live");
  expect(live.event).toBe("ack");
  await back.find(({ data }) => data.content === "live");
  // A socket that was open all the time hears of it with the first event that comes.
  await connected.event("resync_required");
  expect(connected.all("resync_required")).toHaveLength(1);
  const again = await open(ben.token, head);
  await again.event("caught_up");
  expect(again.all("resync_required")).toEqual([]);
  expect(again.all("new_message").map(({ data }) => data.content)).toEqual(["live"]);
  await Promise.all([sender, connected, back, again].map((socket) => socket.close()));
});

test("doctor notices a history that nobody declared", async () => {
  const { sql } = node.owner;
  await runVibes("migrate up", { env: env() });
  expect(await historyCheck()).toMatchObject({ status: "ok" });
  // As a backup that was taken on another timeline.
  await sql`
    do $$ begin
      execute format('alter database %I set vibes.history = %L', current_database(), '7000000000000000000/41');
    end $$
  `;
  expect(await historyCheck()).toMatchObject({
    status: "fail",
    detail: expect.stringContaining("than was declared (7000000000000000000/41)"),
    hint: expect.stringContaining("vibes db restored"),
  });
  await runVibes("db restored", { env: env() });
  expect(await historyCheck()).toMatchObject({ status: "ok" });
});
