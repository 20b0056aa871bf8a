/** Requests: every state with every action, and random histories of two people. @module */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CONVERSATION_STATUSES, REQUEST_STATUSES, type RequestStatus } from "../../protocol/models.ts";
import {
  judgeAction,
  judgeNewRequest,
  type NewRequest,
  type Party,
  REQUEST_ACTIONS,
  type RequestAction,
  type Standing,
} from "./transitions.ts";

/** Written out on purpose: the table under test must not be its own expectation. */
const PENDING: Record<Party, Partial<Record<RequestAction, RequestStatus>>> = {
  receiver: {
    accept: "accepted",
    decline: "declined",
    reply: "accepted",
    like: "accepted",
    block: "cancelled",
  },
  sender: { cancel: "cancelled", like: "accepted", block: "cancelled" },
};

describe("an action on a request", () => {
  for (const status of REQUEST_STATUSES) {
    for (const by of ["sender", "receiver"] as const) {
      test.each([...REQUEST_ACTIONS])(`${status}: the ${by} does %s`, (action) => {
        const to = PENDING[by][action];
        const refused = to === undefined ? "not_yours" : "over";
        const expected = to !== undefined && status === "pending" ? { to } : { refused };
        expect(judgeAction(status, { action, by })).toEqual(expected as never);
      });
    }
  }
});

const STANDINGS = ["none", "pending", "declined", "free"] as const satisfies Standing[];
const CONVERSATIONS = [null, ...CONVERSATION_STATUSES];

describe("a new request", () => {
  const cases = CONVERSATIONS.flatMap((conversation) =>
    [true, false].flatMap((blocked) =>
      [true, false].flatMap((matchEnded) =>
        STANDINGS.flatMap((mine) =>
          STANDINGS.map((theirs) => ({ conversation, blocked, matchEnded, mine, theirs })),
        ),
      ),
    ),
  );

  test("every relation has one answer, and a block or an end outweighs all else", () => {
    expect(cases).toHaveLength(4 * 2 * 2 * 4 * 4);
    for (const relation of cases) {
      const { blocked, conversation, matchEnded, mine, theirs } = relation;
      const got = judgeNewRequest(relation);
      if (blocked || conversation === "blocked") expect(got).toBe("blocked");
      else if (matchEnded || conversation === "archived") expect(got).toBe("ended");
      else if (conversation === "active") expect(got).toBe("talking");
      else expect(got).toBe(WITHOUT_CONVERSATION[`${mine}/${theirs}`] as NewRequest);
    }
  });
});

/** mine/theirs, where nothing else is between the two. */
const WITHOUT_CONVERSATION: Record<`${Standing}/${Standing}`, NewRequest> = {
  "none/none": "create",
  "none/free": "create",
  "none/declined": "create",
  "none/pending": "reply",
  "free/none": "create",
  "free/free": "create",
  "free/declined": "create",
  "free/pending": "reply",
  "declined/none": "declined",
  "declined/free": "declined",
  "declined/declined": "declined",
  "declined/pending": "reply",
  "pending/none": "exists",
  "pending/free": "exists",
  "pending/declined": "exists",
  "pending/pending": "exists",
};

type Person = "ann" | "bob";
interface Row {
  status: RequestStatus;
  history: RequestStatus[];
}

/** Two people, their last request each way, and what the pure tables let happen. */
class Model {
  readonly rows = new Map<Person, Row>();
  conversation: "active" | "archived" | "blocked" | null = null;
  blocked = false;

  request(by: Person): NewRequest {
    const verdict = judgeNewRequest({
      blocked: this.blocked,
      conversation: this.conversation,
      matchEnded: false,
      mine: standing(this.rows.get(by)),
      theirs: standing(this.rows.get(other(by))),
    });
    if (verdict === "create") this.rows.set(by, { status: "pending", history: ["pending"] });
    if (verdict === "reply") this.act(by, { action: "reply", on: other(by) });
    return verdict;
  }

  act(by: Person, { action, on }: { action: RequestAction; on: Person }): void {
    const row = this.rows.get(on);
    if (!row) return;
    const verdict = judgeAction(row.status, { action, by: by === on ? "sender" : "receiver" });
    if ("refused" in verdict) return;
    row.status = verdict.to;
    row.history.push(verdict.to);
    if (verdict.to === "accepted") this.conversation = "active";
  }
}

const other = (person: Person): Person => (person === "ann" ? "bob" : "ann");
const standing = (row: Row | undefined): Standing =>
  row === undefined ? "none" : row.status === "pending" || row.status === "declined" ? row.status : "free";

test("no history of two people leaves two pending requests, or one pending beside a conversation", () => {
  const person = fc.constantFrom<Person>("ann", "bob");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("request" as const), by: person }),
    fc.record({
      kind: fc.constant("act" as const),
      by: person,
      on: person,
      action: fc.constantFrom(...REQUEST_ACTIONS),
    }),
    fc.record({
      kind: fc.constantFrom("block" as const, "unblock" as const, "unmatch" as const),
      by: person,
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = new Model();
      for (const taken of steps) {
        const before = model.conversation;
        if (taken.kind === "request") model.request(taken.by);
        else if (taken.kind === "act") model.act(taken.by, taken);
        else if (taken.kind === "unmatch") {
          if (model.conversation === "active") model.conversation = "archived";
        } else if (taken.kind === "block") {
          model.act(taken.by, { action: "block", on: taken.by });
          model.act(taken.by, { action: "block", on: other(taken.by) });
          model.blocked = true;
          if (model.conversation) model.conversation = "blocked";
        } else {
          model.blocked = false;
          if (model.conversation === "blocked") model.conversation = "archived";
        }
        const pending = [...model.rows.values()].filter((row) => row.status === "pending");
        expect(pending.length).toBeLessThanOrEqual(model.conversation === null ? 1 : 0);
        expect(model.blocked && pending.length > 0).toBe(false);
        // An end is final: nothing but a block or its lifting moves it.
        if (before === "archived") expect(model.conversation).not.toBe("active");
        for (const { history } of model.rows.values()) {
          expect(history[0]).toBe("pending");
          expect(history.length).toBeLessThanOrEqual(2);
        }
      }
    }),
    { numRuns: 2000 },
  );
});
