/**
 * Requests, likes and matches under 16 calls at the same time, on a real PostgreSQL: exactly one outcome, and
 * tables that agree with each other.
 * @module
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createTestApp, type TestUser as Person, type TestApp } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createWorld, type World } from "../../harness/world.ts";

const PARALLEL = 16;
/** Fresh pairs per race: a window of a millisecond is not met every time. */
const ROUNDS = 6;

type Answer = Awaited<ReturnType<TestApp["request"]>>;
let t: TestApp;
let world: World;

beforeAll(async () => {
  t = await createTestApp({ env: { DATABASE_POOL: "20" } });
  world = createWorld(t);
});
afterAll(() => t.close());
afterEach(async () => {
  expect(await findViolations(t.context.database.sql)).toEqual([]);
});

/** Runs a race for several fresh pairs, one pair after the other. */
async function rounds(race: (ann: Person, bob: Person) => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const [ann, bob] = await Promise.all([t.createUser(), t.createUser()]);
    // Which of the two has the smaller id must not matter.
    await (round % 2 === 0 ? race(ann, bob) : race(bob, ann));
  }
}

const parallel = (call: (i: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: PARALLEL }, (_, i) => call(i)));

const wins = (answers: Answer[]) => answers.filter(({ status }) => status < 300);
const codes = (answers: Answer[]): string[] => [
  ...new Set(answers.filter(({ status }) => status >= 300).map(({ body }) => body.error.code as string)),
];

async function asked(from: Person, to: Person): Promise<string> {
  return (await world.ask(from, to)).body.data.request_id;
}

async function between(ann: Person, bob: Person) {
  const { sql } = t.context.database;
  const pair = [ann.id, bob.id].toSorted();
  const [row] = await sql<
    { matches: number; conversations: number; messages: number; status: string | null }[]
  >`
    select
      (select count(*)::int from matches where array[user1_id, user2_id] = ${pair}::uuid[]) as matches,
      (select count(*)::int from conversations where array[user1_id, user2_id] = ${pair}::uuid[]) as conversations,
      (select count(*)::int from messages where sender_id = any (${pair}::uuid[])) as messages,
      (select string_agg(status, ',' order by created_at) from message_requests
        where sender_id = any (${pair}::uuid[]) and receiver_id = any (${pair}::uuid[])) as status
  `;
  return row!;
}

/** How often one person was told of something, by event and status. */
async function told(person: Person): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { event, data } of await world.events(person)) {
    const name = data?.status ? `${event}:${data.status}` : event;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe("of 16 at the same time exactly one counts", () => {
  test("accept against decline", () =>
    rounds(async (ann, bob) => {
      const id = await asked(ann, bob);
      const answers = await parallel((i) => world.respond(bob, id, i % 2 ? "accept" : "decline"));
      expect(wins(answers)).toHaveLength(1);
      expect(codes(answers)).toEqual(["CONFLICT"]);
      const accepted = "match_id" in wins(answers)[0]!.body.data;
      const lost = answers.filter(({ status }) => status >= 300).map(({ body }) => body.error.details.status);
      expect(new Set(lost)).toEqual(new Set([accepted ? "accepted" : "declined"]));
      expect(await between(ann, bob)).toEqual({
        matches: Number(accepted),
        conversations: Number(accepted),
        messages: 1,
        status: accepted ? "accepted" : "declined",
      });
      const ends = await told(ann);
      expect((ends["request_updated:accepted"] ?? 0) + (ends["request_updated:declined"] ?? 0)).toBe(1);
    }));

  test("accept against cancel", () =>
    rounds(async (ann, bob) => {
      const id = await asked(ann, bob);
      const answers = await parallel((i) =>
        i % 2 ? world.respond(bob, id, "accept") : world.cancel(ann, id),
      );
      expect(wins(answers)).toHaveLength(1);
      expect(codes(answers)).toEqual(["CONFLICT"]);
      const { status, matches } = await between(ann, bob);
      expect([status, matches]).toEqual(matches === 1 ? ["accepted", 1] : ["cancelled", 0]);
    }));

  test("request against request of the same sender", () =>
    rounds(async (ann, bob) => {
      const answers = await parallel(() => world.ask(ann, bob));
      expect(wins(answers)).toHaveLength(1);
      expect(codes(answers)).toEqual(["MESSAGE_REQUEST_EXISTS"]);
      expect(await between(ann, bob)).toMatchObject({ messages: 1, status: "pending" });
    }));

  test("request against request in both directions: one asks, one replies, and they match", () =>
    rounds(async (ann, bob) => {
      const answers = await parallel((i) => (i % 2 ? world.ask(ann, bob) : world.ask(bob, ann)));
      const statuses = wins(answers).map(({ body }) => body.data.status);
      expect(statuses.toSorted()).toEqual(["accepted", "pending"]);
      for (const code of codes(answers)) expect(["MESSAGE_REQUEST_EXISTS", "CONFLICT"]).toContain(code);
      const one = { matches: 1, conversations: 1, messages: 2, status: "accepted" };
      expect(await between(ann, bob)).toEqual(one);
      expect(await told(ann)).toMatchObject({ match_created: 1, new_message: 2 });
    }));

  test("the same key: one request, one answer for all", () =>
    rounds(async (ann, bob) => {
      const answers = await parallel(() => world.ask(ann, bob, { client_message_id: "k" }));
      expect(wins(answers)).toHaveLength(PARALLEL);
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(await between(ann, bob)).toMatchObject({ messages: 1, status: "pending" });
      expect(await told(bob)).toEqual({ request_received: 1 });
    }));

  test("the same key toward 16 people: one request to each", async () => {
    const [ann, ...others] = await Promise.all(Array.from({ length: PARALLEL + 1 }, () => t.createUser()));
    const answers = await parallel((i) => world.ask(ann!, others[i]!, { client_message_id: "k" }));
    expect(wins(answers)).toHaveLength(PARALLEL);
  });

  test("reply against accept: one match, and the reply is there only if it won", () =>
    rounds(async (ann, bob) => {
      const id = await asked(ann, bob);
      const answers = await parallel((i) => (i % 2 ? world.respond(bob, id, "accept") : world.ask(bob, ann)));
      expect(wins(answers)).toHaveLength(1);
      expect(codes(answers)).toEqual(["CONFLICT"]);
      const replied = wins(answers)[0]!.status === 201;
      expect(await between(ann, bob)).toEqual({
        matches: 1,
        conversations: 1,
        messages: replied ? 2 : 1,
        status: "accepted",
      });
    }));

  test("like back against decline", () =>
    rounds(async (ann, bob) => {
      const id = await asked(ann, bob);
      const answers = await parallel((i) =>
        i % 2 ? world.act(bob, ann, "like") : world.respond(bob, id, "decline"),
      );
      const liked = answers.filter(({ body }) => body.data?.match_found === true).length > 0;
      const declined = answers.filter(({ body }) => /declined/.test(body.data?.message)).length;
      expect(declined).toBe(liked ? 0 : 1);
      const { matches, status } = await between(ann, bob);
      expect([matches, status]).toEqual(liked ? [1, "accepted"] : [0, "declined"]);
    }));

  test("like against like: one match, which one of the two hears of first", () =>
    rounds(async (ann, bob) => {
      const answers = await parallel((i) =>
        i % 2 ? world.act(ann, bob, i % 4 === 1 ? "like" : "super_like") : world.act(bob, ann, "like"),
      );
      expect(codes(answers).filter((code) => code !== "CONFLICT")).toEqual([]);
      const found = answers.filter(({ body }) => body.data?.match_found === true);
      expect(new Set(found.map(({ body }) => body.data.match.id)).size).toBe(1);
      expect(await between(ann, bob)).toMatchObject({ matches: 1, conversations: 1, messages: 0 });
      for (const person of [ann, bob]) {
        expect(await told(person)).toEqual({ match_created: 1, "conversation_updated:active": 1 });
      }
    }));

  test("like against request of the liked: a match, or a request that waits", () =>
    rounds(async (ann, bob) => {
      const answers = await parallel((i) => (i % 2 ? world.act(ann, bob, "like") : world.ask(bob, ann)));
      const matched = answers.some(({ body }) => body.data?.match_found === true);
      const { matches, status } = await between(ann, bob);
      expect([matches, status]).toEqual(matched ? [1, "accepted"] : [0, "pending"]);
    }));

  test("unmatch by both: all hear that it is done, each is told once", () =>
    rounds(async (ann, bob) => {
      await world.act(ann, bob, "like");
      const { match } = (await world.act(bob, ann, "like")).body.data;
      const answers = await parallel((i) => world.endMatch(i % 2 ? ann : bob, match.id));
      expect(wins(answers)).toHaveLength(PARALLEL);
      for (const person of [ann, bob]) {
        expect(await told(person)).toMatchObject({ match_removed: 1, "conversation_updated:archived": 1 });
      }
    }));

  test("unmatch against like: the match stays ended", () =>
    rounds(async (ann, bob) => {
      await world.act(ann, bob, "like");
      const { match } = (await world.act(bob, ann, "like")).body.data;
      const answers = await parallel((i) =>
        i % 2 ? world.endMatch(ann, match.id) : world.act(bob, ann, "super_like"),
      );
      expect(codes(answers).filter((code) => code !== "UNAUTHORIZED_ACTION")).toEqual([]);
      expect((await world.matches(bob)).body.data.matches).toEqual([]);
      expect((await world.act(bob, ann, "like")).body.error.code).toBe("UNAUTHORIZED_ACTION");
    }));
});

describe("against a block, the block stands and nothing is left open", () => {
  const block = (by: Person, whom: Person) => world.call(by, `POST /users/${whom.id}/block`, {});
  /** What the loser of a race with a block may be told. */
  const refusals = [
    "USER_BLOCKED",
    "USER_NOT_FOUND",
    "CONFLICT",
    "MESSAGE_REQUEST_EXISTS",
    "UNAUTHORIZED_ACTION",
  ];

  async function expectBlocked(ann: Person, bob: Person, answers: Answer[]): Promise<void> {
    for (const code of codes(answers)) expect(refusals).toContain(code);
    const { sql } = t.context.database;
    const left = await sql`
      select (select array_agg(distinct status) from matches where ${ann.id} in (user1_id, user2_id)) as matches,
        (select array_agg(distinct status) from conversations where ${ann.id} in (user1_id, user2_id)) as talks,
        (select count(*)::int from message_requests where sender_id = ${ann.id} and status = 'pending') as pending
    `;
    expect(left[0]!.pending).toBe(0);
    expect(["blocked", undefined]).toContain(left[0]!.matches?.join());
    expect(["blocked", undefined]).toContain(left[0]!.talks?.join());
    expect((await world.ask(ann, bob)).body.error.code).toBe("USER_BLOCKED");
    expect((await world.act(ann, bob, "super_like")).body.error.code).toBe("USER_NOT_FOUND");
    expect((await world.requests(bob)).body.data.requests).toEqual([]);
  }

  test("of a request", () =>
    rounds(async (ann, bob) => {
      const answers = await parallel((i) => (i % 4 === 3 ? block(bob, ann) : world.ask(ann, bob)));
      await expectBlocked(ann, bob, answers);
    }));

  test("of an acceptance", () =>
    rounds(async (ann, bob) => {
      const id = await asked(ann, bob);
      const answers = await parallel((i) =>
        i % 4 === 3 ? block(ann, bob) : world.respond(bob, id, "accept"),
      );
      await expectBlocked(ann, bob, answers);
    }));

  test("of likes that would match", () =>
    rounds(async (ann, bob) => {
      const answers = await parallel((i) => {
        if (i % 8 === 7) return block(bob, ann);
        return i % 2 ? world.act(ann, bob, "like") : world.act(bob, ann, "like");
      });
      await expectBlocked(ann, bob, answers);
    }));

  test("of an unmatch", () =>
    rounds(async (ann, bob) => {
      await world.act(ann, bob, "like");
      const { match } = (await world.act(bob, ann, "like")).body.data;
      const answers = await parallel((i) => (i % 4 === 3 ? block(bob, ann) : world.endMatch(ann, match.id)));
      for (const code of codes(answers)) expect(["MATCH_NOT_FOUND"]).toContain(code);
      expect((await told(ann)).match_removed).toBe(1);
      expect((await world.ask(ann, bob)).body.error.code).toBe("USER_BLOCKED");
    }));
});

test("everybody likes everybody at once: every pair one match, no deadlock", async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => t.createUser()));
  const calls = people.flatMap((by) =>
    people.filter((target) => target !== by).map((target) => () => world.act(by, target, "like")),
  );
  const answers = await Promise.all(calls.map((call) => call()));
  expect(codes(answers)).toEqual([]);
  for (const person of people) expect((await world.matches(person)).body.data.matches).toHaveLength(4);
});
