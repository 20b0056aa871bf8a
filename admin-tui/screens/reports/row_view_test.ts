import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hostileText } from "../../../test/harness/hostile_text.ts";
import { ANA, ago, BEN, FIXED_NOW, queue } from "../../../test/tui/fixtures.ts";
import { drawLines, paintLines } from "../../../test/tui/ink_frames.tsx";
import { cells } from "../../cells.ts";
import { textOf } from "../../spans.ts";
import type { ReportRow } from "../../wire.ts";
import { reportHeading, reportRow } from "./row_view.ts";

const [, ROW] = queue(2) as [never, ReportRow];

function drawn(facts: Partial<ReportRow>, { width = 78 } = {}) {
  return reportRow({ ...ROW, ...facts }, { width, now: FIXED_NOW, me: ANA.id });
}
const text = async (...args: Parameters<typeof drawn>) =>
  (await drawLines([drawn(...args)], args[1]?.width ?? 78))[0]!;

describe("a report as a row", () => {
  test("stands under its heading, at every width", async () => {
    for (const width of [46, 48, 78, 90]) {
      const [heading = ""] = await drawLines([reportHeading(width)], width);
      const row = await text({ claim: { by: BEN, until: ago(-1) } }, { width });
      expect(row.indexOf("mia_29")).toBe(heading.indexOf("REPORTED"));
      expect(row.indexOf("! harass")).toBe(heading.indexOf("CATEGORY"));
      expect(row.indexOf("@ben")).toBe(heading.indexOf("OWNER"));
      expect(row.indexOf("12m") + 3).toBe(heading.indexOf("AGE") + 3);
      expect(row.indexOf("48m left")).toBe(heading.indexOf("SLA"));
      expect(row.indexOf("Pat")).toBe(heading.indexOf("BY"));
    }
  });

  test.each([
    ["nobody has", { claim: null }, / -$/],
    ["I have", { claim: { by: ANA, until: ago(-1) } }, / me$/],
    ["somebody else has", { claim: { by: BEN, until: ago(-1) } }, / @ben$/],
    ["was dismissed", { status: "dismissed" }, / dismissed$/],
    ["was resolved", { status: "resolved" }, / resolved$/],
  ] as const)("that %s says so", async (_, facts, end) => {
    expect((await text(facts)).trimEnd()).toMatch(end);
  });

  test("says how many people report the same person, if it is more than one", async () => {
    expect(await text({ reporter_count: 12 })).toMatch(/harass +12 +12m/);
    expect(await text({ reporter_count: 1 })).toMatch(/harass +12m/);
  });

  test("is red when it is late, yellow when it soon will be, and dim when it is decided", async () => {
    const painted = async (facts: Partial<ReportRow>) => await paintLines([drawn(facts)], 78);
    expect(await painted({ due_at: ago(1) })).toContain("\u001b[31m1m over");
    expect(await painted({ due_at: ago(-59) })).toContain("\u001b[33m59m left");
    expect(await painted({ due_at: ago(-61) })).toMatch(/[^m]1h left/);
    expect(await painted({ status: "resolved" })).not.toContain("\u001b[31m");
  });

  test("takes exactly the cells of its heading, whoever it is about", () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 46, max: 90 }), (name, width) => {
        const by = { id: BEN.id, name };
        const reported = { ...ROW.reported, name };
        const row = drawn({ reported, reporter: by, claim: { by, until: ago(-1) } }, { width });
        const inner = cells(textOf(row));
        expect(inner).toBe(cells(textOf(reportHeading(width))));
      }),
      { numRuns: 1_000 },
    );
  });
});
