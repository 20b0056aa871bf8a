/** The port by which others hear that sessions have ended. @module */
import { expect, test } from "bun:test";
import { newId } from "../../lib/ids.ts";
import { createSessionEvents, type SessionsRevoked } from "./session_events.ts";

const NEWS: SessionsRevoked = { userId: newId(), sessionId: null, reason: "logout_all" };

test("every listener hears, until it unsubscribes", () => {
  const events = createSessionEvents();
  const heard: string[] = [];
  const stop = events.subscribe(() => heard.push("a"));
  events.subscribe((news) => heard.push(news.reason));
  events.revoked(NEWS);
  stop();
  events.revoked(NEWS);
  expect(heard).toEqual(["a", "logout_all", "logout_all"]);
});

test("a listener that throws is reported and stops nobody", () => {
  const [problems, heard]: [unknown[], unknown[]] = [[], []];
  const events = createSessionEvents((error) => problems.push(error));
  events.subscribe(() => {
    throw new Error("broken");
  });
  events.subscribe((news) => heard.push(news));
  events.revoked(NEWS);
  expect([problems.length, heard]).toEqual([1, [NEWS]]);
});
