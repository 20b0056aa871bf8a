import { expect, test } from "bun:test";
import { REPORT_REASONS } from "../../protocol/models.ts";
import { isMoreUrgent, URGENCY } from "./priorities.ts";

test("every reason has its place in the queue", () => {
  expect(URGENCY).toEqual({
    underage: { priority: 0, hours: 1 },
    harassment: { priority: 1, hours: 4 },
    scam: { priority: 1, hours: 4 },
    inappropriate_behavior: { priority: 2, hours: 12 },
    fake_profile: { priority: 2, hours: 24 },
    spam: { priority: 3, hours: 24 },
    other: { priority: 3, hours: 48 },
  });
  expect(Object.keys(URGENCY).sort()).toEqual([...REPORT_REASONS].sort());
});

test("urgency is a strict order", () => {
  expect(isMoreUrgent("underage", "harassment")).toBe(true);
  expect(isMoreUrgent("inappropriate_behavior", "fake_profile")).toBe(true);
  expect(isMoreUrgent("spam", "underage")).toBe(false);
  for (const a of REPORT_REASONS) {
    expect(isMoreUrgent(a, a)).toBe(false);
    for (const b of REPORT_REASONS) expect(isMoreUrgent(a, b) && isMoreUrgent(b, a)).toBe(false);
  }
});
