/**
 * How two people of a test come to know each other and fall out again, by the same seams that the features use.
 * @module
 */
import { lockPair } from "../../server/db/pair.ts";
import { openConversation, setConversationStatus } from "../../server/features/conversations/mod.ts";
import { createMatch, endMatch } from "../../server/features/matches/mod.ts";
import type { TestApp } from "./app.ts";

type People = [{ readonly id: string }, { readonly id: string }];
type App = Pick<TestApp, "context">;

/** Matches two people. @returns Their conversation, still empty. */
export async function connect({ context }: App, ...[a, b]: People): Promise<string> {
  return await context.write(async (work) => {
    await lockPair(work.sql, a.id, b.id);
    const people = { a: a.id, b: b.id };
    const { conversationId } = await openConversation(work, people);
    await createMatch(work, { ...people, type: "mutual_like", conversationId });
    return conversationId;
  });
}

/** The first blocks the second. */
export async function block({ context }: App, ...[a, b]: People): Promise<void> {
  await context.write(async (work) => {
    await lockPair(work.sql, a.id, b.id);
    const people = { a: a.id, b: b.id };
    await work.sql`
      insert into user_blocks (id, blocker_id, blocked_id) values (${crypto.randomUUID()}, ${a.id}, ${b.id})
    `;
    await setConversationStatus(work, { ...people, status: "blocked" });
    await endMatch(work, { ...people, status: "blocked" });
  });
}

/** Unmatches two people. */
export async function unmatch({ context }: App, ...[a, b]: People): Promise<void> {
  await context.write(async (work) => {
    await lockPair(work.sql, a.id, b.id);
    const people = { a: a.id, b: b.id };
    await setConversationStatus(work, { ...people, status: "archived" });
    await endMatch(work, { ...people, status: "unmatched" });
  });
}
