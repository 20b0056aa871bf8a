/**
 * Servers that are killed while they send notifications: another goes on, and repeats what they did not write down.
 * @module
 */
import { forEach } from "../../../cli/load/crowd.ts";
import { createRest } from "../../../client/mod.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Outcome } from "../outcome.ts";
import type { Arrived } from "../push_provider.ts";
import type { Row } from "../row.ts";
import type { World } from "../world.ts";

const NAME = "two of three nodes are killed while they notify (kill -9)";
const DEVICES = 200;
const KILLED = [0, 1];
/** Calls of the API at a time. */
const AT_ONCE = 8;
/** Of the provider's answers, so that each node has many notifications under way. */
const ANSWER_MS = 500;
/**
 * The lease of a dead sender ends after 60 s; then another node takes its devices. What a dead node had only remembered,
 * a search of the log finds, which looks once a minute at what is older than 20 s.
 */
const PATIENCE_MS = 150_000;

/** See the module. */
export const PUSH_ROWS: readonly Row[] = [
  // Its short form would be as long: it waits for the end of a lease.
  { name: NAME, on: ["one Redis"], longOnly: true, run },
];

interface Pair {
  readonly from: { readonly id: string; readonly token: string };
  readonly to: { readonly id: string; readonly token: string };
}

async function run(world: World): Promise<Outcome> {
  await using provider = world.spawn([
    "test/chaos/push_provider.ts",
    String(world.pushPort),
    String(ANSWER_MS),
  ]);
  await provider.says(/listening/);
  const pairs = await makePairs(world);
  const { url } = world.front;
  await forEach(pairs, AT_ONCE, async ({ to }) => {
    const rest = createRest({ url, token: to.token });
    await rest("/api/v1/devices/current", { method: "PUT", body: deviceOf(to) });
  });
  await forEach(pairs, AT_ONCE, async ({ from, to }) => {
    const body = { receiver_id: to.id, content: "Are you there?" };
    await createRest({ url, token: from.token })("/api/v1/messages/send", { method: "POST", body });
  });
  // Some of those under way are of the nodes that are killed.
  await eventually(async () => (await arrivedAt(world)).length >= DEVICES * 0.35, {
    withinMs: 30_000,
    what: "pushes",
  });
  const { sql } = world.database;
  await Promise.all(KILLED.map((index) => world.nodes[index]!.end("SIGKILL")));
  const killedAt = performance.now();
  const leases = await sql`select 1 from devices where lease is not null`;
  const isDone = async () => {
    const open = await sql`
      select 1 from devices d join user_logs l on l.user_id = d.user_id
      where d.due_at is not null or d.pushed_seq < l.last_seq
    `;
    return open.length === 0;
  };
  const problems: string[] = [];
  await eventually(isDone, { withinMs: PATIENCE_MS, what: "all devices" }).catch((error) =>
    problems.push((error as Error).message),
  );
  const tookMs = performance.now() - killedAt;
  const owed = await sql<{ token: string; head: number }[]>`
    select d.token, l.last_seq::float8 as head from devices d join user_logs l on l.user_id = d.user_id
  `;
  const judged = judge(await arrivedAt(world), owed);
  if (judged.lost > 0) problems.push(`${judged.lost} devices were never notified of the newest message`);
  if (judged.shownTwice > 0) problems.push(`${judged.shownTwice} conversations are on a screen twice`);
  await sql`delete from devices`;
  await Promise.all(KILLED.map((index) => world.replace(index, "SIGKILL")));
  const figures = [
    `devices ${owed.length}`,
    `lost ${judged.lost}`,
    `shown twice ${judged.shownTwice}`,
    `repeated under the same collapse id ${judged.repeated}`,
    `leases at the kill ${leases.length}`,
    `all notified after ${(tookMs / 1_000).toFixed(1)} s`,
  ];
  return { name: NAME, problems, figures };
}

function judge(arrived: readonly Arrived[], owed: readonly { token: string; head: number }[]) {
  const byToken = Map.groupBy(arrived, ({ to }) => to);
  const got = owed.map(({ token, head }) => ({ head, all: byToken.get(token) ?? [] }));
  return {
    lost: got.filter(({ head, all }) => !all.some(({ seq }) => seq === head)).length,
    shownTwice: got.filter(({ all }) => new Set(all.map(({ collapseId }) => collapseId)).size > 1).length,
    repeated: got.reduce((sum, { all }) => sum + Math.max(0, all.length - 1), 0),
  };
}

/** People with an open conversation, by the command that makes them for load tests. */
async function makePairs(world: World): Promise<Pair[]> {
  const args = ["cli/main.ts", "load", "people", "chat-pairs", "--users", String(2 * DEVICES)];
  const { code, stdout, stderr } = await world.spawn(args, { env: world.keys() }).ended;
  if (code !== 0) throw new Error(`Cannot make people: ${stderr}`);
  const { people, links } = JSON.parse(stdout) as {
    people: Pair["from"][];
    links: { a: number; b: number }[];
  };
  return links.map(({ a, b }) => ({ from: people[a]!, to: people[b]! }));
}

const deviceOf = ({ id }: { id: string }) => ({
  provider: "expo",
  token: `ExponentPushToken[${id}]`,
  preview: "none",
});

async function arrivedAt({ pushPort }: World): Promise<Arrived[]> {
  return (await (await fetch(`http://127.0.0.1:${pushPort}/arrived`)).json()) as Arrived[];
}
