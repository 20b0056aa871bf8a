/**
 * Access to every socket event for every kind of sender, generated from the event catalogue: an event without
 * a row fails, and so does a row without an event. A refused event reaches nobody.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CLIENT_EVENTS } from "../../../server/protocol/events.ts";
import { ACTORS, type Actor } from "../../harness/actors.ts";
import type { TestUser } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { openSocket, TestSocket } from "../../harness/socket.ts";

/** `ack`, another answering event, or the code of the error. */
type Row = readonly [string, string, string, string, string, string, string, string];

const NO = "UNAUTHORIZED";
const OUT = "FORBIDDEN";
const NO_TALK = "CONVERSATION_NOT_FOUND";
const NO_MESSAGE = "MESSAGE_NOT_FOUND";
const IN = "authenticated";

/** The owner has sent the message; the peer has received it. Staff stand to both as strangers do. */
const MATRIX: Readonly<Record<string, Row>> = {
  authenticate: [NO, IN, IN, IN, IN, OUT, IN, IN],
  send_message: [NO, "ack", "ack", "USER_BLOCKED", NO_TALK, OUT, NO_TALK, NO_TALK],
  mark_read: [NO, "UNAUTHORIZED_ACTION", "ack", "USER_BLOCKED", NO_MESSAGE, OUT, NO_MESSAGE, NO_MESSAGE],
  typing_start: [NO, "ack", "ack", "USER_BLOCKED", NO_TALK, OUT, NO_TALK, NO_TALK],
  typing_stop: [NO, "ack", "ack", "USER_BLOCKED", NO_TALK, OUT, NO_TALK, NO_TALK],
  received: [NO, "ack", "ack", "ack", "ack", OUT, "ack", "ack"],
  admin_subscribe: [NO, OUT, OUT, OUT, OUT, OUT, "ack", "ack"],
};

let nodes: TestNodes;
let node: TestNode;
beforeAll(async () => {
  nodes = await startNodes(1);
  node = nodes.nodes[0]!;
});
afterAll(() => nodes.close());

interface Scene {
  readonly ana: TestUser;
  readonly ben: TestUser;
  readonly conversationId: string;
  readonly messageId: string;
  readonly actor: TestUser | undefined;
}

async function createScene(who: Actor): Promise<Scene> {
  const { ana, ben, conversationId } = await nodes.createPair();
  const body = { receiver_id: ben.id, content: "the message" };
  const sent = await node.request("POST", "/api/v1/messages/send", { token: ana.token, body });
  const scene = { ana, ben, conversationId, messageId: sent.body.data.message_id };
  switch (who) {
    case "anonymous":
      return { ...scene, actor: undefined };
    case "owner":
      return { ...scene, actor: ana };
    case "peer":
      return { ...scene, actor: ben };
    case "blocked":
      await node.request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token, body: {} });
      return { ...scene, actor: ben };
    case "suspended":
      await node.context.database.sql`
        update users set suspended_until = now() + interval '1 day' where id = ${ben.id}
      `;
      return { ...scene, actor: ben };
    case "stranger":
      return { ...scene, actor: await nodes.createUser() };
    default:
      return { ...scene, actor: await nodes.createUser({ role: who }) };
  }
}

function dataOf(event: string, { ana, ben, conversationId, messageId, actor }: Scene): object {
  const receiver = actor?.id === ben.id ? ana.id : ben.id;
  return (
    {
      authenticate: { token: actor?.token ?? "nobody's" },
      send_message: { receiver_id: receiver, content: "from the actor" },
      mark_read: { message_id: messageId },
      typing_start: { conversation_id: conversationId },
      typing_stop: { conversation_id: conversationId },
      received: { seq: 1 },
      admin_subscribe: { stats: true },
    }[event] ?? {}
  );
}

/** What came back, and what the two people heard of it. */
async function play(event: string, scene: Scene): Promise<{ outcome: string; heard: string[] }> {
  const people = [scene.ana, scene.ben].filter(({ id }) => id !== scene.actor?.id);
  const listeners = await Promise.all(people.map(({ token }) => openSocket(node.url, { token })));
  const socket = new TestSocket(node.url);
  await socket.opened;
  const first = event === "authenticate" || !scene.actor ? undefined : scene.actor.token;
  if (first !== undefined) await socket.call("authenticate", { token: first });
  // Whoever is let in nowhere has had the answer already.
  const refused = socket.frames.find((frame) => frame.event === "error");
  const answer = refused ?? (await socket.call(event, dataOf(event, scene)));
  const outcome = answer.event === "error" ? answer.data.code : answer.event;
  const news = ["new_message", "message_read", "user_typing"];
  if (outcome === "ack" && !["typing_stop", "received", "admin_subscribe"].includes(event)) {
    await eventually(() =>
      listeners.some(({ frames }) => frames.some((frame) => news.includes(frame.event))),
    );
  }
  for (const listener of listeners) await listener.call("mark_read", { message_id: crypto.randomUUID() });
  const heard = listeners.flatMap(({ frames }) => frames.map((frame) => frame.event));
  socket.ws.close();
  await Promise.all(listeners.map((listener) => listener.close()));
  return { outcome, heard: heard.filter((name) => news.includes(name)) };
}

test("every event has a row, every row an event", () => {
  expect(Object.keys(MATRIX).sort()).toEqual(Object.keys(CLIENT_EVENTS).sort());
});

for (const [event, row] of Object.entries(MATRIX)) {
  describe(event, () => {
    for (const [index, who] of ACTORS.entries()) {
      test(`${who}: ${row[index]}`, async () => {
        const { outcome, heard } = await play(event, await createScene(who));
        expect(outcome).toBe(row[index]!);
        if (outcome !== "ack") expect(heard).toEqual([]);
      });
    }
  });
}
