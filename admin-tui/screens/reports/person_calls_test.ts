import { expect, test } from "bun:test";
import { FIXED_NOW, peopleOf, reportRow } from "../../../test/tui/fixtures.ts";
import { createMemoryServer } from "../../../test/tui/memory_server.ts";
import { decideReports } from "./person_calls.ts";

test("a report that was left out, or has come since, neither names a decision nor is decided by it", async () => {
  const { reported } = reportRow(1);
  const [left, shown, fresh] = [1, 2, 3].map((index) => reportRow(index, { reported, claim: null }));
  const { api, report } = createMemoryServer({ reports: [left!, shown!, fresh!], now: () => FIXED_NOW });
  const [row] = peopleOf([left!, shown!]);
  const outcome = await decideReports(api, {
    row: row!,
    claimed: [left!.id, fresh!.id, shown!.id],
    leftOut: [left!.id],
    body: { decision: "dismissed", action: "none", reason: "Not enough evidence" },
  });
  expect(outcome).toMatchObject({ decided: [shown!.id], left: 2 });
  expect([left!, shown!, fresh!].map(({ id }) => report(id).status)).toEqual([
    left!.status,
    "dismissed",
    fresh!.status,
  ]);
});
