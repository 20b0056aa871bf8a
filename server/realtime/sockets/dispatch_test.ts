/** Where sends are confirmed, step by step: answers of the service and the log's events in every order. */
import { expect, test } from "bun:test";
import { openFakeSocket } from "../../../test/harness/fake_socket.ts";
import type { MessageService, SentMessage } from "../../features/messages/mod.ts";
import { Member, Phase } from "../people/member.ts";
import { PersonEvent } from "../people/person_event.ts";
import { createDispatch } from "./dispatch.ts";

/** A live socket before position 2 of a log whose head is 2, and a service that stores one message, once. */
function setUp() {
  const { connection, frames } = openFakeSocket();
  connection.member = new Member(crypto.randomUUID());
  connection.phase = Phase.Live;
  connection.member.head = 2;
  connection.seq = 1;
  let stored: SentMessage | undefined;
  const messages: Pick<MessageService, "send" | "markRead"> = {
    async send(_, { messageId }) {
      stored ??= {
        message_id: messageId!,
        conversation_id: crypto.randomUUID(),
        seq: 1,
        message: "Message sent successfully",
        created_at: new Date(0).toISOString(),
      };
      return stored;
    },
    markRead: () => Promise.reject(new Error("not asked for")),
  };
  const dispatch = createDispatch({
    messages,
    limits: { consume: async () => undefined as never },
    typing: undefined as never,
    received: () => {},
    watch: () => {},
  });
  const data = { receiver_id: crypto.randomUUID(), content: "once", client_message_id: "k" };
  return {
    connection,
    frames,
    /** As the receiver does it. */
    async send(id: string) {
      const answer = await dispatch(connection, { event: "send_message", data, id });
      if (answer) connection.send(connection.codec.ack(id, JSON.stringify(answer)));
    },
    /** The message's event reaches the socket. */
    pass() {
      connection.seq = 2;
      return connection.confirm(new PersonEvent("new_message", { data: { ...stored }, seq: 2 }));
    },
    acks: () => frames.map(({ id, seq }) => [id, seq]),
  };
}

test("a send is confirmed at its event's place, and so are its retries, each frame once", async () => {
  const t = setUp();
  for (const id of ["a", "a", "b"]) await t.send(id);
  expect(t.acks()).toEqual([]);
  expect(t.pass()).toBe(true);
  expect(t.acks()).toEqual([
    ["a", 2],
    ["b", 2],
  ]);
});

test("a retry after the event, or of what another socket has sent, is confirmed at once and without a place", async () => {
  const t = setUp();
  await t.send("a");
  t.pass();
  await t.send("b");
  expect(t.acks()).toEqual([
    ["a", 2],
    ["b", undefined],
  ]);
  expect(t.pass()).toBe(false);
});

test("retries wait until the head of the log where a block hides the event", async () => {
  const t = setUp();
  for (const id of ["a", "b"]) await t.send(id);
  t.connection.seq = 2;
  t.connection.confirmOverdue();
  expect(t.acks()).toEqual([
    ["a", undefined],
    ["b", undefined],
  ]);
});
