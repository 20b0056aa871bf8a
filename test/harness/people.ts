/**
 * People who know each other, for tests that begin after the first hello.
 * @module
 */

import { appendMessage } from "../../server/features/conversations/mod.ts";
import type { TestApp, TestUser } from "./app.ts";

/** Matches two people by a request and its acceptance. @returns Their conversation. */
export async function befriend(app: TestApp, ...[a, b]: [TestUser, TestUser]): Promise<string> {
  const sent = await app.request("POST", "/api/v1/messages/request", {
    token: a.token,
    body: { receiver_id: b.id, content: "hello" },
  });
  const { request_id: id } = sent.body.data;
  const answer = await app.request("POST", `/api/v1/messages/request/${id}/respond`, {
    token: b.token,
    body: { action: "accept" },
  });
  if (answer.status !== 200) throw new Error(`Cannot befriend: ${JSON.stringify([sent.body, answer.body])}`);
  return answer.body.data.conversation_id;
}

/** Lets one person write to the other, in an active conversation. @returns The messages' ids, in order. */
export async function write(
  app: TestApp,
  conversationId: string,
  { from, to, texts }: { from: TestUser; to: TestUser; texts: readonly string[] },
): Promise<string[]> {
  const ids: string[] = [];
  for (const content of texts) {
    const message = await app.context.write((work) =>
      appendMessage(work, {
        conversationId,
        senderId: from.id,
        receiverId: to.id,
        content,
        messageType: "text",
      }),
    );
    ids.push(message.id);
  }
  return ids;
}

/** A durable event in somebody's log. */
export interface LoggedEvent {
  readonly seq: number;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into data of any shape
  readonly data: any;
}

/** @returns Somebody's log of durable events, oldest first; of one kind when it is named. */
export async function eventsOf(app: TestApp, userId: string, event?: string): Promise<LoggedEvent[]> {
  const rows = await app.context.database.sql<LoggedEvent[]>`
    select seq::int, event, data from user_events where user_id = ${userId} order by seq
  `;
  return rows.filter((row) => event === undefined || row.event === event).map((row) => ({ ...row }));
}
