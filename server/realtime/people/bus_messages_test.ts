import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  decodeMessage,
  encodeMessage,
  type PersonMessage,
  topicOfUser,
  userOfTopic,
} from "./bus_messages.ts";
import { PersonEvent } from "./person_event.ts";

const word = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
const json = fc.json().map((text) => JSON.stringify({ text, blank: "a b  c\nd" }));
const event = fc.oneof(
  fc.record({ seq: fc.integer({ min: 1 }), at: fc.nat(), json }),
  fc.record({ from: word, json }),
);
const message: fc.Arbitrary<PersonMessage> = fc.oneof(
  fc
    .tuple(word, event)
    .map(([name, parts]) => ({ kind: "event" as const, event: new PersonEvent(name, parts) })),
  fc.record({
    kind: fc.constant("revoked" as const),
    sessionId: fc.option(fc.uuid()),
    reason: fc.constantFrom("logout" as const, "sanction" as const),
  }),
  fc.constant({ kind: "grown" as const }),
  fc.record({ kind: fc.constant("evicted" as const), sockets: fc.array(word, { minLength: 1 }) }),
  fc.record({
    kind: fc.constant("fenced" as const),
    peerId: word,
    upTo: fc.nat(),
    replyTo: word,
    name: word,
  }),
);

test("what is written is what is read", () => {
  fc.assert(fc.property(message, (item) => expect(decodeMessage(encodeMessage(item))).toEqual(item)));
});

test("a message of another version is undefined, and never an exception", () => {
  for (const text of ["", "x", "l", "l 1 2", "p a", "r", "f a 1 b", "z 1 2 3"])
    expect(decodeMessage(text)).toBeUndefined();
});

test("topics", () => {
  expect(userOfTopic(topicOfUser("ann"))).toBe("ann");
  expect(userOfTopic("staff")).toBeUndefined();
});

test("an event's data is the object it was made of, and is parsed once elsewhere", () => {
  const data = { n: 1 };
  const made = new PersonEvent("user_online", { data, from: "ann" });
  expect([made.json, made.data]).toEqual(['{"n":1}', data]);
  expect(made.data).toBe(data);
  const heard = new PersonEvent("user_online", { json: made.json, from: "ann" });
  expect(heard.data).toEqual(data);
  expect(heard.data).toBe(heard.data);
});
