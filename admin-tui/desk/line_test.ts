/** When the dashboard asks instead of listening. @module */
import { expect, jest, test } from "bun:test";
import { eventually } from "../../test/harness/eventually.ts";
import { STATS } from "../../test/tui/fixtures.ts";
import type { Api } from "../api.ts";
import type { LiveEvent } from "../live.ts";
import { createDesk } from "./desk.ts";
import { createLine } from "./line.ts";
import type { Session } from "./session.ts";

const POLL_MS = 5;

function openLine(answer: () => Promise<unknown>, phase: Session["phase"] = "signed_in") {
  const asked = jest.fn(answer);
  const desk = createDesk({
    api: { stats: asked } as unknown as Api,
    session: phase,
    size: { columns: 80, rows: 24 },
    isReadonly: false,
    place: "test",
    now: () => 0,
    copy: () => {},
  });
  let tell: (event: LiveEvent) => void = () => {};
  const live = {
    open(listener: typeof tell) {
      tell = listener;
      return () => {};
    },
  };
  const line = createLine({
    desk,
    live,
    session: { phase, end: () => {} },
    screens: [],
    refresh: () => {},
    pollMs: POLL_MS,
  });
  line.open();
  return { line, asked, tell: (event: LiveEvent) => tell(event), state: () => desk.shell.get().link.state };
}

const DOWN: LiveEvent = { type: "down", retryInMs: 500 };

/** The answers that are on their way have come. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a server that answers twice has a stream that is shut; when it is silent, the line is lost", async () => {
  let isThere = true;
  const { line, asked, tell, state } = openLine(async () => {
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
  line.close();
});

test("a server that comes back is not mistaken for that: its socket is there before it is asked again", async () => {
  const { line, tell, state } = openLine(async () => STATS);
  tell(DOWN);
  await settled();
  expect(state()).toBe("down");
  tell({ type: "up" });
  expect(state()).toBe("up");
  line.close();
});

test("nothing is asked while somebody has to sign in again", async () => {
  const { line, asked, tell } = openLine(async () => STATS, "expired");
  tell(DOWN);
  await settled();
  expect(asked).not.toHaveBeenCalled();
  line.close();
});
