/**
 * The calls of requests, likes and matches, by name, for the tests of this folder.
 * @module
 */
import { appendMessage, openConversation } from "../../../server/features/conversations/mod.ts";
import type { TestUser as Person, TestApp, TestRequest } from "../../harness/app.ts";

export type { TestApp, TestUser as Person } from "../../harness/app.ts";

const V1 = "/api/v1";

export function createFlow(t: TestApp) {
  const { sql } = t.context.database;
  return {
    ask: (
      from: Person,
      to: { id: string },
      { content = "Hi there", ...more }: Record<string, unknown> = {},
    ) =>
      t.request("POST", `${V1}/messages/request`, {
        token: from.token,
        body: { receiver_id: to.id, content, ...more },
      }),
    respond: (by: Person, requestId: string, action: string) =>
      t.request("POST", `${V1}/messages/request/${requestId}/respond`, { token: by.token, body: { action } }),
    cancel: (by: Person, requestId: string) =>
      t.request("DELETE", `${V1}/messages/request/${requestId}`, { token: by.token }),
    requests: (by: Person, query = "") =>
      t.request("GET", `${V1}/messages/requests${query}`, { token: by.token }),
    act: (by: Person, target: { id: string }, action_type: string) =>
      t.request("POST", `${V1}/discovery/action`, {
        token: by.token,
        body: { target_id: target.id, action_type },
      }),
    feed: (by: Person, query = "") =>
      t.request("GET", `${V1}/discovery/profiles${query}`, { token: by.token }),
    matches: (by: Person, query = "") => t.request("GET", `${V1}/matches${query}`, { token: by.token }),
    unmatch: (by: Person, matchId: string) =>
      t.request("DELETE", `${V1}/matches/${matchId}`, { token: by.token }),
    call: (line: string, options?: TestRequest) => {
      const [method, path] = line.split(" ") as [string, string];
      return t.request(method, V1 + path, options);
    },

    /** A block as far as these features see it; the real one also cancels and ends things. */
    block: (by: Person, whom: Person) => sql`
      insert into user_blocks (id, blocker_id, blocked_id) values (${Bun.randomUUIDv7()}, ${by.id}, ${whom.id})
    `,
    /** What a premium account's first message does: a conversation without a match. */
    direct: (from: Person, to: Person) =>
      t.context.write(async (work) => {
        const people = { a: from.id, b: to.id, awaitingReplyFrom: to.id };
        const { conversationId } = await openConversation(work, people);
        await appendMessage(work, {
          ...{ conversationId, senderId: from.id, receiverId: to.id, content: "Hello", messageType: "text" },
        });
        return conversationId;
      }),
    /** The durable events of a person, in order. */
    async events(of: Person): Promise<{ event: string; data: Record<string, unknown> | null }[]> {
      const rows = await sql<{ event: string; data: Record<string, unknown> | null }[]>`
        select event, data from user_events where user_id = ${of.id} order by seq
      `;
      return rows.map(({ event, data }) => ({ event, data }));
    },
  };
}
