/**
 * The plan of the messaging phase, endpoint by endpoint, as a client meets it: field names, texts, nesting, defaults
 * and maxima, error codes, rate limits. Read it as documentation; where the contract adds something to the plan, the
 * test says so.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createTestApp, type TestUser } from "../harness/app.ts";
import { insertPresence, recount } from "../harness/conversing.ts";

const app = await createTestApp();
const { request, createUser } = app;
afterAll(() => app.close());

const V1 = "/api/v1";
const UUID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
/** RFC 3339 in UTC, with a `Z`. */
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const PHOTO = "https://storage.vibesmatch.com/photos/jane_1.jpg";

/** Everybody of the plan's examples; a new couple for every endpoint. */
async function couple(premium = false): Promise<{ john: TestUser; jane: TestUser }> {
  const john = await createUser({ name: "John Smith", gender: "male", birthdate: "1996-01-01", premium });
  const jane = await createUser({ name: "Jane Doe", profile_photos: [PHOTO] });
  return { john, jane };
}

const call = async (who: TestUser, line: string, body?: object) => {
  const [method, path] = line.split(" ") as [string, string];
  const { status, body: answer } = await request(method, V1 + path, { token: who.token, body });
  return { status, ...answer };
};

/** A failure as every endpoint answers it. */
const failure = (status: number, code: string, details: unknown = expect.anything()) => ({
  status,
  success: false,
  error: { code, message: expect.any(String), details, request_id: expect.any(String) },
});

const HELLO = "Hi! I noticed we both love hiking. Would you like to chat about your favorite trails?";
const THANKS = "Thanks for accepting! What's your favorite hiking spot?";

async function requested() {
  const { john, jane } = await couple();
  const sent = await call(john, "POST /messages/request", { receiver_id: jane.id, content: HELLO });
  return { john, jane, requestId: sent.data.request_id as string, messageId: sent.data.message_id as string };
}

async function talking() {
  const { john, jane, requestId, messageId } = await requested();
  const answer = await call(jane, `POST /messages/request/${requestId}/respond`, { action: "accept" });
  const { conversation_id: conversationId, match_id: matchId } = answer.data as Record<string, string>;
  return { john, jane, messageId, conversationId: conversationId!, matchId: matchId! };
}

describe("POST /messages/request", () => {
  test("a request is sent", async () => {
    const { john, jane } = await couple();
    const answer = await call(john, "POST /messages/request", { receiver_id: jane.id, content: HELLO });
    expect(answer).toEqual({
      status: 201,
      success: true,
      data: {
        request_id: UUID,
        message_id: UUID,
        message: "Message request sent successfully",
        preview_text: HELLO,
        status: "pending",
      },
    });
  });

  test("content is limited to 250 characters", async () => {
    const { john, jane } = await couple();
    const send = (content: string) => call(john, "POST /messages/request", { receiver_id: jane.id, content });
    expect(await send("x".repeat(251))).toEqual(failure(422, "CONTENT_TOO_LONG"));
    expect(await send("x".repeat(250))).toMatchObject({ status: 201 });
  });

  test("one pending request a pair", async () => {
    const { john, jane, requestId } = await requested();
    const again = await call(john, "POST /messages/request", { receiver_id: jane.id, content: "Me again" });
    expect(again).toEqual(failure(409, "MESSAGE_REQUEST_EXISTS", { request_id: requestId }));
  });

  test("one's own text answers a request that waits, and makes the match", async () => {
    const { john, jane, requestId } = await requested();
    const reply = await call(jane, "POST /messages/request", { receiver_id: john.id, content: "Hi John" });
    expect(reply).toMatchObject({
      status: 201,
      data: { request_id: requestId, status: "accepted", conversation_id: UUID, preview_text: "Hi John" },
    });
    expect((await call(jane, "GET /matches")).data.matches).toMatchObject([
      { match_type: "message_replied" },
    ]);
  });
});

describe("POST /messages/request/{request_id}/respond", () => {
  test("accept opens a conversation and makes a match", async () => {
    const { jane, requestId } = await requested();
    expect(await call(jane, `POST /messages/request/${requestId}/respond`, { action: "accept" })).toEqual({
      status: 200,
      success: true,
      data: {
        message: "Request accepted successfully",
        conversation_id: UUID,
        match_created: true,
        match_id: UUID,
        // Beyond the plan: the app shows the person without asking again.
        user: expect.objectContaining({ name: "John Smith" }),
      },
    });
  });

  test("decline says no more than that", async () => {
    const { jane, requestId } = await requested();
    expect(await call(jane, `POST /messages/request/${requestId}/respond`, { action: "decline" })).toEqual({
      status: 200,
      success: true,
      data: { message: "Request declined successfully" },
    });
  });

  test("only its receiver, only once, and only these two answers", async () => {
    const { john, jane, requestId } = await requested();
    const respond = (who: TestUser, action: string, id = requestId) =>
      call(who, `POST /messages/request/${id}/respond`, { action });
    expect(await respond(john, "accept")).toEqual(failure(403, "UNAUTHORIZED_ACTION"));
    expect(await respond(jane, "maybe")).toEqual(failure(400, "VALIDATION_ERROR"));
    expect(await respond(await createUser(), "accept")).toEqual(failure(404, "REQUEST_NOT_FOUND"));
    expect(await respond(jane, "accept", john.id)).toEqual(failure(404, "REQUEST_NOT_FOUND"));
    await respond(jane, "decline");
    expect(await respond(jane, "accept")).toEqual(failure(409, "CONFLICT", { status: "declined" }));
  });
});

describe("POST /messages/send", () => {
  test("a message in a conversation", async () => {
    const { john, jane, conversationId } = await talking();
    const body = { receiver_id: jane.id, content: THANKS, message_type: "text" };
    expect(await call(john, "POST /messages/send", body)).toEqual({
      status: 201,
      success: true,
      data: {
        message_id: UUID,
        conversation_id: conversationId,
        message: "Message sent successfully",
        created_at: TIME,
        // Beyond the plan: its place in the conversation, the same for both.
        seq: 2,
      },
    });
  });

  test("message_type is text, image or emoji, and text when it is left out", async () => {
    const { john, jane, conversationId } = await talking();
    const send = (content: string, message_type?: string) =>
      call(john, "POST /messages/send", { receiver_id: jane.id, content, message_type });
    expect(await send("plain")).toMatchObject({ status: 201 });
    expect(await send("😀👍", "emoji")).toMatchObject({ status: 201 });
    expect(await send("https://storage.vibesmatch.com/a.jpg", "image")).toMatchObject({ status: 201 });
    expect(await send("x", "video")).toEqual(failure(422, "INVALID_MESSAGE_TYPE"));
    expect(await send("no emoji", "emoji")).toEqual(failure(422, "INVALID_MESSAGE_TYPE"));
    expect(await send("x".repeat(1001))).toEqual(failure(422, "CONTENT_TOO_LONG"));
    const { data } = await call(jane, `GET /conversations/${conversationId}/messages`);
    expect(data.messages.map((m: { message_type: string }) => m.message_type)).toEqual([
      ...["text", "text", "emoji", "image"],
    ]);
  });

  test("a free account waits for the acceptance: one message until then", async () => {
    const { john, jane } = await requested();
    const early = await call(john, "POST /messages/send", { receiver_id: jane.id, content: "Hello?" });
    expect(early).toEqual(failure(403, "UNAUTHORIZED_ACTION"));
    const stranger = await createUser();
    const cold = await call(stranger, "POST /messages/send", { receiver_id: jane.id, content: "Hello" });
    expect(cold).toEqual(failure(404, "CONVERSATION_NOT_FOUND"));
  });

  test("a premium account writes at once; the reply makes the match; discovery is done", async () => {
    const { john, jane } = await couple(true);
    const direct = await call(john, "POST /messages/send", { receiver_id: jane.id, content: "Hello" });
    expect(direct).toMatchObject({ status: 201, data: { conversation_id: UUID } });
    const { data: feed } = await call(john, "GET /discovery/profiles?limit=50");
    expect(feed.profiles.map(({ id }: { id: string }) => id)).not.toContain(jane.id);
    expect((await call(john, "GET /matches")).data.matches).toEqual([]);
    await call(jane, "POST /messages/send", { receiver_id: john.id, content: "Hi" });
    expect((await call(john, "GET /matches")).data.matches).toMatchObject([
      { match_type: "message_replied" },
    ]);
  });
});

describe("GET /conversations", () => {
  test("a conversation with the other person, its last message and what is unread", async () => {
    const { john, jane, conversationId } = await talking();
    await call(john, "POST /messages/send", { receiver_id: jane.id, content: THANKS });
    expect(await call(john, "GET /conversations")).toEqual({
      status: 200,
      success: true,
      data: {
        conversations: [
          {
            id: conversationId,
            user: {
              id: jane.id,
              name: "Jane Doe",
              profile_photos: [PHOTO],
              is_online: false,
              last_active: TIME,
            },
            last_message: {
              id: UUID,
              content: THANKS,
              sender_id: john.id,
              created_at: TIME,
              is_read: false,
              // Beyond the plan.
              seq: 2,
              message_type: "text",
            },
            unread_count: 0,
            last_activity: TIME,
            // Beyond the plan.
            status: "active",
            my_read_seq: 0,
          },
        ],
      },
      meta: {
        pagination: { cursor: null, hasMore: false },
        // Beyond the plan.
        unread_total: 0,
      },
    });
    const { data } = await call(jane, "GET /conversations?type=active");
    expect(data.conversations).toMatchObject([{ unread_count: 2, user: { id: john.id } }]);
    expect((await call(jane, "GET /conversations?type=archived")).data.conversations).toEqual([]);
    expect(await call(jane, "GET /conversations?type=all")).toEqual(failure(400, "VALIDATION_ERROR"));
  });
});

describe("GET /conversations/{conversation_id}/messages", () => {
  test("the history, oldest first, as the plan shows it", async () => {
    const { john, jane, conversationId } = await talking();
    await call(jane, "POST /messages/send", { receiver_id: john.id, content: THANKS });
    const newest = (await call(john, `GET /conversations/${conversationId}/messages`)).data.messages[1];
    await call(jane, `PUT /messages/${(await requestMessage(conversationId, jane)).id}/read`);
    expect(await call(jane, `GET /conversations/${conversationId}/messages`)).toEqual({
      status: 200,
      success: true,
      data: {
        messages: [
          {
            id: UUID,
            sender_id: john.id,
            receiver_id: jane.id,
            content: HELLO,
            message_type: "text",
            is_request: true,
            request_status: "accepted",
            is_read: true,
            read_at: TIME,
            created_at: TIME,
            // Beyond the plan.
            conversation_id: conversationId,
            seq: 1,
          },
          {
            id: newest.id,
            sender_id: jane.id,
            receiver_id: john.id,
            content: THANKS,
            // Neither request_status nor read_at while they have nothing to say.
            message_type: "text",
            is_request: false,
            is_read: false,
            created_at: TIME,
            conversation_id: conversationId,
            seq: 2,
          },
        ],
      },
      meta: { pagination: { cursor: null, hasMore: false } },
    });
  });

  test("older ones by cursor; a plain message id is one too", async () => {
    const { john, jane, conversationId } = await talking();
    for (const content of ["2", "3", "4"]) {
      await call(john, "POST /messages/send", { receiver_id: jane.id, content });
    }
    const page = (query: string) => call(jane, `GET /conversations/${conversationId}/messages?${query}`);
    const newest = await page("limit=2");
    expect(newest.data.messages.map((m: { content: string }) => m.content)).toEqual(["3", "4"]);
    expect(newest.meta.pagination).toEqual({ cursor: expect.any(String), hasMore: true });
    const older = await page(`limit=2&cursor=${newest.meta.pagination.cursor}`);
    expect(older.data.messages.map((m: { content: string }) => m.content)).toEqual([HELLO, "2"]);
    expect(older.meta.pagination).toEqual({ cursor: null, hasMore: false });
    expect(await page(`limit=2&cursor=${newest.data.messages[0].id}`)).toEqual(older);
  });

  test("a stranger knows nothing of it", async () => {
    const { conversationId } = await talking();
    const answer = await call(await createUser(), `GET /conversations/${conversationId}/messages`);
    expect(answer).toEqual(failure(404, "CONVERSATION_NOT_FOUND"));
  });
});

async function requestMessage(conversationId: string, who: TestUser): Promise<{ id: string }> {
  const { data } = await call(who, `GET /conversations/${conversationId}/messages`);
  return data.messages[0];
}

describe("GET /messages/requests", () => {
  test("received ones, pending ones, unless asked otherwise", async () => {
    const { john, jane, requestId } = await requested();
    const item = {
      id: requestId,
      preview_text: HELLO,
      status: "pending",
      created_at: TIME,
      // Beyond the plan.
      message_id: UUID,
    };
    const card = { profile_photos: [], is_online: null, last_active: null };
    expect(await call(jane, "GET /messages/requests")).toEqual({
      status: 200,
      success: true,
      data: {
        requests: [
          { ...item, sender: { id: john.id, name: "John Smith", age: expect.any(Number), ...card } },
        ],
      },
      meta: { pagination: { cursor: null, hasMore: false } },
    });
    const sent = await call(john, "GET /messages/requests?type=sent");
    expect(sent.data.requests).toMatchObject([{ ...item, receiver: { id: jane.id, name: "Jane Doe" } }]);
    for (const query of ["type=sent", "status=accepted", "status=declined", "status=cancelled"]) {
      expect((await call(jane, `GET /messages/requests?${query}`)).data.requests).toEqual([]);
    }
  });
});

describe("PUT /messages/{message_id}/read", () => {
  test("marks a message as read; again says the same", async () => {
    const { john, jane, messageId } = await talking();
    const read = await call(jane, `PUT /messages/${messageId}/read`);
    expect(read).toEqual({
      status: 200,
      success: true,
      data: { message: "Message marked as read", read_at: TIME },
    });
    expect(await call(jane, `PUT /messages/${messageId}/read`)).toEqual(read);
    expect(await call(john, `PUT /messages/${messageId}/read`)).toEqual(failure(403, "UNAUTHORIZED_ACTION"));
    expect(await call(jane, `PUT /messages/${jane.id}/read`)).toEqual(failure(404, "MESSAGE_NOT_FOUND"));
  });

  test("premium accounts see that their messages were read, others do not", async () => {
    for (const premium of [true, false]) {
      const { john, jane } = await couple(premium);
      const sent = await call(john, "POST /messages/request", { receiver_id: jane.id, content: HELLO });
      await call(jane, `POST /messages/request/${sent.data.request_id}/respond`, { action: "accept" });
      await call(jane, `PUT /messages/${sent.data.message_id}/read`);
      const { data } = await call(john, "GET /conversations");
      expect(data.conversations[0].last_message.is_read).toBe(premium);
    }
  });
});

describe("POST /users/{user_id}/block", () => {
  test("ends the match, hides both from discovery, prevents messages", async () => {
    const { john, jane, conversationId } = await talking();
    const body = { reason: "inappropriate_behavior" };
    expect(await call(jane, `POST /users/${john.id}/block`, body)).toEqual({
      status: 201,
      success: true,
      data: { message: "User blocked successfully" },
    });
    for (const who of [john, jane]) {
      expect((await call(who, "GET /matches")).data.matches).toEqual([]);
      expect((await call(who, "GET /conversations")).data.conversations).toEqual([]);
      const other = who === john ? jane : john;
      const message = { receiver_id: other.id, content: "x" };
      expect(await call(who, "POST /messages/send", message)).toEqual(failure(403, "USER_BLOCKED"));
      expect(await call(who, "POST /messages/request", message)).toEqual(failure(403, "USER_BLOCKED"));
      const history = await call(who, `GET /conversations/${conversationId}/messages`);
      expect(history).toEqual(failure(403, "USER_BLOCKED"));
      const { data } = await call(who, "GET /discovery/profiles?limit=50");
      expect(data.profiles.map(({ id }: { id: string }) => id)).not.toContain(other.id);
    }
  });
});

describe("POST /users/{user_id}/report", () => {
  test("a report is filed", async () => {
    const { john, jane } = await couple();
    const body = { reason: "fake_profile", description: "Profile photos appear to be stock images" };
    expect(await call(jane, `POST /users/${john.id}/report`, body)).toEqual({
      status: 201,
      success: true,
      data: { message: "Report submitted successfully", report_id: UUID },
    });
    for (const reason of ["inappropriate_behavior", "spam", "other"]) {
      const other = await createUser();
      expect(await call(jane, `POST /users/${other.id}/report`, { reason })).toMatchObject({ status: 201 });
    }
  });
});

describe("DELETE /matches/{match_id}", () => {
  test("archives the conversation, and both leave each other's discovery", async () => {
    const { john, jane, matchId, conversationId } = await talking();
    expect(await call(john, `DELETE /matches/${matchId}`)).toEqual({
      status: 200,
      success: true,
      data: { message: "Unmatched successfully" },
    });
    for (const [who, other] of [
      [john, jane],
      [jane, john],
    ] as const) {
      const { data } = await call(who, "GET /conversations?type=archived");
      expect(data.conversations).toMatchObject([{ id: conversationId }]);
      const message = { receiver_id: other.id, content: "x" };
      expect(await call(who, "POST /messages/send", message)).toEqual(failure(403, "UNAUTHORIZED_ACTION"));
      const feed = await call(who, "GET /discovery/profiles?limit=50");
      expect(feed.data.profiles.map(({ id }: { id: string }) => id)).not.toContain(other.id);
    }
    expect(await call(john, `DELETE /matches/${jane.id}`)).toEqual(failure(404, "MATCH_NOT_FOUND"));
  });
});

describe("matches come about in four ways", () => {
  test("mutual likes", async () => {
    const { john, jane } = await couple();
    const like = (who: TestUser, other: TestUser) =>
      call(who, "POST /discovery/action", { target_id: other.id, action_type: "like" });
    expect(await like(john, jane)).toMatchObject({ data: { match_found: false } });
    expect(await like(jane, john)).toMatchObject({
      data: { match_found: true, match: { match_type: "mutual_like" } },
    });
  });

  test("an accepted request", async () => {
    const { john } = await talking();
    expect((await call(john, "GET /matches")).data.matches).toMatchObject([
      { match_type: "message_accepted" },
    ]);
  });

  test("a reply: see POST /messages/request", () => {});

  test("a like back to somebody whose request waits", async () => {
    const { john, jane } = await requested();
    const like = { target_id: john.id, action_type: "like" };
    expect(await call(jane, "POST /discovery/action", like)).toMatchObject({ data: { match_found: true } });
    expect((await call(john, "GET /conversations")).data.conversations).toHaveLength(1);
  });
});

describe("limits of pages", () => {
  const PAGES = [
    { path: "/conversations", fallback: 20, max: 50 },
    { path: "/messages/requests", fallback: 20, max: 50 },
    { path: "/conversations/:id/messages", fallback: 50, max: 100 },
  ];
  let reader: TestUser;
  let conversationId: string;

  beforeAll(async () => {
    reader = await createUser();
    const { sql } = app.context.database;
    const others = await sql<{ id: string }[]>`
      insert into users (id, email, name, date_of_birth, gender, country)
      select gen_random_uuid(), 'crowd' || n || '@example.com', 'Crowd', date '1990-01-01', 'male', 'DE'
      from generate_series(1, 120) n returning id
    `;
    await insertPresence(sql);
    const ids = others.map(({ id }) => id);
    await sql`
      insert into conversations (id, user1_id, user2_id)
      select conversation_id_of(o, ${reader.id}), least(o, ${reader.id}::uuid), greatest(o, ${reader.id}::uuid)
      from unnest(${ids.slice(0, 60)}::uuid[]) o
    `;
    await sql`
      with texts as (
        insert into messages (id, conversation_id, sender_id, receiver_id, content, is_request, request_status)
        select gen_random_uuid(), conversation_id_of(o, ${reader.id}), o, ${reader.id}::uuid, 'Hi', true, 'pending'
        from unnest(${ids.slice(60)}::uuid[]) o returning id, sender_id
      )
      insert into message_requests (id, sender_id, receiver_id, message_id, preview_text)
      select gen_random_uuid(), sender_id, ${reader.id}::uuid, id, 'Hi' from texts
    `;
    const [row] = await sql<{ id: string; other: string }[]>`
      select id, case when user1_id = ${reader.id} then user2_id else user1_id end as other
      from conversations where ${reader.id} in (user1_id, user2_id) limit 1
    `;
    conversationId = row!.id;
    await sql`
      insert into messages (id, conversation_id, seq, sender_id, receiver_id, content)
      select gen_random_uuid(), ${conversationId}, n, ${row!.other}, ${reader.id}, 'text'
      from generate_series(1, 120) n
    `;
    await recount(sql);
  });

  test.each(PAGES)("$path: $fallback by default, $max at most", async ({ path, fallback, max }) => {
    const page = async (query: string) => {
      const { status, data } = await call(reader, `GET ${path.replace(":id", conversationId)}${query}`);
      return status === 200 ? (Object.values(data)[0] as unknown[]).length : status;
    };
    expect(await page("")).toBe(fallback);
    expect(await page(`?limit=${max}`)).toBe(max);
    expect(await page("?limit=1")).toBe(1);
    for (const limit of [max + 1, 0, -1]) expect(await page(`?limit=${limit}`)).toBe(400);
  });
});

describe("rate limits, per user", () => {
  const LIMITED = [
    { name: "message_request", line: "POST /messages/request", calls: 10, seconds: 3600 },
    { name: "message_send", line: "POST /messages/send", calls: 100, seconds: 3600 },
    { name: "conversations", line: "GET /conversations", calls: 60, seconds: 60 },
    { name: "messages", line: "GET /conversations/:id/messages", calls: 120, seconds: 60 },
  ];

  test.each(LIMITED)("$line: $calls in $seconds s", async ({ name, line, calls, seconds }) => {
    const limited = await createTestApp({ env: { LIMITS: "on" } });
    try {
      const [john, jane] = [await limited.createUser(), await limited.createUser()];
      const [method = "", path = ""] = line.split(" ");
      const body = { receiver_id: jane.id, content: "Hi" };
      // What comes of a call does not matter: whatever is valid counts.
      const options = { token: john.token, ...(method === "POST" && { body }) };
      const send = () => limited.request(method, V1 + path.replace(":id", john.id), options);
      for (let left = calls - 1; left >= 0; left--) {
        const answer = await send();
        expect(answer.status).not.toBe(429);
        expect(answer.headers.get("ratelimit-policy")).toBe(`"${name}";q=${calls};w=${seconds}`);
        expect(answer.headers.get("ratelimit")).toMatch(new RegExp(`^"${name}";r=${left};t=\\d+$`));
      }
      const refused = await send();
      expect({ status: refused.status, ...refused.body }).toEqual(
        failure(429, "RATE_LIMIT_EXCEEDED", {
          limit: calls,
          window_ms: seconds * 1000,
          retry_after_ms: expect.any(Number),
        }),
      );
      expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(seconds);
      // Somebody else is not affected.
      const other = await limited.request("GET", `${V1}/conversations`, { token: jane.token });
      expect(other.status).toBe(200);
    } finally {
      await limited.close();
    }
  });
});
