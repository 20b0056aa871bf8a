/** When the dashboard reads over REST instead of listening. @module */
import { expect, jest, test } from "bun:test";
import { eventually } from "../../test/harness/eventually.ts";
import { STATS } from "../../test/tui/fixtures.ts";
import type { Api } from "../api.ts";
import type { LiveEvent } from "../live_stream.ts";
import { Connection } from "./connection.ts";
import { Desk } from "./desk.ts";
import type { Session } from "./session.ts";

const POLL_MS = 5;

function openConnection(answer: () => Promise<unknown>, phase: Session["phase"] = "signed_in") {
  const asked = jest.fn(answer);
  const desk = new Desk({
    api: { stats: asked } as unknown as Api,
    session: phase,
    size: { columns: 80, rows: 24 },
    isReadonly: false,
    place: "test",
    now: () => 0,
    copy: () => {},
  });
  let tell: (event: LiveEvent) => void = () => {};
  const stream = {
    open(listener: typeof tell) {
      tell = listener;
      return () => {};
    },
  };
  const connection = new Connection({
    desk,
    stream,
    session: { phase, end: () => {} },
    listeners: [],
    pollMs: POLL_MS,
  });
  connection.open();
  return { connection, asked, tell: (event: LiveEvent) => tell(event), state: () => desk.state.link.state };
}

const DOWN: LiveEvent = { type: "down", retryInMs: 500 };

/** The answers that are on their way have come. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a server that answers twice has a stream that is shut; when it does not answer, the connection is lost", async () => {
  let isThere = true;
  const { connection, asked, tell, state } = openConnection(async () => {
    if (!isThere) throw new Error("gone");
    return STATS;
  });
  tell(DOWN);
  await settled();
  expect([state(), asked.mock.calls.length]).toEqual(["down", 1]);
  await eventually(() => state() === "polling");
  // One more attempt of the socket that fails changes nothing.
  tell(DOWN);
  expect(state()).toBe("polling");
  isThere = false;
  await eventually(() => state() === "down");
  isThere = true;
  await eventually(() => state() === "polling");
  tell({ type: "up" });
  expect(state()).toBe("up");
  const before = asked.mock.calls.length;
  await Bun.sleep(5 * POLL_MS);
  expect(asked.mock.calls.length).toBe(before);
  connection.close();
});

test("a server that comes back is not mistaken for that: its socket is there before it is asked again", async () => {
  const { connection, tell, state } = openConnection(async () => STATS);
  tell(DOWN);
  await settled();
  expect(state()).toBe("down");
  tell({ type: "up" });
  expect(state()).toBe("up");
  connection.close();
});

test("nothing is asked while somebody has to sign in again", async () => {
  const { connection, asked, tell } = openConnection(async () => STATS, "expired");
  tell(DOWN);
  await settled();
  expect(asked).not.toHaveBeenCalled();
  connection.close();
});
