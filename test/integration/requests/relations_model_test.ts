/**
 * Random histories of two people over REST, each answer compared with a small model of the rules, and the tables
 * with the model at the end.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { judgeAction as judgeLike } from "../../../server/features/discovery/transitions.ts";
import {
  judgeAction,
  judgeNewRequest,
  type Standing,
} from "../../../server/features/requests/transitions.ts";
import type { ActionType, MatchType, RequestStatus } from "../../../server/protocol/models.ts";
import { createTestApp, type TestUser as Person, type TestApp } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createWorld, type World } from "../../harness/world.ts";

// 120 histories of up to 14 steps.
let t: TestApp;
let world: World;
beforeAll(async () => {
  t = await createTestApp();
  world = createWorld(t);
});
afterAll(() => t.close());

const STEPS = [
  "ask",
  "accept",
  "decline",
  "cancel",
  "like",
  "super_like",
  "dislike",
  "unmatch",
  "direct",
] as const;
type Step = (typeof STEPS)[number];

/** One of the two, as the model knows them. */
interface Side {
  request: RequestStatus | null;
  action: ActionType | null;
  readonly premium: boolean;
}

/** What a step should answer: a status with a success, or the code of a refusal. */
type Expected = 200 | 201 | string;

class Model {
  conversation: "active" | "archived" | null = null;
  match: MatchType | "unmatched" | null = null;
  messages = 0;
  awaiting: Side | null = null;

  /** @returns What the step answers, having made the change. */
  take(step: Step, me: Side, other: Side): Expected | null {
    switch (step) {
      case "ask":
        return this.ask(me, other);
      case "accept":
      case "decline":
        return this.respond(step, other);
      case "cancel": {
        if (me.request === null) return null;
        if (me.request !== "pending") return "CONFLICT";
        this.reject(me, "cancelled");
        return 200;
      }
      case "unmatch":
        if (this.match === null) return null;
        [this.match, this.conversation] = ["unmatched", "archived"];
        return 200;
      case "direct":
        if (!me.premium || this.conversation !== null) return null;
        if (me.request === "pending" || other.request === "pending") return null;
        [this.conversation, this.messages, this.awaiting] = ["active", 1, other];
        me.action ??= "message_request";
        return 201;
      default:
        return this.like(step, me, other);
    }
  }

  ask(me: Side, other: Side): Expected {
    const verdict = judgeNewRequest({
      blocked: false,
      conversation: this.conversation,
      matchEnded: this.match === "unmatched",
      mine: standing(me.request),
      theirs: standing(other.request),
    });
    if (verdict === "create") {
      me.request = "pending";
      if (me.premium) me.action ??= "message_request";
      return 201;
    }
    if (verdict === "reply") {
      this.accept(other, "message_replied");
      this.messages++;
      return 201;
    }
    const codes = {
      blocked: "USER_BLOCKED",
      ended: "UNAUTHORIZED_ACTION",
      talking: "CONFLICT",
      exists: "MESSAGE_REQUEST_EXISTS",
      declined: "CONFLICT",
    };
    return codes[verdict];
  }

  respond(action: "accept" | "decline", sender: Side): Expected | null {
    if (sender.request === null) return null;
    const verdict = judgeAction(sender.request, { action, by: "receiver" });
    if ("refused" in verdict) return "CONFLICT";
    if (action === "accept") this.accept(sender, "message_accepted");
    else this.reject(sender, "declined");
    return 200;
  }

  like(step: "like" | "super_like" | "dislike", me: Side, other: Side): Expected {
    if (this.conversation === "archived") return "UNAUTHORIZED_ACTION";
    const verdict = judgeLike(me.action, step);
    if (verdict === "refuse" || (step === "dislike" && this.match !== null)) return "CONFLICT";
    if (verdict !== "repeat") me.action = step;
    const isNew = verdict === "insert" ? 201 : 200;
    if (step === "dislike" || this.match !== null) return isNew;
    const mutual = other.action === "like" || other.action === "super_like";
    if (other.request === "pending") this.accept(other, "mutual_like");
    else if (mutual && me.request === "pending") this.accept(me, "mutual_like");
    else if (mutual || this.awaiting === me) {
      [this.conversation, this.match, this.awaiting] = ["active", "mutual_like", null];
    } else return isNew;
    return 201;
  }

  accept(sender: Side, how: MatchType): void {
    sender.request = "accepted";
    this.messages++;
    [this.conversation, this.match, this.awaiting] = ["active", how, null];
  }

  reject(sender: Side, status: "declined" | "cancelled"): void {
    sender.request = status;
    if (sender.action === "message_request") sender.action = null;
  }
}

const standing = (status: RequestStatus | null): Standing =>
  status === null ? "none" : status === "pending" || status === "declined" ? status : "free";

async function perform(step: Step, me: Person, other: Person) {
  const { sql } = t.context.database;
  const requestId = async (sender: Person) => {
    const receiver = sender === me ? other : me;
    const [row] = await sql<{ id: string }[]>`
      select id from message_requests where sender_id = ${sender.id} and receiver_id = ${receiver.id}
    `;
    return row!.id;
  };
  switch (step) {
    case "ask":
      return await world.ask(me, other);
    case "accept":
    case "decline":
      return await world.respond(me, await requestId(other), step);
    case "cancel":
      return await world.cancel(me, await requestId(me));
    case "unmatch": {
      const [row] = await sql<
        { id: string }[]
      >`select id from matches where ${me.id} in (user1_id, user2_id)`;
      return await world.endMatch(me, row!.id);
    }
    case "direct":
      return await world.send(me, other);
    default:
      return await world.act(me, other, step);
  }
}

test("every history answers as the rules say, and leaves what they say", async () => {
  const history = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.boolean()), {
    minLength: 3,
    maxLength: 14,
  });
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), fc.boolean(), async (steps, annIsPremium, bobIsPremium) => {
      const [ann, bob] = await Promise.all([
        t.createUser({ premium: annIsPremium }),
        t.createUser({ premium: bobIsPremium }),
      ]);
      const model = new Model();
      const annSide: Side = { request: null, action: null, premium: annIsPremium };
      const bobSide: Side = { request: null, action: null, premium: bobIsPremium };
      for (const [step, byAnn] of steps) {
        const sides = byAnn ? ([annSide, bobSide] as const) : ([bobSide, annSide] as const);
        const expected = model.take(step, ...sides);
        if (expected === null) continue;
        const { status, body } = await (byAnn ? perform(step, ann, bob) : perform(step, bob, ann));
        expect([step, status < 300 ? status : body.error.code]).toEqual([step, expected]);
      }
      const { sql } = t.context.database;
      const [found] = await sql`
        select
          (select status from conversations where ${ann.id} in (user1_id, user2_id)) as conversation,
          (select case when status = 'active' then match_type else status end from matches
            where ${ann.id} in (user1_id, user2_id)) as match,
          (select count(*)::int from messages m join conversations c on c.id = m.conversation_id and m.seq is not null
            where ${ann.id} in (user1_id, user2_id)) as messages,
          jsonb_build_array((select status from message_requests where sender_id = ${ann.id}),
            (select status from message_requests where sender_id = ${bob.id})) as requests,
          jsonb_build_array((select action_type from user_actions where actor_id = ${ann.id}),
            (select action_type from user_actions where actor_id = ${bob.id})) as actions
      `;
      expect(found).toEqual({
        conversation: model.conversation,
        match: model.match,
        messages: model.messages,
        requests: [annSide.request, bobSide.request],
        actions: [annSide.action, bobSide.action],
      });
    }),
    { numRuns: 120 },
  );
  expect(await findViolations(t.context.database.sql)).toEqual([]);
}, 180_000);
