/** What a node lets a member hear after it has heard of a block, an unmatch, or the end of either. */
import { describe, expect, test } from "bun:test";
import { Member } from "./member.ts";
import { PersonEvent } from "./person_event.ts";
import { hideUpTo, learnRelation, mayHear } from "./visibility.ts";

type Step = readonly ["active" | "archived" | "blocked" | "fence", number];

const EVENTS: Readonly<Record<string, (seq: number) => PersonEvent>> = {
  new_message: (seq) => new PersonEvent("new_message", { seq, data: { sender_id: "eve" } }),
  message_read: (seq) => new PersonEvent("message_read", { seq, data: { read_by: "eve" } }),
  request_received: (seq) => new PersonEvent("request_received", { seq, data: { sender_id: "eve" } }),
  match_created: (seq) => new PersonEvent("match_created", { seq, data: { user_id: "eve" } }),
};
const ACTIVITY = ["user_online", "user_offline", "user_typing"].map(
  (name) => new PersonEvent(name, { data: {}, from: "eve" }),
);

/** What was heard about eve, and then: events of her at 5 and at 20, her activity. */
const TABLE: readonly (readonly [
  steps: readonly Step[],
  early: boolean,
  late: boolean,
  activity: boolean,
])[] = [
  [[], true, true, true],
  [[["active", 3]], true, true, true],
  [[["archived", 10]], true, true, false],
  [[["blocked", 10]], false, false, false],
  [[["fence", 10]], false, true, false],
  [[["fence", 0]], true, true, false],
  [
    [
      ["fence", 10],
      ["blocked", 9],
    ],
    false,
    false,
    false,
  ],
  [
    [
      ["blocked", 9],
      ["fence", 10],
      ["archived", 12],
    ],
    true,
    true,
    false,
  ],
  // Late news of what was before the block changes nothing about it.
  [
    [
      ["fence", 10],
      ["active", 3],
    ],
    false,
    true,
    false,
  ],
  [
    [
      ["archived", 12],
      ["blocked", 9],
    ],
    true,
    true,
    false,
  ],
  // Strangers who blocked and unblocked each other, and then met.
  [
    [
      ["fence", 10],
      ["active", 12],
    ],
    true,
    true,
    true,
  ],
  [
    [
      ["active", 12],
      ["fence", 10],
    ],
    false,
    true,
    true,
  ],
];

describe("after what was heard", () => {
  for (const [steps, early, late, activity] of TABLE) {
    test(JSON.stringify(steps), () => {
      const member = new Member("ann");
      for (const [what, at] of steps) {
        if (what === "fence") hideUpTo(member, "eve", at);
        else {
          const data = { conversation_id: "c", user_id: "eve", status: what };
          learnRelation(member, new PersonEvent("conversation_updated", { seq: at, data }));
        }
      }
      for (const make of Object.values(EVENTS)) {
        expect([mayHear(member, make(5)), mayHear(member, make(20))]).toEqual([early, late]);
      }
      for (const event of ACTIVITY)
        expect([event.event, mayHear(member, event)]).toEqual([event.event, activity]);
      // How things stand always passes, and nothing of this is about anybody else.
      const updated = new PersonEvent("conversation_updated", { seq: 5, data: { user_id: "eve" } });
      const other = new PersonEvent("user_typing", { data: {}, from: "bob" });
      expect([mayHear(member, updated), mayHear(member, other)]).toEqual([true, true]);
    });
  }
});
