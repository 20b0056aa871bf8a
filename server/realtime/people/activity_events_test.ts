/** Presence and typing on one node, step by step: what is heard while something is being read. */
import { expect, test } from "bun:test";
import { openFakeSocket } from "../../../test/harness/fake_socket.ts";
import { AppError } from "../../protocol/errors.ts";
import { Member, Phase } from "./member.ts";
import { PersonEvent } from "./person_event.ts";
import { PresenceFeed } from "./presence_feed.ts";
import type { TypingFacts } from "./queries.ts";
import { Typing } from "./typing.ts";

function join(userId: string) {
  const fake = openFakeSocket();
  const member = new Member(userId);
  member.sockets = [fake.connection];
  fake.connection.member = member;
  fake.connection.phase = Phase.Live;
  return { ...fake, fake, member };
}

const came = (user_id: string) => new PersonEvent("user_online", { data: { user_id }, from: user_id });
const updated = (seq: number, status: string) =>
  new PersonEvent("conversation_updated", { seq, data: { conversation_id: "c", user_id: "ann", status } });

test("whoever comes while the snapshot is being read follows it; without the database changes come alone", async () => {
  const reading = Promise.withResolvers<string[]>();
  const errors: unknown[] = [];
  const feed = new PresenceFeed({
    readOnline: () => reading.promise,
    onError: (error) => errors.push(error),
  });
  const { connection, frames, member } = join("ann");
  const begun = feed.begin(connection);
  feed.show(member, came("bob"));
  expect(frames).toEqual([]);
  reading.resolve([]);
  await begun;
  feed.show(member, came("eve"));
  expect(frames).toEqual([
    { event: "presence_snapshot", data: { online: [] } },
    { event: "user_online", data: { user_id: "bob" } },
    { event: "user_online", data: { user_id: "eve" } },
  ]);

  const failing = new PresenceFeed({
    readOnline: async () => {
      throw new AppError("SERVICE_UNAVAILABLE");
    },
    onError: (error) => errors.push(error),
  });
  const other = join("bob");
  const failed = failing.begin(other.connection);
  failing.show(other.member, came("ann"));
  await failed;
  expect([errors.length, other.frames.map(({ event }) => event)]).toEqual([1, ["user_online"]]);
});

test("a permission to type that was read while the conversation ended is read again", async () => {
  const facts = (status: TypingFacts["status"]): TypingFacts => {
    return { peerId: "bob", status, shared: status === "active", mutedUntil: null };
  };
  const readings = [Promise.withResolvers<TypingFacts>(), Promise.withResolvers<TypingFacts>()];
  let reads = 0;
  const sent: unknown[] = [];
  const typing = new Typing({
    loadFacts: () => readings[reads++]!.promise,
    send: (_, message) => sent.push(message),
    now: () => 0,
  });
  const { connection, member } = join("ann");
  const started = typing.start(connection, "c");
  typing.heard(member, updated(1, "archived"));
  readings[0]!.resolve(facts("active"));
  readings[1]!.resolve(facts("archived"));
  await expect(started).rejects.toMatchObject({ code: "UNAUTHORIZED_ACTION" });
  expect([reads, sent, connection.typing]).toEqual([2, [], null]);
});

test("the end of a shown indicator reaches a reader that is behind, or is filling a gap; its beginning does not", () => {
  const typing = new Typing({ loadFacts: async () => null, send: () => {}, now: () => 0 });
  const { connection, frames, member, fake } = join("bob");
  const start = new PersonEvent("user_typing", {
    data: { conversation_id: "c", user_id: "ann", is_typing: true },
    from: "ann",
  });
  const said = () => frames.map(({ data }) => data.is_typing);
  typing.show(member, start);
  connection.phase = Phase.Replaying;
  typing.heard(member, updated(1, "archived"));
  expect(said()).toEqual([true, false]);
  connection.phase = Phase.Live;
  fake.buffered = 100 * 1024;
  typing.show(member, start);
  typing.show(member, start);
  const shown = said().length;
  typing.heard(member, updated(2, "blocked"));
  expect(said().slice(shown)).toEqual([false]);
});
