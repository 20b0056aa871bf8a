/**
 * The people of a test and what they do to each other, each by the call of the API that their client would make.
 * @module
 */
import { codeIn, type TestAnswer, type TestApp, type TestUser } from "./app.ts";

/** Somebody who can act: every {@link TestUser}. */
type Person = Pick<TestUser, "id" | "token">;

/** Somebody to whom something is done. */
type Other = Pick<TestUser, "id">;

/** A durable event in somebody's log. */
export interface LoggedEvent {
  readonly seq: number;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into data of any shape
  readonly data: any;
}

/** See {@link createWorld}. */
export type World = ReturnType<typeof createWorld>;

/**
 * What people do, by name. Methods that name a change that must succeed (match, befriend, say, write, block, unmatch,
 * leave) throw when it does not; the others give the answer, whatever it is.
 *
 * @example
 * ```ts
 * const world = createWorld(app);
 * const conversationId = await world.befriend(ana, ben);
 * expect((await world.send(ben, ana, { content: "Hi" })).status).toBe(201);
 * ```
 */
export function createWorld({ request, createUser, context, mails }: TestApp) {
  const { sql } = context.database;

  /** @param line The method and the path behind `/api/v1`: `GET /matches?limit=2`. */
  async function call(by: Person | undefined, line: string, body?: unknown): Promise<TestAnswer> {
    const [method = "", path = ""] = line.split(" ");
    return await request(method, `/api/v1${path}`, { token: by?.token, body });
  }

  async function succeed(by: Person | undefined, line: string, body?: unknown) {
    const answer = await call(by, line, body);
    if (answer.status >= 300) throw new Error(`Cannot ${line}: ${JSON.stringify(answer.body)}`);
    return answer;
  }

  const like = (by: Person, whom: Other) =>
    succeed(by, "POST /discovery/action", { target_id: whom.id, action_type: "like" });

  /** Matches two people by two likes. @returns Their conversation, still empty. */
  async function match(a: Person, b: Person): Promise<string> {
    await like(a, b);
    return (await like(b, a)).body.data.match.conversation_id;
  }

  const world = {
    call,
    match,

    /** Ana, who is premium, and Ben, matched. */
    async createPair() {
      const [ana, ben] = [await createUser({ premium: true }), await createUser()];
      return { ana, ben, conversationId: await match(ana, ben) };
    },

    /** Matches two people by a request and its acceptance. @returns Their conversation, with the request's text. */
    async befriend(a: Person, b: Person): Promise<string> {
      const asked = await succeed(a, "POST /messages/request", { receiver_id: b.id, content: "hello" });
      const path = `/messages/request/${asked.body.data.request_id}/respond`;
      return (await succeed(b, `POST ${path}`, { action: "accept" })).body.data.conversation_id;
    },

    send: (from: Person, to: Other, more: Record<string, unknown> = {}) =>
      call(from, "POST /messages/send", { receiver_id: to.id, content: "Hello!", ...more }),

    /** The same, where it must succeed. @returns What the sender is told of the message. */
    async say(from: Person, to: Other, more: Record<string, unknown> = {}) {
      const body = { receiver_id: to.id, content: "Hello!", ...more };
      const sent = await succeed(from, "POST /messages/send", body);
      return sent.body.data as {
        message_id: string;
        conversation_id: string;
        created_at: string;
        seq: number;
      };
    },

    /** Says texts one after the other. @returns The messages' ids. */
    async write(from: Person, to: Other, texts: readonly string[]): Promise<string[]> {
      const ids: string[] = [];
      for (const content of texts) ids.push((await world.say(from, to, { content })).message_id);
      return ids;
    },

    ask: (from: Person, to: Other, more: Record<string, unknown> = {}) =>
      call(from, "POST /messages/request", { receiver_id: to.id, content: "Hi there", ...more }),
    respond: (by: Person, requestId: string, action: string) =>
      call(by, `POST /messages/request/${requestId}/respond`, { action }),
    cancel: (by: Person, requestId: string) => call(by, `DELETE /messages/request/${requestId}`),
    requests: (by: Person, query = "") => call(by, `GET /messages/requests${query}`),
    act: (by: Person, whom: Other, action_type: string) =>
      call(by, "POST /discovery/action", { target_id: whom.id, action_type }),
    feed: (by: Person, query = "") => call(by, `GET /discovery/profiles${query}`),
    matches: (by: Person, query = "") => call(by, `GET /matches${query}`),
    endMatch: (by: Person, matchId: string) => call(by, `DELETE /matches/${matchId}`),

    /** Ends the match of two people. */
    async unmatch(by: Person, whom: Other): Promise<TestAnswer> {
      const { body } = await succeed(by, "GET /matches?limit=50");
      const found = body.data.matches.find(({ user }: { user: Other }) => user.id === whom.id);
      if (!found) throw new Error("Cannot unmatch: there is no match");
      return await succeed(by, `DELETE /matches/${found.id}`);
    },

    /** @param reason Why, as the blocker says it. */
    block: (by: Person, whom: Other, reason?: string) =>
      succeed(by, `POST /users/${whom.id}/block`, { reason }),

    /** Asks for a code to sign in or to leave with. @returns The code, out of the mail. */
    async mailedCode(email: string): Promise<string> {
      await succeed(undefined, "POST /auth/send-otp", { email });
      return codeIn(mails.findLast(({ to }) => to === email));
    },

    /** Deletes somebody's account, by a code from their mailbox. */
    async leave(by: Person & Pick<TestUser, "email">): Promise<TestAnswer> {
      return await succeed(by, "DELETE /users/me", { code: await world.mailedCode(by.email) });
    },

    /** @returns Somebody's log of durable events, oldest first; of one kind when it is named. */
    async log(of: Other, event?: string): Promise<LoggedEvent[]> {
      const rows = await sql<LoggedEvent[]>`
        select seq::int, event, data from user_events where user_id = ${of.id} order by seq
      `;
      return rows.filter((row) => event === undefined || row.event === event).map((row) => ({ ...row }));
    },

    /** @returns The same without their numbers. */
    async events(of: Other) {
      return (await world.log(of)).map(({ event, data }) => ({ event, data }));
    },
  };
  return world;
}
