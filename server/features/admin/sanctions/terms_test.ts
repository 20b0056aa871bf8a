import { expect, test } from "bun:test";
import { type Action, checkDecision, readTerms, type Terms } from "./terms.ts";

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
    expect(() => checkDecision("resolved", action)).not.toThrow();
    if (action === "none") expect(() => checkDecision("dismissed", action)).not.toThrow();
    else expect(() => checkDecision("dismissed", action)).toThrow();
  });
}

test("a suspension ends at a time, not at a word", () => {
  for (const until of ["tomorrow", "infinity", "2027-02-30T00:00:00Z", "2027-01-01", ""]) {
    expect(outcome({ action: "suspend", until })).toBe("until");
  }
});
