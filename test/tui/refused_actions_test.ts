/** Every key that changes something is refused while nothing may be changed. @module */
import { describe, expect, test } from "bun:test";
import { KEYS } from "../../admin-tui/keys.ts";
import { eventually } from "../harness/eventually.ts";
import { type RunningDashboard, startDashboard } from "./dashboard_harness.ts";
import { REPORTS } from "./dashboard_views.ts";
import { appealRow, blockRow, dossier, personRow, sanction, waitingBan } from "./fixtures.ts";

/** Keys that change nothing; every other one in the table must be refused. */
const HARMLESS = new Set(
  "down up pageDown pageUp top bottom open back filter nextMatch previousMatch copy pane mark sort group reveal person pictures freeze".split(
    " ",
  ),
);

describe.each([
  ["--readonly", (run: RunningDashboard) => run, /^Read-only: started with --readonly$/],
  [
    "a line that is lost",
    (run: RunningDashboard) => run.tell({ type: "down", retryInMs: 9 }),
    /^Not possible now: the connection is lost/,
  ],
  [
    "a session that is over",
    (run: RunningDashboard) => {
      run.become("expired");
      // The way in is left for now.
      run.press("escape");
    },
    /^Not possible now: the session has ended/,
  ],
] as const)("%s", (name, begin, words) => {
  const screens = { reports: "1", blocks: "2", live: "3", users: "4", audit: "5", appeals: "6" } as const;
  const refused = KEYS.filter((entry) => entry.in in screens && !HARMLESS.has(entry.action));

  test("leaves some keys to refuse", () => {
    expect(refused.map((entry) => entry.action)).toEqual(
      expect.arrayContaining(["claim", "ban", "undo", "note", "lift", "uphold", "confirm"]),
    );
  });

  test.each(refused.map((entry) => [entry.in, entry.action, entry] as const))(
    "refuses in %s to %s",
    async (screen, _, entry) => {
      const waiting = [{ ...waitingBan(), user: personRow(1) }];
      const answers = {
        "users.show": (id: string) => dossier({ id, name: "sam" }, { sanctions: [waitingBan(), sanction()] }),
      };
      await using run = await startDashboard({
        reports: REPORTS,
        blocks: [blockRow(1)],
        appeals: [appealRow(1)],
        waiting,
        answers,
        isReadonly: name === "--readonly",
      });
      run.press(screens[screen as keyof typeof screens]);
      const list = (name: "blocks" | "users" | "appeals") => run.dashboard.desk.state.lists[name];
      if (screen === "blocks" || screen === "appeals")
        await eventually(() => list(screen).rows.phase === "ready");
      if (screen === "users") {
        await eventually(() => list("users").rows.phase === "ready");
        run.press("enter");
        await eventually(() => list("users").opened?.detail);
      }
      begin(run);
      for (const key of entry.keys) {
        run.dashboard.desk.say("ok", "nothing yet");
        run.press(key);
        await run.says(words);
        expect(run.dialog()).toBeUndefined();
      }
      expect(run.server.changes()).toEqual([]);
    },
  );
});
