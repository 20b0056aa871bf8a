/** A device is not notified of what it has received: said by the client, or known from its position and its pongs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createClient } from "../../../client/mod.ts";
import type { TestUser } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { openSocket } from "../../harness/socket.ts";
import { createWorld, type World } from "../../harness/world.ts";

let nodes: TestNodes;
let node: TestNode;
let world: World;
beforeAll(async () => {
  nodes = await startNodes(1);
  node = nodes.nodes[0]!;
  world = createWorld(node);
});
afterAll(() => nodes.close());

async function register({ token }: TestUser): Promise<void> {
  const body = { provider: "fcm", token: `token-of-${crypto.randomUUID()}`, preview: "none" };
  const answer = await node.request("PUT", "/api/v1/devices/current", { token, body });
  expect(answer.status).toBe(200);
}

async function state({ id }: TestUser): Promise<{ received: number; pushed: number; head: number }> {
  const [row] = await node.context.database.sql<{ received: number; pushed: number; head: number }[]>`
    select d.received_seq::float8 as received, d.pushed_seq::float8 as pushed, l.last_seq::float8 as head
    from devices d join user_logs l on l.user_id = d.user_id where d.user_id = ${id}
  `;
  return row!;
}

test("received moves the device, and no further than what was written to the socket", async () => {
  const { ana, ben } = await nodes.createPair();
  await register(ben);
  const socket = await openSocket(node.url, { token: ben.token });
  await world.say(ana, ben);
  await eventually(() => socket.frames.some(({ event }) => event === "new_message"));
  expect((await socket.call("received", { seq: 1_000_000 })).event).toBe("ack");
  await eventually(async () => {
    const { received, head } = await state(ben);
    return received === head;
  });
  await socket.close();
});

test("a position that a socket comes back with was received", async () => {
  const { ana, ben } = await nodes.createPair();
  await register(ben);
  await world.say(ana, ben);
  const { head } = await state(ben);
  const socket = await openSocket(node.url, { token: ben.token, since: head });
  await eventually(async () => (await state(ben)).received === head);
  await socket.close();
});

test("the client says it by itself, and is not notified", async () => {
  const { ana, ben } = await nodes.createPair();
  await register(ben);
  const client = createClient({ url: node.url, token: () => ben.token });
  await client.ready();
  const heard = new Promise((resolve) => client.on("new_message", resolve));
  await world.say(ana, ben);
  await heard;
  await eventually(async () => {
    const { received, head } = await state(ben);
    return received === head;
  });
  client.close();
});
