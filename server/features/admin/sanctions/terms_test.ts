import { expect, test } from "bun:test";
import { type Action, readTerms, type Terms, termFlaws } from "./terms.ts";

const ACTIONS: Action[] = ["none", "warn", "mute", "suspend", "ban"];
const UNTIL = "2027-01-01T00:00:00Z";

/** What each action does with no term, with hours, with until, with both. */
const TABLE: Record<Action, [unknown, unknown, unknown, unknown]> = {
  none: [null, "hours", "until", "hours"],
  warn: [{ kind: "warn" }, "hours", "until", "hours"],
  mute: ["hours", { kind: "mute", hours: 24 }, "until", "until"],
  suspend: ["until", "hours", { kind: "suspend", until: UNTIL }, "hours"],
  ban: [{ kind: "ban" }, "hours", "until", "hours"],
};

function outcome(terms: Terms): unknown {
  try {
    return readTerms(terms);
  } catch (error) {
    const { details } = error as { details: { path: string }[] };
    return details[0]?.path.replace("body.", "");
  }
}

for (const action of ACTIONS) {
  test(`terms of ${action}`, () => {
    const given = [{}, { hours: 24 }, { until: UNTIL }, { hours: 24, until: UNTIL }];
    expect(given.map((terms) => outcome({ action, ...terms }))).toEqual(TABLE[action]);
  });

  test(`decisions with ${action}`, () => {
    const judged = (decision: "resolved" | "dismissed") =>
      termFlaws({ decision, action }).filter(({ field }) => field === "action").length;
    expect([judged("resolved"), judged("dismissed")]).toEqual([0, action === "none" ? 0 : 1]);
  });
}

test("names everything that does not fit, and nothing of an action that is bad by itself", () => {
  expect(
    termFlaws({ decision: "dismissed", action: "warn", hours: 1, until: UNTIL }).map(({ field }) => field),
  ).toEqual(["action", "hours", "until"]);
  expect(termFlaws({ hours: 1, until: "tomorrow" })).toEqual([]);
});

test("a suspension ends at a time, not at a word", () => {
  for (const until of ["tomorrow", "infinity", "2027-02-30T00:00:00Z", "2027-01-01", ""]) {
    expect(outcome({ action: "suspend", until })).toBe("until");
  }
});
