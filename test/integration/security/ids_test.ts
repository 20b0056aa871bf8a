/**
 * Ids in upper case on every route and every event of both framings: accepted, and answered and stored in
 * canonical form. Generated from the routes and the event catalogue.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { TransformKind, type TSchema } from "@sinclair/typebox";
import { io } from "socket.io-client";
import { CLIENT_EVENTS, type ClientEventName } from "../../../server/protocol/events.ts";
import { createTestApp } from "../../harness/app.ts";
import { dump } from "../../harness/dump.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { pathOf, prepareCall } from "../../harness/route_calls.ts";
import { openSocket } from "../../harness/socket.ts";

const UUID = /(?<=["=])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=["&])/g;
const NOT_CANONICAL = /(?=[0-9a-f-]*[A-F])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/g;

/** @returns The same value with every id in upper case, but not what only holds one, such as a device's token. */
function shout<T>(value: T): T {
  if (value === undefined) return value;
  return JSON.parse(JSON.stringify(value).replaceAll(UUID, (id) => id.toUpperCase()));
}

const app = await createTestApp();
afterAll(app.close);
const moderator = await app.createUser({ role: "moderator" });
const routes = app.app.routes.filter(({ path }) => path.startsWith("/api/"));

test("every route that takes an id makes it canonical, and so does every event", () => {
  const inputs = [
    ...app.app.routes.flatMap(({ method, path, hooks }) =>
      ["params", "query", "headers", "body"].map((part): [string, TSchema | undefined] => [
        `${method} ${path} ${part}`,
        (hooks as unknown as Record<string, TSchema | undefined>)[part],
      ]),
    ),
    ...Object.entries(CLIENT_EVENTS).map(([name, { data }]): [string, TSchema] => [name, data]),
  ];
  const ids = inputs.flatMap(([name, schema]) => (schema ? idsIn(schema, name) : []));
  expect(ids.length).toBeGreaterThan(30);
  expect(ids.filter(({ decoded }) => !decoded)).toEqual([]);
});

function idsIn(schema: TSchema, path: string): { path: string; decoded: boolean }[] {
  const parts: [string, TSchema][] = [
    ...Object.entries((schema.properties ?? {}) as Record<string, TSchema>),
    ...(schema.anyOf ?? []).map((option: TSchema): [string, TSchema] => ["", option]),
    ...(schema.items ? [["[]", schema.items] as [string, TSchema]] : []),
  ];
  const own = /\{8\}-/.test(schema.pattern ?? "") ? [{ path, decoded: TransformKind in schema }] : [];
  return [...own, ...parts.flatMap(([key, part]) => idsIn(part, `${path}.${key}`))];
}

describe.each(routes.map(({ method, path }) => [`${method} ${path}`, method] as const))(
  "%s",
  (name, method) => {
    test("takes its ids in upper case, and answers none", async () => {
      const { call, token } = await prepareCall(app, name, moderator);
      const { params, query, body } = shout({ params: call.params, query: call.query, body: call.body });
      const answer = await app.request(method, pathOf(name, { params, query }), { token, body });
      // GET /media/:id redirects to a signed link.
      expect([answer.status < 400, answer.body]).toEqual([true, expect.anything()]);
      const said = JSON.stringify([answer.body, answer.headers.get("location")]);
      expect(said.match(NOT_CANONICAL) ?? []).toEqual([]);
    });
  },
);

test("none of them was stored as it came", async () => {
  const stored = JSON.stringify(await dump(app.context.database.sql));
  expect(stored.match(NOT_CANONICAL) ?? []).toEqual([]);
});

describe("sockets", () => {
  let nodes: TestNodes;
  let node: TestNode;
  beforeAll(async () => {
    nodes = await startNodes(1);
    node = nodes.nodes[0]!;
  });
  afterAll(() => nodes.close());

  /** Data of every event that names something, ids as they are. */
  const DATA: Partial<
    Record<ClientEventName, (at: Record<"conversation" | "message" | "ana", string>) => object>
  > = {
    send_message: ({ conversation, ana }) => ({
      receiver_id: ana,
      conversation_id: conversation,
      content: "Hi",
    }),
    mark_read: ({ message }) => ({ message_id: message }),
    typing_start: ({ conversation }) => ({ conversation_id: conversation }),
    typing_stop: ({ conversation }) => ({ conversation_id: conversation }),
  };

  test("every event that takes an id is tried", () => {
    const taking = Object.entries(CLIENT_EVENTS).filter(([name, { data }]) => idsIn(data, name).length > 0);
    expect(taking.map(([name]) => name).sort()).toEqual(Object.keys(DATA).sort());
  });

  test.each(["json", "socketio"] as const)("%s: ids in upper case are the same ids", async (framing) => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const sent = await node.request("POST", "/api/v1/messages/send", {
      token: ana.token,
      body: { receiver_id: ben.id, content: "Hello" },
    });
    const at = { conversation: conversationId, message: sent.body.data.message_id, ana: ana.id };
    const listener = await openSocket(node.url, { token: ana.token });
    const heard = (event: string, count = 1) =>
      eventually(() => listener.all(event)[count - 1], { what: `${event} ${count}` });
    const answers: unknown[] = [];
    const { emit, close } = await connect(framing, ben.token);
    const say = async (event: ClientEventName) => answers.push(await emit(event, shout(DATA[event]!(at))));

    await say("typing_start");
    expect((await heard("user_typing")).data).toMatchObject({
      conversation_id: conversationId,
      is_typing: true,
    });
    // In the other spelling.
    answers.push(await emit("typing_stop", DATA.typing_stop!(at)));
    expect((await heard("user_typing", 2)).data).toMatchObject({
      conversation_id: conversationId,
      is_typing: false,
    });
    await say("send_message");
    expect((await heard("new_message")).data).toMatchObject({
      conversation_id: conversationId,
      receiver_id: ana.id,
    });
    await say("mark_read");
    await say("typing_stop");
    expect(JSON.stringify([answers, listener.frames]).match(NOT_CANONICAL) ?? []).toEqual([]);
    close();
    await listener.close();
  });

  async function connect(framing: "json" | "socketio", token: string) {
    if (framing === "json") {
      const socket = await openSocket(node.url, { token });
      const emit = async (event: string, data: object) => {
        const answer = await socket.call(event, data);
        expect(answer).toMatchObject({ event: "ack" });
        return answer;
      };
      return { emit, close: () => socket.ws.close() };
    }
    const socket = io(node.url, { transports: ["websocket"], forceNew: true, auth: { token } });
    await new Promise((resolve) => socket.once("authenticated", resolve));
    const emit = async (event: string, data: object) => {
      const answer = await socket.emitWithAck(event, data);
      expect(answer).toMatchObject({ success: true });
      return answer;
    };
    return { emit, close: () => socket.disconnect() };
  }
});
