import { expect, test } from "bun:test";
import fc from "fast-check";
import { type PersonNews, readNews, topicOfUser, userOfTopic, writeNews } from "./news.ts";

const word = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
const json = fc.json().map((text) => JSON.stringify({ text, blank: "a b  c\nd" }));
const news: fc.Arbitrary<PersonNews> = fc.oneof(
  fc.record({ kind: fc.constant("logged" as const), seq: fc.nat(), at: fc.nat(), event: word, json }),
  fc.record({ kind: fc.constant("passing" as const), event: word, from: word, json }),
  fc.record({
    kind: fc.constant("revoked" as const),
    sessionId: fc.option(fc.uuid()),
    reason: fc.constantFrom("logout" as const, "sanction" as const),
  }),
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
  fc.assert(fc.property(news, (item) => expect(readNews(writeNews(item))).toEqual(item)));
});

test("what another version says is nothing, and never an exception", () => {
  for (const text of ["", "x", "l", "l 1 2", "p a", "r", "f a 1 b", "z 1 2 3"])
    expect(readNews(text)).toBeUndefined();
});

test("topics", () => {
  expect(userOfTopic(topicOfUser("ann"))).toBe("ann");
  expect(userOfTopic("staff")).toBeUndefined();
});
